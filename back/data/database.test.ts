// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { freshDatabase } from "../test/database.ts";
import { administrator, front, makePerson } from "../test/make.ts";
import { historyOf } from "./history.ts";
import { findByEmail } from "./people/find-people.ts";
import { Person } from "./people/person.ts";

const { database, url } = await freshDatabase();
const change = (id: number, name: string) =>
  database.transaction(administrator, async (work) => {
    (await work.get(Person, id)).change(work, { name });
  });

test("one record is one object in one work", async () => {
  const { id, email } = await database.transaction(front, (work) => makePerson(work));
  await database.transaction(front, async (work) =>
    assert.equal(await work.get(Person, id), await findByEmail(work, email ?? "")),
  );
});

test("a change is written with its history, and what did not change is not", async () => {
  const { id } = await database.transaction(front, (work) => makePerson(work, { name: "Before" }));
  await change(id, "After");
  await change(id, "After");
  const entries = await database.read(front, (work) => historyOf(work, id));
  const rows = entries.reverse().map(({ actor, verb, changes }) => ({ actor, verb, changes }));
  assert.deepEqual(rows, [
    { actor: "program:front", verb: "registered", changes: {} },
    { actor: "administrator:test", verb: "changed", changes: { name: ["Before", "After"] } },
  ]);
});

test("a work that fails leaves nothing: no row, no history, no task", async () => {
  const jobs = async () => (await database.pool.query("select count(*)::int as n from pgboss.job")).rows[0].n;
  const before = await jobs();
  await assert.rejects(
    database.transaction(front, async (work) => {
      await makePerson(work, { email: "gone@example.org", confirmation: "mail" });
      throw new Error("on purpose");
    }),
    /on purpose/,
  );
  assert.equal(await database.read(front, (work) => findByEmail(work, "gone@example.org")), undefined);
  assert.equal(await jobs(), before);
});

test("two who change one record from the same state: the later one is refused", async () => {
  const { id } = await database.transaction(front, (work) => makePerson(work));
  const both = await Promise.allSettled([
    database.transaction(administrator, async (work) => {
      const person = await work.get(Person, id);
      await change(id, "First");
      person.change(work, { name: "Second" });
    }),
  ]);
  assert.equal(both[0]?.status === "rejected" && both[0].reason.code, "changed-meanwhile");
  assert.equal((await database.read(front, (work) => work.get(Person, id))).name, "First");
});

test("a connection that PostgreSQL closes in the middle fails that work alone", async () => {
  const broken = database.transaction(front, async (work) => {
    const [row] = await work.rows<{ pid: number }>("select pg_backend_pid() as pid", []);
    await database.pool.query("select pg_terminate_backend($1)", [row?.pid]);
    // The driver tells of it between two questions.
    await pause(50);
    await makePerson(work);
  });
  await assert.rejects(broken);
  assert.equal((await database.pool.query("select")).rowCount, 1);
});

test("reading refuses to change", async () => {
  const { id } = await database.transaction(front, (work) => makePerson(work));
  await assert.rejects(
    database.read(front, async (work) => (await work.get(Person, id)).change(work, { name: "x" })),
    /only reads/,
  );
});

test("the program's own role cannot rewrite consents, notices or history", async () => {
  for (const [table, column] of [
    ["consent", "purpose"],
    ["notice", "notice_id"],
    ["history", "verb"],
  ]) {
    await assert.rejects(database.pool.query(`delete from ${table}`), /permission denied/);
    await assert.rejects(database.pool.query(`update ${table} set ${column} = ''`), /permission denied/);
  }
});

test("a value that breaks a rule of the database never reaches the error's text", async () => {
  await database.transaction(front, (work) => makePerson(work, { email: "secret-address@example.org" }));
  await assert.rejects(
    database.pool.query(
      "insert into person (name, email, language, registered_at) values ('a', 'secret-address@example.org', 'en', now())",
    ),
    (error: Error) => {
      assert.doesNotMatch(error.message, /secret-address/);
      return true;
    },
  );
});

test("other users of the driver, such as the queue, read the database's types their own way", async () => {
  const plain = new pg.Client(url);
  await plain.connect();
  const { rows } = await plain.query("select 1.5::numeric as number, '2026-01-31'::date as day");
  await plain.end();
  assert.equal(rows[0].number, "1.5");
  assert.ok(rows[0].day instanceof Date);
});
