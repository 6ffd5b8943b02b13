// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of back: server, worker and command line read what they need of them.
import { address, port, secret } from "@cdb/runtime/config.ts";
import { z } from "zod";

export const database = {
  DATABASE_URL: {
    check: z.url({ protocol: /^postgres(ql)?$/ }),
    meaning: "PostgreSQL as the role cdb_app.",
    secret: true,
  },
} as const;

export const shared = {
  ORGANISATION: {
    check: z.string(),
    development: "organisations/example",
    meaning: "The folder of the organisation profile.",
  },
  LOG_LEVEL: {
    check: z.enum(["fatal", "error", "warn", "info", "debug"]),
    development: "info",
    meaning: "How much the log says.",
  },
  FRONT_URL: {
    check: address,
    development: "http://localhost:8089",
    meaning: "The public address of front; links in mails begin with it.",
  },
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
  BACK_PORT: { check: port, development: "8091", meaning: "The port of the API." },
  BACK_HEALTH_PORT: { check: port, development: "8099", meaning: "The private port for health and metrics." },
  BACK_URL: {
    check: address,
    development: "http://localhost:8091",
    meaning: "The address under which programs reach the API.",
  },
  AUTH_URL: { check: address, development: "http://localhost:8090", meaning: "The issuer whose tokens count." },
  CMD_PASSPHRASE: {
    check: z.string().min(8),
    development: "cmd_passphrase",
    secret: true,
    meaning: "Signs the commands of outside callers.",
  },
} as const;

export const worker = {
  ...database,
  ...shared,
  SMTP_URL: {
    check: z.url({ protocol: /^smtps?$/ }),
    development: "smtp://localhost:8096",
    secret: true,
    meaning: "The mail relay, like smtp://user:password@mail.example.org:587.",
  },
  LDAP_URL: {
    check: z.url({ protocol: /^ldaps?$/ }),
    development: "ldap://localhost:8093",
    meaning: "The directory that shows the accounts.",
  },
  LDAP_BASE_DN: {
    check: z.string().min(1),
    development: "dc=example,dc=org",
    meaning: "Where the directory's entries begin.",
  },
  LDAP_BIND_DN: {
    check: z.string().min(1),
    development: "cn=community-database,dc=example,dc=org",
    meaning: "As whom the worker writes entries.",
  },
  LDAP_BIND_PASSWORD: {
    check: z.string().min(1),
    development: "development-ldap-password",
    secret: true,
    meaning: "The password of LDAP_BIND_DN.",
  },
  MAIL_TEMPLATES: {
    check: z.string().optional(),
    meaning: "A folder with mail templates that take the place of ours.",
  },
  WORKER_HEALTH_PORT: { check: port, development: "8100", meaning: "The private port for health and metrics." },
} as const;
