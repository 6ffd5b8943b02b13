// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { urlFor } from "@cdb/dev/databases.ts";
import { testServer } from "@cdb/dev/test-postgres.ts";
import pg from "pg";
import { readMigrations } from "../data/migrate.ts";
import { runCdb } from "./test/run-cdb.ts";

const { adminUrl } = await testServer();
const name = `test_${randomUUID().replaceAll("-", "")}`;
const admin = new pg.Client(adminUrl);
await admin.connect();
await admin.query(`create database ${name} owner cdb_migrate`);
after(async () => {
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});
const owner = urlFor(adminUrl, name, "cdb_migrate");
const app = urlFor(adminUrl, name, "cdb_app");
const all = readMigrations().map((migration) => migration.name);

test("an empty database is told from a migrated one", async () => {
  const empty = await runCdb(["database", "status"], { DATABASE_URL: app });
  assert.match(empty.err, /run `cdb database migrate`/);
  assert.equal(empty.code, 1);
});

test("migrate needs its own address only, says what it applied, and finds nothing to do the second time", async () => {
  const first = await runCdb(["database", "migrate", "--json"], { MIGRATE_DATABASE_URL: owner });
  assert.deepEqual(JSON.parse(first.out), { applied: all });
  assert.equal(first.code, 0);
  const second = await runCdb(["database", "migrate"], { MIGRATE_DATABASE_URL: owner });
  assert.deepEqual(second, { code: 0, out: "Nothing to do: the database is up to date.\n", err: "" });
});

test("status lists what is applied, and a missing migration is exit code 1", async () => {
  const before = await runCdb(["database", "status", "--json"], { DATABASE_URL: app });
  assert.deepEqual(
    JSON.parse(before.out).applied.map((row: { name: string }) => row.name),
    all,
  );
  assert.equal(before.code, 0);
  const client = new pg.Client(owner);
  await client.connect();
  await client.query("delete from migration where name = $1", [all.at(-1)]);
  await client.end();
  const later = await runCdb(["database", "status"], { DATABASE_URL: app });
  assert.match(later.out, new RegExp(`${all.at(-1)}\\s+missing`));
  assert.equal(later.code, 1);
});

test("without an address there is a sentence what to do and exit code 2", async () => {
  const { code, out, err } = await runCdb(["database", "migrate"]);
  assert.match(err, /^MIGRATE_DATABASE_URL is not set\. Set it in the environment, or start .*`npm start`/);
  assert.deepEqual([code, out], [2, ""]);
});

test("a server that does not answer is exit code 3, without a stack", async () => {
  const { code, err } = await runCdb(["database", "status"], { DATABASE_URL: "postgres://x:y@127.0.0.1:1/z" });
  assert.match(err, /^PostgreSQL does not answer/);
  assert.doesNotMatch(err, /\n\s+at /);
  assert.equal(code, 3);
});
