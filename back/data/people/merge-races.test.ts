// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { freshDatabase } from "../../test/database.ts";
import { administrator, front, makePerson } from "../../test/make.ts";
import { setConsent } from "./consent.ts";
import { mergePeople } from "./merge-people.ts";
import { Person } from "./person.ts";
import { unmergePeople } from "./unmerge-people.ts";

const { database, url, ownerUrl } = await freshDatabase();

const make = () =>
  database.transaction(front, async (work) => {
    const person = await makePerson(work, { signatures: { "open-letter": "2026-01-02" } });
    person.confirm(work, "coordinator");
    return person.id;
  });
const merge = (keep: number, gone: number) =>
  database.transaction(administrator, (work) => mergePeople(work, keep, gone, ""));

/** How many of these were done; the others were refused as they should be. */
async function countDone(tries: Promise<unknown>[]): Promise<number> {
  const settled = await Promise.allSettled(tries);
  for (const it of settled)
    if (it.status === "rejected") {
      assert.equal(it.reason.name, "Conflict", String(it.reason));
      assert.match(it.reason.code, /^(person-not-active|person-busy|merged-on|unmerged-already|changed-meanwhile)$/);
    }
  return settled.filter((it) => it.status === "fulfilled").length;
}

test("of many merges of the same two at once, in both directions, one is done", async () => {
  for (let round = 0; round < 10; round += 1) {
    const [one, other] = [await make(), await make()];
    const tries = Array.from({ length: 6 }, (_, n) => (n % 2 ? merge(one, other) : merge(other, one)));
    assert.equal(await countDone(tries), 1);
    const { rows } = await database.pool.query("select count(*)::int as n from merge where $1 in (kept_id, gone_id)", [
      one,
    ]);
    assert.deepEqual(rows, [{ n: 1 }]);
  }
});

test("merges that cross each other end in one survivor at most for everybody, and in no deadlock", async () => {
  for (let round = 0; round < 5; round += 1) {
    const people = [await make(), await make(), await make(), await make()];
    const tries = people.flatMap((one) => people.filter((other) => other !== one).map((other) => merge(one, other)));
    const done = await countDone(tries);
    const { rows } = await database.pool.query(
      `select id from person where id = any($1) and registration = 'merged'
        and (merged_into is null or exists (select from person other where other.id = person.merged_into and other.registration = 'merged'))`,
      [people],
    );
    assert.deepEqual(rows, []);
    assert.ok(done >= 1 && done <= 3);
  }
});

test("somebody whose records are being changed just now is not merged, and the change is not disturbed", async () => {
  const [keep, gone] = [await make(), await make()];
  await database.transaction(front, async (work) => {
    const person = await work.get(Person, gone, "lock");
    await assert.rejects(merge(keep, gone), { name: "Conflict", code: "person-busy" });
    await setConsent(work, person, "newsletter", true, { channel: "x" });
  });
  const { id } = await merge(keep, gone);
  const { rows } = await database.pool.query("select count(*)::int as n from consent where person_id = $1", [keep]);
  assert.deepEqual(rows, [{ n: 1 }]);
  const unmerge = () => database.transaction(administrator, (work) => unmergePeople(work, id, ""));
  assert.equal(await countDone([unmerge(), unmerge(), unmerge()]), 1);
});

test("a merge that is killed in the middle leaves both as they were, and can be done again", async () => {
  const [keep, gone] = [await make(), await make()];
  await database.transaction(front, async (work) =>
    setConsent(work, await work.get(Person, gone), "newsletter", true, { channel: "x" }),
  );
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  // The server looks every moment whether the one who asked is there still; one table makes the merge wait half-way.
  const { rows: named } = await owner.query("select current_database() as name");
  await owner.query(`alter database ${named[0].name} set client_connection_check_interval = '50ms';
    create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(50); return new; end $$;
    create trigger waits before update on consent for each row execute function wait()`);
  const picture = async () => {
    const rows: unknown[] = [];
    for (const it of ["person", "consent", "signature", "message", "signed_link", "merge", "duplicate", "history"])
      rows.push((await owner.query(`select * from ${it} order by 1`)).rows);
    return rows;
  };
  const before = await picture();
  const cli = fileURLToPath(new URL("../../cli.ts", import.meta.url));
  const child = spawn(process.execPath, [cli, "people", "merge", String(keep), String(gone), "--reason", "same"], {
    env: { PATH: process.env.PATH, CDB_HOME: "/nonexistent", DATABASE_URL: url },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  // Only the same role is shown what a connection waits for.
  const asleep = () =>
    database.pool.query("select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
  while ((await asleep()).rowCount === 0) {
    assert.equal(child.exitCode, null);
    await pause(20);
  }
  child.kill("SIGKILL");
  assert.equal(await exited, "SIGKILL");
  while ((await asleep()).rowCount !== 0) await pause(20);
  assert.deepEqual(await picture(), before);
  await owner.query("drop trigger waits on consent");
  await owner.end();
  await merge(keep, gone);
  const { rows } = await database.pool.query("select registration from person where id = $1", [gone]);
  assert.deepEqual(rows, [{ registration: "merged" }]);
});
