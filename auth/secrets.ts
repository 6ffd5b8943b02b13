// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Keys that are derived from AUTH_SECRET, one for each purpose, and what is made with them.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

export type Purpose =
  | "cookies"
  | "keys at rest"
  | "refresh tokens"
  | "login links"
  | "throttle"
  | "known devices"
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

  /** Encrypts, for one place only: nonce, tag, the rest (AES-256-GCM). */
  hide(purpose: Purpose, place: string, text: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const hiding = createCipheriv(cipher, this.key(purpose), nonce).setAAD(Buffer.from(place));
    const hidden = Buffer.concat([hiding.update(text, "utf8"), hiding.final()]);
    return Buffer.concat([nonce, hiding.getAuthTag(), hidden]);
  }

  /** Throws for what was not hidden with this secret, for this purpose and place. */
  reveal(purpose: Purpose, place: string, stored: Buffer): string {
    const nonce = stored.subarray(0, nonceBytes);
    const revealing = createDecipheriv(cipher, this.key(purpose), nonce, { authTagLength: tagBytes });
    revealing.setAAD(Buffer.from(place)).setAuthTag(stored.subarray(nonceBytes, nonceBytes + tagBytes));
    return revealing.update(stored.subarray(nonceBytes + tagBytes), undefined, "utf8") + revealing.final("utf8");
  }
}

/** 256 bits of chance, safe in addresses and cookies. */
export function randomToken(): string {
  return randomBytes(32).toString("base64url");
}

/** Names what has this hash to those who must not have its id. */
export function shorten(hash: Buffer): string {
  return hash.toString("base64url").slice(0, 22);
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

export function equalInConstantTime(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
