// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings of front.
import { port } from "@cdb/runtime/config.ts";
import { addresses, clientSecret, emailDns, general, paypal, stripe } from "@cdb/runtime/settings.ts";
import { z } from "zod";

/** Several secrets divided by commas: the first is used for what is new, the others are still accepted. */
const secrets = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .refine((parts) => parts.every((part) => part.length >= 16), "needs at least 16 characters in each");

export const settings = {
  ...general,
  ...addresses,
  ...clientSecret,
  FRONT_PORT: { check: port, development: "8089", meaning: "The port of the web site." },
  FRONT_HEALTH_PORT: { check: port, development: "8097", meaning: "The private port for health and metrics." },
  SESSION_SECRET: {
    check: secrets,
    development: "development-session-secret",
    secret: true,
    meaning: "Encrypts the visitors' session cookies; `new,old` while one is exchanged for another.",
  },
  ...stripe,
  ...emailDns,
  STRIPE_WEBHOOK_SECRET: {
    check: secrets,
    development: "whsec_development",
    secret: true,
    meaning: "Proves that a notice is Stripe's; `new,old` while one is exchanged for another.",
  },
  ...paypal,
  PAYPAL_WEBHOOK_ID: {
    check: z
      .string()
      .regex(/^[A-Za-z0-9]{8,64}$/, "is no number of a webhook, as PayPal's simulator's is none")
      .optional(),
    development: "DEVELOPMENTWEBHOOK",
    meaning: "PayPal's number for our webhook: a notice for another one is not believed.",
  },
  PAYPAL_RECEIVERS: {
    check: z
      .string()
      .transform((text) => text.split(",").map((part) => part.trim()))
      .optional(),
    meaning:
      "Email addresses or numbers of our PayPal accounts, by commas: IPN about their money is read; absent: none is.",
  },
} as const;
