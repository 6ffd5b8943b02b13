// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of auth.
import { address, port, secret } from "@cdb/runtime/config.ts";
import { z } from "zod";

export const settings = {
  AUTH_PORT: { check: port, development: "8090", meaning: "The port of the OpenID Connect Provider." },
  AUTH_HEALTH_PORT: { check: port, development: "8098", meaning: "The private port for health and metrics." },
  AUTH_URL: {
    check: address,
    development: "http://localhost:8090",
    meaning: "The public address of auth, which is also the issuer of its tokens.",
  },
  AUTH_PROXIES: {
    check: z.coerce.number().int().min(0).max(9).default(0),
    meaning: "How many reverse proxies of ours stand before auth; the visitor's address is told by the outermost.",
  },
  BACK_URL: { check: address, development: "http://localhost:8091", meaning: "The address of back's API." },
  FRONT_URL: { check: address, development: "http://localhost:8089", meaning: "The public address of front." },
  AUTH_DATABASE_URL: {
    check: z.url({ protocol: /^postgres(ql)?$/ }),
    meaning: "PostgreSQL: auth's own database, as the role cdb_auth that owns it.",
    secret: true,
  },
  AUTH_SECRET: {
    check: secret,
    development: "development-auth-secret",
    secret: true,
    meaning: "Signs cookies and encrypts the signing keys at rest; those are lost with it.",
  },
  FRONT_CLIENT_SECRET: {
    check: secret.pipe(z.string().regex(/^[A-Za-z0-9]+$/, "must be letters and digits only")),
    development: "developmentfrontsecret",
    secret: true,
    meaning: "With which front proves to auth that it is front.",
  },
  LDAP_URL: {
    check: z.url({ protocol: /^ldaps?$/ }),
    development: "ldap://localhost:8093",
    meaning: "The directory that checks passwords.",
  },
  LDAP_BASE_DN: {
    check: z.string().min(1),
    development: "dc=example,dc=org",
    meaning: "Where the directory's entries begin.",
  },
  LDAP_BIND_DN: {
    check: z.string().min(1),
    development: "cn=community-database,dc=example,dc=org",
    meaning: "As whom auth looks people up in the directory.",
  },
  LDAP_BIND_PASSWORD: {
    check: z.string().min(1),
    development: "development-ldap-password",
    secret: true,
    meaning: "The password of LDAP_BIND_DN.",
  },
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
} as const;
