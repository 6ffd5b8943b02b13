// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The signing keys in the database: next → active → retired, private parts encrypted, each change under one lock.
import { randomBytes } from "node:crypto";
import { Refused } from "@cdb/api/problems.ts";
import { ConfigError } from "@cdb/runtime/config.ts";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import type pg from "pg";
import { recordChange } from "./changes.ts";
import { withLock } from "./database.ts";
import type { Secrets } from "./secrets.ts";

export interface ListedKey {
  kid: string;
  algorithm: string;
  state: "next" | "active" | "retired";
  createdAt: string;
  activatedAt: string | null;
  retiredAt: string | null;
}

/** What clients may choose for their ID tokens. */
export const algorithms = ["RS256", "ES256", "EdDSA"] as const;
const keysLock = 7_231_201;
// Those who verify our tokens keep the published keys for a while, most of them for minutes.
const publishedBeforeSigning = "1 hour";
// ID tokens are hints for as long as the session that they were issued in.
const publishedAfterSigning = "30 days";
const order = "algorithm, state = 'active' desc, state = 'next' desc, created_at desc, kid";

export async function listKeys(pool: pg.Pool): Promise<ListedKey[]> {
  const { rows } = await pool.query<Omit<ListedKey, `${string}At`> & Record<"createdAt", Date>>(
    `select kid, algorithm, state, created_at as "createdAt", activated_at as "activatedAt", retired_at as "retiredAt"
     from jwk order by ${order}`,
  );
  return rows.map((row) => JSON.parse(JSON.stringify(row)) as ListedKey);
}

/** Private keys, of each algorithm the active one first. Throws ConfigError where the secret is not the right one. */
export async function readKeys(pool: pg.Pool, secrets: Secrets): Promise<JWK[]> {
  const { rows } = await pool.query<StoredKey>(`select kid, private_key from jwk order by ${order}`);
  return rows.map((row) => decrypt(secrets, row));
}

/** At the first start, and where an algorithm is new. */
export async function makeMissingKeys(pool: pg.Pool, secrets: Secrets): Promise<void> {
  await withLock(pool, keysLock, async (client) => {
    const { rows } = await client.query<{ of: string }>("select algorithm || ' ' || state as of from jwk");
    const there = new Set(rows.map(({ of }) => of));
    for (const algorithm of algorithms)
      for (const state of ["active", "next"] as const)
        if (!there.has(`${algorithm} ${state}`)) await addKey(client, secrets, algorithm, state);
  });
}

/** With `days` only what has signed for so long. Throws Refused while the next keys are too new. */
export async function rotateKeys(pool: pg.Pool, secrets: Secrets, by: string, days?: number): Promise<void> {
  await change(pool, async (client) => {
    await client.query(`delete from jwk where retired_at < now() - interval '${publishedAfterSigning}'`);
    const { rows } = await client.query<{ isOld: boolean; isKnown: boolean; knownAt: Date }>(
      `select min(activated_at) filter (where state = 'active') < now() - make_interval(days => $1) as "isOld",
         max(created_at) filter (where state = 'next') + interval '${publishedBeforeSigning}' as "knownAt",
         max(created_at) filter (where state = 'next') < now() - interval '${publishedBeforeSigning}' as "isKnown"
       from jwk`,
      [days ?? 0],
    );
    const [{ isOld, isKnown, knownAt } = { isOld: false, isKnown: false, knownAt: new Date() }] = rows;
    if (days !== undefined && !(isOld && isKnown)) return;
    if (!isKnown) throw tooNew(knownAt);
    await client.query("update jwk set state = 'retired', retired_at = now() where state = 'active'");
    await client.query("update jwk set state = 'active', activated_at = now() where state = 'next'");
    for (const algorithm of algorithms) await addKey(client, secrets, algorithm, "next");
    await recordChange(client, { noun: "keys", name: "keys", verb: "rotated", by });
  });
}

/** Somebody else has the keys: new ones at once. Back is told, for it has the old ones in its memory. */
export async function replaceKeys(pool: pg.Pool, secrets: Secrets, by: string): Promise<void> {
  await change(pool, async (client) => {
    const { rows } = await client.query<{ kid: string }>("delete from jwk returning kid");
    for (const algorithm of algorithms)
      for (const state of ["active", "next"] as const) await addKey(client, secrets, algorithm, state);
    const endedKeys = rows.map(({ kid }) => kid);
    await recordChange(client, { noun: "keys", name: "keys", verb: "replaced", by, endedKeys });
  });
}

function tooNew(knownAt: Date): Refused {
  return new Refused(
    409,
    "next-key-too-new",
    `The next keys were published less than ${publishedBeforeSigning} ago, and not every program knows them yet. Rotate after ${knownAt.toISOString()}; if the keys have leaked, replace them at once.`,
  );
}

/** In a transaction that no other process is in, and that a crash of PostgreSQL does not lose. */
async function change(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  await withLock(pool, keysLock, async (client) => {
    await client.query("set local synchronous_commit = on");
    await work(client);
  });
}

async function addKey(
  client: pg.PoolClient,
  secrets: Secrets,
  algorithm: string,
  state: "active" | "next",
): Promise<void> {
  const { privateKey } = await generateKeyPair(algorithm, { modulusLength: 2048, extractable: true });
  const kid = randomBytes(12).toString("base64url");
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid, alg: algorithm, use: "sig" };
  await client.query(
    `insert into jwk (kid, algorithm, state, private_key, activated_at)
     values ($1, $2, $3, $4, case when $3 = 'active' then now() end)`,
    [kid, algorithm, state, secrets.hide("keys at rest", kid, JSON.stringify(jwk))],
  );
}

interface StoredKey {
  kid: string;
  private_key: Buffer;
}

function decrypt(secrets: Secrets, { kid, private_key: stored }: StoredKey): JWK {
  try {
    return JSON.parse(secrets.reveal("keys at rest", kid, stored)) as JWK;
  } catch {
    throw new ConfigError(["AUTH_SECRET: is not the one that the signing keys in the database were encrypted with."]);
  }
}
