// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The settings that several programs have in common, each said once.
import { z } from "zod";
import { address, secret } from "./config.ts";

export const general = {
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

export const addresses = {
  FRONT_URL: {
    check: address,
    development: "http://localhost:8089",
    meaning: "The public address of the web site; links in mails begin with it.",
  },
  AUTH_URL: {
    check: address,
    development: "http://localhost:8090",
    meaning: "The public address of auth, which is also the issuer of its tokens.",
  },
  BACK_URL: { check: address, development: "http://localhost:8091", meaning: "The address of back's API." },
} as const;

export const clientSecret = {
  FRONT_CLIENT_SECRET: {
    check: secret.pipe(z.string().regex(/^[A-Za-z0-9]+$/, "must be letters and digits only")),
    development: "developmentfrontsecret",
    secret: true,
    meaning: "With which front proves to auth that it is front.",
  },
} as const;

export const backClientSecret = {
  BACK_CLIENT_SECRET: {
    check: secret.pipe(z.string().regex(/^[A-Za-z0-9]+$/, "must be letters and digits only")),
    development: "developmentbacksecret",
    secret: true,
    meaning: "With which back's worker and the `cdb` command prove to auth that they are back.",
  },
} as const;

/** Nothing that goes there travels. */
export const onThisMachine = (url: string): boolean =>
  ["localhost", "127.0.0.1", "[::1]"].includes(URL.parse(url)?.hostname ?? "");
const ldapUrl = z.url({ protocol: /^ldaps?$/ });
const isEncrypted = (url: string) => url.startsWith("ldaps:") || URL.parse(url)?.search === "?starttls";

export const directory = {
  LDAP_URL: {
    check: ldapUrl,
    production: ldapUrl.refine(
      (url) => isEncrypted(url) || onThisMachine(url),
      "must begin with ldaps:// or end in ?starttls, or passwords travel readable",
    ),
    development: "ldap://localhost:8093",
    meaning: "The directory, which checks passwords and shows the accounts.",
  },
  LDAP_BASE_DN: {
    check: z.string().min(1),
    development: "dc=example,dc=org",
    meaning: "Where the directory's entries begin.",
  },
  LDAP_BIND_DN: {
    check: z.string().min(1),
    development: "cn=community-database,dc=example,dc=org",
    meaning: "As whom auth looks people up and the worker writes entries.",
  },
  LDAP_BIND_PASSWORD: {
    check: z.string().min(1),
    development: "development-ldap-password",
    secret: true,
    meaning: "The password of LDAP_BIND_DN.",
  },
  LDAP_CA_FILE: {
    check: z.string().optional(),
    meaning: "PEM file of the authority that signed the directory's certificate, where the system does not know it.",
  },
} as const;

export const emailDns = {
  EMAIL_DNS: {
    check: z
      .union([z.enum(["off", "system"]), z.string().regex(/^[\d.]+(:\d+)?$|^\[[\da-fA-F:]+\](:\d+)?$/)])
      .default("system"),
    development: "off",
    meaning: "Whom to ask what DNS says of mail at a domain: `system`, the address of a DNS server, or `off`.",
  },
} as const;

export const stripe = {
  STRIPE_SECRET_KEY: {
    check: secret,
    development: "sk_test_development",
    secret: true,
    meaning: "The key for Stripe's API.",
  },
  STRIPE_API_URL: { check: address.optional(), meaning: "Where the fake of Stripe is; absent: the real Stripe." },
} as const;

const atPaypal = (url: string) => /^https:\/\/([a-z0-9-]+\.)+paypal\.com$/.test(url);

export const paypal = {
  PAYPAL_CLIENT_ID: {
    check: z.string().min(10).optional(),
    development: "development-paypal-client",
    meaning: "The name of our application at PayPal; needed where the profile offers PayPal.",
  },
  PAYPAL_CLIENT_SECRET: {
    check: secret.optional(),
    development: "development-paypal-secret",
    secret: true,
    meaning: "The secret of our application at PayPal.",
  },
  PAYPAL_API_URL: {
    check: address
      .refine((url) => atPaypal(url) || onThisMachine(url), "must be PayPal's, or a fake on this machine")
      .optional(),
    production: address.refine(atPaypal, "must be PayPal's, by https").optional(),
    meaning:
      "Where PayPal's API is: its sandbox, https://api-m.sandbox.paypal.com, or a fake; absent: the real PayPal.",
  },
} as const;
