// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The keys that auth signs with, as this process knows them: it looks every few seconds whether another one rotated them.
import { importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import type pg from "pg";
import { type ListedKey, listKeys, makeMissingKeys, readKeys, replaceKeys, rotateKeys } from "./rotate-keys.ts";
import type { Secrets } from "./secrets.ts";

const accessTokenAlgorithm = "RS256";

export class Keys {
  readonly #pool: pg.Pool;
  readonly #secrets: Secrets;
  readonly #listeners: (() => void)[] = [];
  #keys: JWK[] = [];
  #states = "";
  #looking: Promise<void> = Promise.resolve();

  constructor(pool: pg.Pool, secrets: Secrets) {
    this.#pool = pool;
    this.#secrets = secrets;
  }

  /** Private keys, of each algorithm the active one first: the library signs with the first, and publishes them all. */
  get jwks(): { keys: JWK[] } {
    return { keys: this.#keys };
  }

  /** As everybody may see them. */
  get published(): { keys: JWK[] } {
    return { keys: this.#keys.map(publicPart) };
  }

  /** The id of the key that signs access tokens now. */
  get signingKid(): string {
    return String(this.#signingKey.kid);
  }

  get #signingKey(): JWK {
    const key = this.#keys.find(({ alg }) => alg === accessTokenAlgorithm);
    if (!key) throw new Error("there is no active signing key");
    return key;
  }

  /** Calls `listener` whenever the keys are others than before. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** An access token of our own (RFC 9068), for calls to back. */
  async signAccessToken(claims: JWTPayload): Promise<string> {
    const key = this.#signingKey;
    return new SignJWT(claims)
      .setProtectedHeader({ alg: accessTokenAlgorithm, typ: "at+jwt", kid: String(key.kid) })
      .sign(await importJWK(key, accessTokenAlgorithm));
  }

  list(): Promise<ListedKey[]> {
    return listKeys(this.#pool);
  }

  /** Lets the next keys sign. Throws Refused while those are too new for everybody to know them. */
  async rotate(by: string): Promise<void> {
    await rotateKeys(this.#pool, this.#secrets, by);
    await this.look();
  }

  /** Somebody else has the keys: new ones at once, and what was signed before counts no more. */
  async replace(by: string): Promise<void> {
    await replaceKeys(this.#pool, this.#secrets, by);
    await this.look();
  }

  /** Rotates what has signed for so many days; forgets what was retired long ago. */
  async rotateByAge(days: number): Promise<void> {
    await rotateKeys(this.#pool, this.#secrets, "auth", days);
    await this.look();
  }

  /** Takes over what another process has changed. */
  look(): Promise<void> {
    this.#looking = this.#looking.catch(() => {}).then(() => this.#look());
    return this.#looking;
  }

  async #look(): Promise<void> {
    const states = (await this.list()).map(({ kid, state }) => `${kid} ${state}`).join();
    if (states === this.#states) return;
    this.#keys = await readKeys(this.#pool, this.#secrets);
    this.#states = states;
    for (const listener of this.#listeners) listener();
  }
}

/** Reads the keys; makes what is missing, at the first start all. */
export async function openKeys(pool: pg.Pool, secrets: Secrets): Promise<Keys> {
  await makeMissingKeys(pool, secrets);
  const keys = new Keys(pool, secrets);
  await keys.look();
  return keys;
}

function publicPart({ kty, crv, x, y, n, e, kid, alg, use }: JWK): JWK {
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e, kid, alg, use })) as JWK;
}
