// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The embedded parts: PostgreSQL, directory, mail inbox, fake Stripe and fake PayPal, each started only where no real one was named.

import path from "node:path";
import { createDatabases, createRoles } from "./databases.ts";
import { type DirectoryServer, startDirectory } from "./directory/server.ts";
import type { PartEnvironments } from "./environment.ts";
import type { Home } from "./home.ts";
import { startInbox } from "./inbox.ts";
import { startFakePaypal } from "./paypal/fake-paypal.ts";
import type { Ports } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import { startFakeStripe } from "./stripe/fake-stripe.ts";
import type { Part } from "./supervisor.ts";

/** The part, and what the programs need to know of it once it has started. */
export interface EmbeddedPart {
  part: Part;
  settings: () => Record<string, string>;
}

export function postgresPart(home: Home, ports: Ports): EmbeddedPart {
  const { cdb_migrate, cdb_app, cdb_auth } = home.secrets;
  const url = (database: string, role: string, password: string) =>
    `postgresql://${role}:${password}@127.0.0.1:${ports.postgres}/${database}`;
  const part: Part = {
    name: "PostgreSQL",
    start: async ({ onExit }) => {
      const server = await startPostgres({
        dataFolder: path.join(home.folder, "postgres"),
        port: ports.postgres,
        logFile: path.join(home.folder, "logs", "postgres.log"),
        onExit: () => onExit("stopped unexpectedly"),
      });
      await createRoles(server.adminUrl, { cdb_migrate, cdb_app, cdb_auth });
      await createDatabases(server.adminUrl);
      return server.stop;
    },
  };
  const settings = () => ({
    DATABASE_URL: url("community", "cdb_app", cdb_app),
    MIGRATE_DATABASE_URL: url("community", "cdb_migrate", cdb_migrate),
    AUTH_DATABASE_URL: url("auth", "cdb_auth", cdb_auth),
  });
  return { part, settings };
}

export function directoryPart(home: Home, ports: Ports): EmbeddedPart {
  let server: DirectoryServer | undefined;
  const part: Part = {
    name: "directory",
    start: async () => {
      server = await startDirectory({ port: ports.directory, file: path.join(home.folder, "state", "directory.json") });
      return server.stop;
    },
  };
  const settings = () => ({
    LDAP_URL: server?.url ?? "",
    LDAP_BASE_DN: server?.baseDn ?? "",
    LDAP_BIND_DN: server?.bindDn ?? "",
    LDAP_BIND_PASSWORD: server?.bindPassword ?? "",
  });
  return { part, settings };
}

export function inboxPart(home: Home, ports: Ports): EmbeddedPart {
  const part: Part = {
    name: "mail inbox",
    start: async () => {
      const folder = path.join(home.folder, "inbox");
      return (await startInbox({ smtpPort: ports.smtp, httpPort: ports.inbox, folder })).stop;
    },
  };
  return { part, settings: () => ({ SMTP_URL: `smtp://127.0.0.1:${ports.smtp}` }) };
}

export function stripePart(home: Home, ports: Ports): EmbeddedPart {
  const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } = home.secrets;
  const part: Part = {
    name: "fake Stripe",
    start: async () => {
      const server = await startFakeStripe({
        port: ports.stripe,
        publicUrl: `http://localhost:${ports.stripe}`,
        file: path.join(home.folder, "state", "stripe.json"),
        webhookUrl: `http://127.0.0.1:${ports.front}/webhooks/stripe`,
        webhookSecret: STRIPE_WEBHOOK_SECRET,
        secretKey: STRIPE_SECRET_KEY,
      });
      return () => server.stop();
    },
  };
  const STRIPE_API_URL = `http://127.0.0.1:${ports.stripe}`;
  return { part, settings: () => ({ STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_API_URL }) };
}

export function paypalPart(home: Home, ports: Ports): EmbeddedPart {
  const { PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, PAYPAL_WEBHOOK_ID } = home.secrets;
  const receiver = "donations@example.org";
  const part: Part = {
    name: "fake PayPal",
    start: async () => {
      const server = await startFakePaypal({
        ...{ port: ports.paypal, publicUrl: `http://localhost:${ports.paypal}`, receiver },
        file: path.join(home.folder, "state", "paypal.json"),
        webhookUrl: `http://127.0.0.1:${ports.front}/webhooks/paypal`,
        ...{ clientId: PAYPAL_CLIENT_ID, clientSecret: PAYPAL_CLIENT_SECRET, webhookId: PAYPAL_WEBHOOK_ID },
      });
      return () => server.stop();
    },
  };
  const keys = { PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, PAYPAL_WEBHOOK_ID };
  const settings = { ...keys, PAYPAL_API_URL: `http://127.0.0.1:${ports.paypal}`, PAYPAL_RECEIVERS: receiver };
  return { part, settings: () => settings };
}

/** Each part's settings, of the real ones as given. */
export type Embedded = Record<keyof PartEnvironments, EmbeddedPart>;
