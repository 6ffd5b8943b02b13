// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// How the embedded directory stores passwords: {ARGON2} as OpenLDAP reads it; {SSHA} of older directories is understood.

import { argon2, createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** 19 MiB, two passes, one lane: the least that OWASP asks for. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const derive = promisify(argon2);

/** `{ARGON2}$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: Buffer): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive("argon2id", { message: password, nonce: salt, tagLength: 32, ...cost });
  const settings = `m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`;
  return `{ARGON2}$argon2id$v=19$${settings}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Anything that is not a known scheme, a password in the clear above all, never matches. */
export async function verifyPassword(stored: string, password: Buffer): Promise<boolean> {
  const [, scheme = "", rest = ""] = /^\{([A-Za-z0-9]+)\}(.*)$/s.exec(stored) ?? [];
  if (scheme.toUpperCase() === "ARGON2") return await verifyArgon2(rest, password);
  return scheme.toUpperCase() === "SSHA" && verifySalted(rest, password);
}

export function hasScheme(stored: string): boolean {
  return /^\{(ARGON2|SSHA)\}/i.test(stored);
}

async function verifyArgon2(encoded: string, password: Buffer): Promise<boolean> {
  const match = /^\$(argon2id|argon2i)\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,})\$([\w+/]{11,})$/.exec(
    encoded,
  );
  if (match === null) return false;
  const [algorithm, memory, passes, parallelism, salt = "", hash = ""] = match.slice(1);
  const expected = Buffer.from(hash, "base64");
  const actual = await derive(algorithm === "argon2i" ? "argon2i" : "argon2id", {
    message: password,
    nonce: Buffer.from(salt, "base64"),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return timingSafeEqual(actual, expected);
}

function verifySalted(encoded: string, password: Buffer): boolean {
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length < 24) return false;
  const actual = createHash("sha1").update(password).update(bytes.subarray(20)).digest();
  return timingSafeEqual(actual, bytes.subarray(0, 20));
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
