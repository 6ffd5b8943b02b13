// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of front.
import { address, port, secret } from "@cdb/runtime/config.ts";
import { z } from "zod";

/** Several secrets divided by commas: the first is used for what is new, the others are still accepted. */
const secrets = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine((parts) => parts.every((part) => part.length >= 16), "needs at least 16 characters in each");

export const settings = {
  FRONT_PORT: { check: port, development: "8089", meaning: "The port of the web site." },
  FRONT_HEALTH_PORT: { check: port, development: "8097", meaning: "The private port for health and metrics." },
  FRONT_URL: { check: address, development: "http://localhost:8089", meaning: "The public address of the web site." },
  AUTH_URL: { check: address, development: "http://localhost:8090", meaning: "The issuer that signs people in." },
  BACK_URL: { check: address, development: "http://localhost:8091", meaning: "The address of back's API." },
  FRONT_CLIENT_SECRET: {
    check: secret,
    development: "developmentfrontsecret",
    secret: true,
    meaning: "With which front proves to auth that it is front.",
  },
  SESSION_SECRET: {
    check: secrets,
    development: "development-session-secret",
    secret: true,
    meaning: "Encrypts the visitors' session cookies; `new,old` while one is exchanged for another.",
  },
  STRIPE_SECRET_KEY: {
    check: secret,
    development: "sk_test_development",
    secret: true,
    meaning: "The key for Stripe's API.",
  },
  STRIPE_WEBHOOK_SECRET: {
    check: secrets,
    development: "whsec_development",
    secret: true,
    meaning: "Proves that a notice is Stripe's; `new,old` while one is exchanged for another.",
  },
  STRIPE_API_URL: { check: address.optional(), meaning: "Where the fake of Stripe is; absent: the real Stripe." },
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
