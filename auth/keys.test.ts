// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing keys are made once, kept encrypted, and published without their private parts.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ConfigError } from "@cdb/runtime/config.ts";
import { openDatabase } from "./database.ts";
import { openKeys } from "./keys.ts";
import { algorithms } from "./rotate-keys.ts";
import { Secrets } from "./secrets.ts";
import { freshDatabase, startAuth } from "./test/start.ts";

const url = await freshDatabase();
const secrets = new Secrets("a secret that is long enough");

test("several that start at once migrate once and share one active and one next key of each algorithm", async () => {
  const pools = await Promise.all([openDatabase(url), openDatabase(url), openDatabase(url)]);
  after(() => Promise.all(pools.map((pool) => pool.end())));
  const opened = await Promise.all(pools.map((pool) => openKeys(pool, secrets)));
  const kids = opened.map(({ jwks }) => jwks.keys.map(({ kid }) => kid).join());
  assert.equal(new Set(kids).size, 1);
  const { rows } = await pools[0].query(
    "select algorithm, string_agg(state, ' ' order by state) as states from jwk group by algorithm",
  );
  assert.deepEqual(new Set(rows.map(({ algorithm }) => algorithm)), new Set(algorithms));
  for (const { states } of rows) assert.equal(states, "active next");
});

test("with another secret it says which setting is wrong", async () => {
  const pool = await openDatabase(url);
  after(() => pool.end());
  await openKeys(pool, secrets);
  await assert.rejects(openKeys(pool, new Secrets("another secret, long enough")), (error) => {
    assert.ok(error instanceof ConfigError);
    return /AUTH_SECRET/.test(error.message);
  });
});

test("published keys have ids and no private parts", async () => {
  const { issuer } = await startAuth();
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: Record<string, string>[] };
  assert.equal(keys.length, 2 * algorithms.length);
  for (const { kid, ...key } of keys) {
    assert.ok(kid);
    const ofType = { RSA: ["e", "n"], EC: ["crv", "x", "y"], OKP: ["crv", "x"] }[key.kty ?? ""] ?? [];
    assert.deepEqual(Object.keys(key).sort(), ["alg", "kty", "use", ...ofType].sort());
  }
});

test("private parts are encrypted: whoever has only the database cannot sign", async () => {
  const { pool, auth } = await startAuth();
  const { rows } = await pool.query<{ row: string }>(
    "select jwk::text || encode(private_key, 'escape') as row from jwk",
  );
  for (const { row } of rows)
    for (const { d } of auth.keys.jwks.keys) assert.ok(d && !row.includes(d) && !row.includes('"d"'));
});

test("what has signed for as many days as the setting says is rotated, once, however many look at the same time", async () => {
  const { pool, auth } = await startAuth();
  const { keys } = auth;
  const signing = keys.signingKid;
  await Promise.all([keys.rotateByAge(90), keys.rotateByAge(90)]);
  assert.equal(keys.signingKid, signing, "it is young");
  await pool.query("update jwk set activated_at = now() - interval '91 days' where state = 'active'");
  await keys.rotateByAge(90);
  assert.equal(keys.signingKid, signing, "the next ones are not known everywhere yet");
  await pool.query("update jwk set created_at = now() - interval '91 days'");
  await Promise.all([1, 2, 3].map(() => keys.rotateByAge(90)));
  assert.notEqual(keys.signingKid, signing);
  const listed = await keys.list();
  assert.equal(listed.filter(({ state }) => state === "retired").length, algorithms.length);
  assert.ok(keys.published.keys.some(({ kid }) => kid === signing));
});

test("a key that was retired long ago is published no more", async () => {
  const { pool, auth } = await startAuth();
  await pool.query("update jwk set created_at = now() - interval '2 hours'");
  const before = auth.keys.signingKid;
  await auth.keys.rotate("ada");
  for (const [days, published] of [
    [29, true],
    [31, false],
  ] as const) {
    await pool.query(`update jwk set retired_at = now() - interval '${days} days' where state = 'retired'`);
    await auth.keys.rotateByAge(90);
    assert.equal(
      auth.keys.published.keys.some(({ kid }) => kid === before),
      published,
    );
  }
});
