// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { freshDatabase } from "../test/database.ts";
import { administrator, front, makePerson } from "../test/make.ts";
import { historyOf, verifyHistory } from "./history.ts";
import { Person } from "./people/person.ts";

const { database, ownerUrl } = await freshDatabase();

async function asOwner(statement: string, values: unknown[] = []): Promise<void> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  await owner.query(statement, values);
  await owner.end();
}

const ids = await Promise.all(
  Array.from({ length: 20 }, async () => (await database.transaction(front, (work) => makePerson(work))).id),
);
await Promise.all(
  ids.map((id) =>
    database.transaction(administrator, async (work) => {
      (await work.get(Person, id)).change(work, {
        name: `New ${id}`,
        postalAddress: { lines: ["Z", "A"], postcode: "1", city: "ü", country: "DE" },
      });
    }),
  ),
);

test("entries written by many at once make one chain that verifies", async () => {
  const { entries, broken, head } = await verifyHistory(database.query);
  assert.deepEqual([entries, broken], [40, []]);
  assert.match(head, /^[0-9a-f]{64}$/);
});

test("a person's history says who changed what from what to what", async () => {
  const [newest] = await database.read(front, (work) => historyOf(work, ids[0] ?? 0));
  assert.deepEqual(
    [newest?.actor, newest?.verb, newest?.changes.name],
    ["administrator:test", "changed", ["Ada Example", `New ${ids[0]}`]],
  );
});

test("values can be erased while the chain still verifies", async () => {
  await database.pool.query(
    "delete from history_detail where history_id = (select max(history_id) from history_detail)",
  );
  assert.deepEqual((await verifyHistory(database.query)).broken, []);
});

test("one letter changed later is found and named", async () => {
  await asOwner("update history set actor = 'administrator:nobody' where id = 7");
  const { broken } = await verifyHistory(database.query);
  assert.deepEqual(
    broken.map(({ id }) => id),
    [7],
  );
  await asOwner("update history set actor = 'program:front' where id = 7");
  assert.deepEqual((await verifyHistory(database.query)).broken, []);
});

test("a value changed later is found and named", async () => {
  const { rows } = await database.pool.query("select min(history_id)::int as id from history_detail");
  await asOwner(
    "update history_detail set changes = jsonb_set(changes, '{name,0}', '\"Mallory\"') where history_id = $1",
    [rows[0].id],
  );
  assert.deepEqual((await verifyHistory(database.query)).broken, [{ id: rows[0].id, why: "its values were changed" }]);
});

test("an entry removed later is found by the one after it", async () => {
  await asOwner("delete from history where id = 12 and not exists (select from history_detail where history_id = 12)");
  assert.ok((await verifyHistory(database.query)).broken.some(({ id }) => id === 13));
});
