// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Keys that are derived from AUTH_SECRET, one for each purpose, and what is made with them.
import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

export type Purpose =
  | "cookies"
  | "keys at rest"
  | "refresh tokens"
  | "login links"
  | "throttle"
  | "known devices"
  | "password proofs"
  | "authenticator apps"
  | "recovery codes"
  | "pairwise subjects";

const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

export class Secrets {
  readonly #secret: string;
  readonly #derived = new Map<Purpose, Buffer>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** 32 bytes for one purpose (HKDF, RFC 5869). */
  key(purpose: Purpose): Buffer {
    const known = this.#derived.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync("sha256", this.#secret, "", `community-database auth: ${purpose}`, 32));
    this.#derived.set(purpose, key);
    return key;
  }

  /** A keyed hash: of use to nobody who has only the database. */
  mac(purpose: Purpose, text: string): Buffer {
    return createHmac("sha256", this.key(purpose)).update(text).digest();
  }
}

/** 256 bits of chance, safe in addresses and cookies. */
export function randomToken(): string {
  return randomBytes(32).toString("base64url");
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

export function equalInConstantTime(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
