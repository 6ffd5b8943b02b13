// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The keys that auth signs with: next → active → retired, private parts encrypted in the database.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ConfigError } from "@cdb/runtime/config.ts";
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import type pg from "pg";
import { withLock } from "./database.ts";
import type { Secrets } from "./secrets.ts";

export interface Keys {
  /** Private keys, the active one first: the library signs with the first, and publishes them all. */
  jwks: { keys: JWK[] };
  /** An access token of our own (RFC 9068), for calls to back. */
  signAccessToken(claims: JWTPayload): Promise<string>;
}

interface StoredKey {
  kid: string;
  private_key: Buffer;
}

const algorithm = "RS256";
const keysLock = 7_231_201;

/** Reads the keys; makes the first two (active and next) where there are none. */
export async function openKeys(pool: pg.Pool, secrets: Secrets): Promise<Keys> {
  const stored = await withLock(pool, keysLock, async (client) => {
    const known = await readStored(client);
    if (known.length > 0) return known;
    for (const state of ["active", "next"]) {
      const { kid, privateKey } = await makeKey(secrets);
      await client.query("insert into signing_key (kid, state, private_key) values ($1, $2, $3)", [
        kid,
        state,
        privateKey,
      ]);
    }
    return readStored(client);
  });
  const keys = stored.map((key) => decrypt(secrets, key));
  const [active] = keys;
  if (!active) throw new Error("there is no active signing key");
  const signingKey = await importJWK(active, algorithm);
  return {
    jwks: { keys },
    signAccessToken: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, typ: "at+jwt", kid: active.kid as string })
        .sign(signingKey),
  };
}

async function readStored(client: pg.PoolClient): Promise<StoredKey[]> {
  const { rows } = await client.query<StoredKey>(
    "select kid, private_key from signing_key order by state = 'active' desc, state = 'next' desc, created_at desc",
  );
  return rows;
}

async function makeKey(secrets: Secrets): Promise<{ kid: string; privateKey: Buffer }> {
  const { privateKey } = await generateKeyPair(algorithm, { modulusLength: 2048, extractable: true });
  const kid = randomBytes(12).toString("base64url");
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid, alg: algorithm, use: "sig" };
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", secrets.key("keys at rest"), nonce).setAAD(Buffer.from(kid));
  const hidden = Buffer.concat([cipher.update(JSON.stringify(jwk), "utf8"), cipher.final()]);
  return { kid, privateKey: Buffer.concat([nonce, cipher.getAuthTag(), hidden]) };
}

function decrypt(secrets: Secrets, { kid, private_key: stored }: StoredKey): JWK {
  const decipher = createDecipheriv("aes-256-gcm", secrets.key("keys at rest"), stored.subarray(0, 12), {
    authTagLength: 16,
  });
  decipher.setAAD(Buffer.from(kid)).setAuthTag(stored.subarray(12, 28));
  try {
    return JSON.parse(Buffer.concat([decipher.update(stored.subarray(28)), decipher.final()]).toString("utf8")) as JWK;
  } catch {
    throw new ConfigError(["AUTH_SECRET: is not the one that the signing keys in the database were encrypted with."]);
  }
}
