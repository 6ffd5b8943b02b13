// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where the command finds its settings: the environment, else that of the development system in this checkout.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readConfig, type Settings } from "@cdb/runtime/config.ts";
import { z } from "zod";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The command lacks a setting; the sentence says what to do. */
export class NotConfigured extends Error {}

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

// The variables of all programs: the command itself needs few of them, `doctor` looks at each.
const names = [
  "NODE_ENV LOG_LEVEL ORGANISATION CDB_HOME DATABASE_URL MIGRATE_DATABASE_URL",
  "BACK_PORT BACK_URL AUTH_URL FRONT_URL CMD_PASSPHRASE LINK_SECRET SMTP_URL MAIL_TEMPLATES WORKER_HEALTH_PORT",
  "MAIL_BOUNCES_IMAP MAIL_DKIM_DOMAIN MAIL_DKIM_SELECTOR MAIL_DKIM_KEY_FILE EMAIL_DNS",
  "AUTH_PORT AUTH_DATABASE_URL AUTH_SECRET FRONT_CLIENT_SECRET BACK_CLIENT_SECRET LDAP_URL LDAP_BASE_DN LDAP_BIND_DN LDAP_BIND_PASSWORD",
  "LDAP_CA_FILE LDAP_REHASH_BEFORE",
  "FRONT_PORT SESSION_SECRET STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET STRIPE_API_URL",
  "PAYPAL_CLIENT_ID PAYPAL_CLIENT_SECRET PAYPAL_WEBHOOK_ID PAYPAL_API_URL PAYPAL_RECEIVERS",
  "CONFORMANCE_USERNAME CONFORMANCE_PASSWORD CONFORMANCE_CLIENT_SECRET CONFORMANCE_SECOND_CLIENT_SECRET",
].flatMap((line) => line.split(" "));

/** What is set. Without a database among it: what the development system wrote down, and over that what is set. */
export function readEnvironment(): Environment {
  const given = readConfig(Object.fromEntries(names.map((name) => [name, anything])) as Settings) as Environment;
  if (given.DATABASE_URL || given.MIGRATE_DATABASE_URL || given.NODE_ENV === "production") return given;
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...readDevelopment(environmentFile(given)), ...set };
}

/** Where the development system writes its environment. */
export function environmentFile(environment: Environment): string {
  return path.join(path.resolve(root, environment.CDB_HOME ?? ".data"), "environment.json");
}

/** The value of one setting. Throws NotConfigured. */
export function requireSetting(environment: Environment, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new NotConfigured(
    `${name} is not set. Set it in the environment${
      environment.NODE_ENV === "production"
        ? "."
        : `, or start the development system with \`npm start\`: its settings are then found in ${environmentFile(environment)}.`
    }`,
  );
}

const anything = { check: z.string().optional(), meaning: "" };

function readDevelopment(file: string): Environment {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text));
  } catch {
    throw new NotConfigured(
      `${file} is not what the development system writes. Stop it, and start it with \`npm start\`.`,
    );
  }
}
