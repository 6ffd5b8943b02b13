// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../test/database.ts";
import { front, makePerson } from "../test/make.ts";
import { generate } from "./generate.ts";

const { database, ownerUrl } = await freshDatabase();

async function shape(): Promise<unknown[]> {
  const { rows } =
    await database.pool.query(`select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = any('{person,consent,payment,donation}'::regclass[])
    union select pg_get_constraintdef(oid) from pg_constraint where conrelid = any('{person,consent,payment,donation}'::regclass[]) order by 1`);
  return rows;
}

test("made-up people fill an empty database, whose indexes and references stand as before", async () => {
  const before = await shape();
  await generate(ownerUrl, { people: 500, donations: 2_000, seed: 1 }, () => {});
  assert.deepEqual(await shape(), before);
  const { rows } = await database.pool.query(
    "select count(*)::int as n, sum(d.amount)::int = sum(p.amount)::int as equal from donation d join payment p on p.id = d.payment_id and p.happened_at::date = d.received_on",
  );
  assert.deepEqual(rows, [{ n: 2_000, equal: true }]);
  await database.transaction(front, (work) => makePerson(work, { email: "after@example.org" }));
});

test("a database with people in it is refused", async () => {
  await assert.rejects(
    generate(ownerUrl, { people: 1, donations: 1, seed: 1 }, () => {}),
    { code: "database-not-empty" },
  );
});
