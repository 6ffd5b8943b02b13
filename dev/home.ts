// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The data folder of a development system: its lock, the secrets of this installation, and where everything lies.

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Held, type Lock, takeLock } from "./lock.ts";

const secretNames = [
  "cdb_migrate",
  "cdb_app",
  "cdb_auth",
  "LINK_SECRET",
  "AUTH_SECRET",
  "FRONT_CLIENT_SECRET",
  "BACK_CLIENT_SECRET",
  "SESSION_SECRET",
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
  "PAYPAL_CLIENT_ID",
  "PAYPAL_CLIENT_SECRET",
  "PAYPAL_WEBHOOK_ID",
] as const;

export type Secrets = Record<(typeof secretNames)[number], string>;

export interface Home {
  folder: string;
  lock: Lock;
  secrets: Secrets;
}

/** Makes the folder when it is missing; throws when another system runs on it. */
export function openHome(folder: string): Home {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // PostgreSQL, which does not run as root, has its data in here; whatever is private has its own mode.
  if (process.getuid?.() === 0) chmodSync(folder, statSync(folder).mode | 0o011);
  for (const name of ["logs", "inbox", "state"]) mkdirSync(path.join(folder, name), { recursive: true, mode: 0o700 });
  try {
    return { folder, lock: takeLock(path.join(folder, "lock")), secrets: readSecrets(folder) };
  } catch (error) {
    if (!(error instanceof Held)) throw error;
    throw new Error(
      `The system in ${folder} runs already, as process ${error.pid}. Stop that one first, or start a second system ` +
        "with a folder and ports of its own: CDB_HOME=.data2 CDB_PORT=9089 npm start",
    );
  }
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivate(file: string, content: unknown): void {
  writeFileSync(`${file}.unfinished`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.unfinished`, file);
}

function readSecrets(folder: string): Secrets {
  const file = path.join(folder, "settings.json");
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Secrets>) : {};
  const missing = secretNames.filter((name) => !known[name]);
  const secrets = { ...known, ...Object.fromEntries(missing.map((name) => [name, makeSecret(name)])) } as Secrets;
  if (missing.length > 0) writePrivate(file, secrets);
  return secrets;
}

// Stripe's own library looks at how its secrets begin.
function makeSecret(name: string): string {
  const prefix = { STRIPE_SECRET_KEY: "sk_test_", STRIPE_WEBHOOK_SECRET: "whsec_" }[name] ?? "";
  return prefix + randomBytes(24).toString("hex");
}
