// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Values that only front can read or make, for cookies: encrypted, each for one use and for a time.
import { hkdfSync } from "node:crypto";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import type { z } from "zod";

/** Seals with the first secret, opens with any: an old one goes once nothing sealed with it is left. */
export class Seal<S extends z.ZodType> {
  readonly #keys: Uint8Array[];
  readonly #shape: S;

  /** `use` divides the keys: what was sealed for one use cannot be opened for another. */
  constructor(secrets: readonly string[], use: string, shape: S) {
    this.#keys = secrets.map((secret) => new Uint8Array(hkdfSync("sha256", secret, "", use, 32)));
    this.#shape = shape;
  }

  async close(value: z.output<S>, seconds: number): Promise<string> {
    const expires = Math.floor(Date.now() / 1000) + seconds;
    return new EncryptJWT({ value })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime(expires)
      .encrypt(this.#keys[0] as Uint8Array);
  }

  /** Gives undefined for what is not ours, was changed, or is too old. */
  async open(sealed: string | undefined): Promise<z.output<S> | undefined> {
    if (sealed === undefined) return undefined;
    for (const key of this.#keys) {
      try {
        const options = { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] };
        const { payload } = await jwtDecrypt(sealed, key, options);
        return this.#shape.safeParse(payload.value).data;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
      }
    }
    return undefined;
  }
}
