// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing keys are made once, kept encrypted, and published without their private parts.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ConfigError } from "@cdb/runtime/config.ts";
import { openDatabase } from "./database.ts";
import { openKeys } from "./keys.ts";
import { Secrets } from "./secrets.ts";
import { freshDatabase, startAuth } from "./test/start.ts";

const url = await freshDatabase();
const secrets = new Secrets("a secret that is long enough");

test("several that start at once migrate once and share one active and one next key", async () => {
  const pools = await Promise.all([openDatabase(url), openDatabase(url), openDatabase(url)]);
  after(() => Promise.all(pools.map((pool) => pool.end())));
  const opened = await Promise.all(pools.map((pool) => openKeys(pool, secrets)));
  const kids = opened.map(({ jwks }) => jwks.keys.map(({ kid }) => kid).join());
  assert.equal(new Set(kids).size, 1);
  const { rows } = await pools[0].query("select state from signing_key order by state");
  assert.deepEqual(rows, [{ state: "active" }, { state: "next" }]);
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
  assert.equal(keys.length, 2);
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).sort(), ["alg", "e", "kid", "kty", "n", "use"]);
    assert.equal(key.alg, "RS256");
  }
});
