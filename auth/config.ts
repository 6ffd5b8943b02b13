// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of auth.
import { port, secret } from "@cdb/runtime/config.ts";
import { addresses, backClientSecret, clientSecret, directory, general } from "@cdb/runtime/settings.ts";
import { z } from "zod";

export const settings = {
  ...general,
  ...addresses,
  ...clientSecret,
  ...backClientSecret,
  ...directory,
  AUTH_PORT: { check: port, development: "8090", meaning: "The port of the OpenID Connect Provider." },
  AUTH_HEALTH_PORT: { check: port, development: "8098", meaning: "The private port for health and metrics." },
  AUTH_PROXIES: {
    check: z.coerce.number().int().min(0).max(9).default(0),
    meaning: "How many reverse proxies of ours stand before auth; the visitor's address is told by the outermost.",
  },
  AUTH_SESSION_IDLE_HOURS: {
    check: z.coerce.number().positive().max(8_760).default(2),
    meaning:
      "A session that was not used for so long is over: not in its browser, and not by a service that depends on it.",
  },
  AUTH_SESSION_DAYS: {
    check: z.coerce.number().positive().max(365).default(14),
    meaning: "A session is over so long after the person proved who they are, however much it is used.",
  },
  LDAP_REHASH_BEFORE: {
    check: z.iso.date().optional(),
    meaning:
      "Passwords that were set before this day are stored anew, as the directory hashes today, when they are next typed.",
  },
  AUTH_DATABASE_URL: {
    check: z.url({ protocol: /^postgres(ql)?$/ }),
    meaning: "PostgreSQL: auth's own database, as the role cdb_auth that owns it.",
    secret: true,
  },
  AUTH_KEY_DAYS: {
    check: z.coerce.number().int().min(1).max(3_650).default(90),
    meaning: "After how many days of signing a key is retired and the next one signs.",
  },
  AUTH_SECRET: {
    check: secret,
    development: "development-auth-secret",
    secret: true,
    meaning: "Signs cookies and encrypts the signing keys at rest; those are lost with it.",
  },
} as const;
