// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of back: server, worker and command line read what they need of them.
import { port, secret } from "@cdb/runtime/config.ts";
import {
  addresses,
  backClientSecret,
  directory,
  general,
  onThisMachine,
  paypal,
  stripe,
} from "@cdb/runtime/settings.ts";
import { z } from "zod";

const mailboxUrl = z.url({ protocol: /^imaps?$/ });

export const database = {
  DATABASE_URL: {
    check: z.url({ protocol: /^postgres(ql)?$/ }),
    meaning: "PostgreSQL as the role cdb_app.",
    secret: true,
  },
} as const;

export const shared = {
  ...general,
  FRONT_URL: addresses.FRONT_URL,
  LINK_SECRET: {
    check: secret,
    development: "development-link-secret",
    secret: true,
    meaning: "Signs the links in mails.",
  },
} as const;

export const server = {
  ...database,
  ...shared,
  ...addresses,
  BACK_PORT: { check: port, development: "8091", meaning: "The port of the API." },
  BACK_HEALTH_PORT: { check: port, development: "8099", meaning: "The private port for health and metrics." },
  CMD_PASSPHRASE: {
    check: z.string().min(8),
    development: "cmd_passphrase",
    secret: true,
    meaning: "Signs the commands of outside callers.",
  },
} as const;

export const dkim = {
  MAIL_DKIM_DOMAIN: {
    check: z
      .string()
      .regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/, "must be a domain in small letters")
      .optional(),
    meaning: "Signs mails in the name of this domain, where no relay does it; with the next two, or not at all.",
  },
  MAIL_DKIM_SELECTOR: {
    check: z
      .string()
      .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, "must be letters, digits and dashes")
      .optional(),
    meaning: "Under which name the domain's DNS shows the key.",
  },
  MAIL_DKIM_KEY_FILE: {
    check: z.string().optional(),
    meaning: "PEM file with the private RSA key.",
  },
} as const;

export const worker = {
  ...database,
  ...shared,
  ...backClientSecret,
  AUTH_URL: addresses.AUTH_URL,
  ...directory,
  ...stripe,
  ...paypal,
  SMTP_URL: {
    check: z.url({ protocol: /^smtps?$/ }),
    development: "smtp://localhost:8096",
    secret: true,
    meaning: "The mail relay, like smtp://user:password@mail.example.org:587.",
  },
  MAIL_TEMPLATES: {
    check: z.string().optional(),
    meaning: "A folder with mail templates that take the place of ours.",
  },
  ...dkim,
  MAIL_BOUNCES_IMAP: {
    check: mailboxUrl.optional(),
    production: mailboxUrl
      .refine(
        (url) => url.startsWith("imaps:") || onThisMachine(url),
        "must begin with imaps://, or the password travels readable",
      )
      .optional(),
    secret: true,
    meaning:
      "The mailbox that mails come back to, like imaps://user:password@mail.example.org/INBOX; absent: they come by a pipe or by HTTP.",
  },
  MAILING_CONNECTIONS: {
    check: z.coerce.number().int().min(1).max(100).default(10),
    meaning: "How many mails of mailings are handed over at the same time.",
  },
  MAILING_PER_SECOND: {
    check: z.coerce.number().min(0.1).max(10_000).default(100),
    meaning: "How many mails of mailings this worker hands over in a second at most.",
  },
  WORKER_HEALTH_PORT: { check: port, development: "8100", meaning: "The private port for health and metrics." },
} as const;
