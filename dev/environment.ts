// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What each program gets to know: its own settings and nothing of the others'. Real parts replace the embedded ones.

import type { Secrets } from "./home.ts";
import type { Ports } from "./ports.ts";

type Environment = Record<string, string>;

/** The settings that come with each part. Its first one chooses a real part instead of ours; then all are needed. */
const partSettings = {
  postgres: ["DATABASE_URL", "MIGRATE_DATABASE_URL", "AUTH_DATABASE_URL"],
  directory: ["LDAP_URL", "LDAP_BASE_DN", "LDAP_BIND_DN", "LDAP_BIND_PASSWORD"],
  mail: ["SMTP_URL"],
  stripe: ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"],
  paypal: ["PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID"],
} as const;

export const allPartSettings: string[] = Object.values(partSettings).flat();

export type ReplaceablePart = keyof typeof partSettings;
export type PartEnvironments = Record<ReplaceablePart, Environment>;

/** The real parts that were given, with their settings; throws with all that is missing. */
export function findRealParts(given: NodeJS.ProcessEnv): Partial<PartEnvironments> {
  const real: Partial<PartEnvironments> = {};
  const mistakes: string[] = [];
  for (const [part, names] of Object.entries(partSettings) as [ReplaceablePart, readonly string[]][]) {
    if (!given[names[0] as string]) continue;
    const missing = names.filter((name) => !given[name]);
    if (missing.length > 0) mistakes.push(`${names[0]} is set, so ${missing.join(" and ")} must be set too.`);
    else real[part] = pick(given, names);
  }
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  return real;
}

export interface Environments {
  back: Environment;
  worker: Environment;
  auth: Environment;
  front: Environment;
  /** For the command line beside the running system. */
  cdb: Environment;
}

const fromOutside = ["PATH", "HOME", "LANG", "TZ", "NODE_EXTRA_CA_CERTS", "LOG_LEVEL"];

export function buildEnvironments(
  ports: Ports,
  secrets: Secrets,
  parts: PartEnvironments,
  given: NodeJS.ProcessEnv,
): Environments {
  const general = {
    ...pick(given, fromOutside),
    ORGANISATION: given.ORGANISATION || "organisations/example",
    BACK_URL: given.BACK_URL || `http://localhost:${ports.back}`,
    AUTH_URL: given.AUTH_URL || `http://localhost:${ports.auth}`,
    FRONT_URL: given.FRONT_URL || `http://localhost:${ports.front}`,
  };
  const core = {
    ...general,
    ...pick(parts.postgres, ["DATABASE_URL"]),
    LINK_SECRET: secrets.LINK_SECRET,
    CMD_PASSPHRASE: given.CMD_PASSPHRASE || "cmd_passphrase",
  };
  const back = { ...core, BACK_PORT: `${ports.back}`, BACK_HEALTH_PORT: `${ports.backHealth}` };
  const worker = {
    ...core,
    BACK_CLIENT_SECRET: secrets.BACK_CLIENT_SECRET,
    ...parts.mail,
    ...parts.directory,
    ...pick(parts.stripe, ["STRIPE_SECRET_KEY", "STRIPE_API_URL"]),
    ...pick(given, ["PAYPAL_API_URL"]),
    ...pick(parts.paypal, ["PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_API_URL"]),
    ...pick(given, ["MAIL_TEMPLATES", "MAILING_CONNECTIONS", "MAILING_PER_SECOND"]),
    ...pick(given, ["MAIL_BOUNCES_IMAP", "MAIL_DKIM_DOMAIN", "MAIL_DKIM_SELECTOR", "MAIL_DKIM_KEY_FILE"]),
    WORKER_HEALTH_PORT: `${ports.workerHealth}`,
  };
  const auth = {
    ...general,
    ...parts.directory,
    ...pick(parts.postgres, ["AUTH_DATABASE_URL"]),
    AUTH_PORT: `${ports.auth}`,
    AUTH_HEALTH_PORT: `${ports.authHealth}`,
    AUTH_SECRET: secrets.AUTH_SECRET,
    ...pick(given, ["AUTH_KEY_DAYS"]),
    FRONT_CLIENT_SECRET: secrets.FRONT_CLIENT_SECRET,
    BACK_CLIENT_SECRET: secrets.BACK_CLIENT_SECRET,
  };
  const front = {
    ...general,
    ...parts.stripe,
    ...pick(given, ["PAYPAL_API_URL", "PAYPAL_RECEIVERS"]),
    ...parts.paypal,
    FRONT_PORT: `${ports.front}`,
    FRONT_HEALTH_PORT: `${ports.frontHealth}`,
    FRONT_CLIENT_SECRET: secrets.FRONT_CLIENT_SECRET,
    SESSION_SECRET: secrets.SESSION_SECRET,
  };
  return { back, worker, auth, front, cdb: { ...front, ...auth, ...worker, ...back, ...parts.postgres } };
}

function pick(from: NodeJS.ProcessEnv, names: readonly string[]): Environment {
  return Object.fromEntries(names.flatMap((name) => (from[name] ? [[name, from[name]]] : [])));
}
