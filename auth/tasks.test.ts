// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth has to tell others is told in the end, by one process of several, or given up.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openLog } from "@cdb/runtime/log.ts";
import { openDatabase } from "./database.ts";
import { type Carrier, type Task, Tasks } from "./tasks.ts";
import { freshDatabase } from "./test/start.ts";

const url = await freshDatabase();
const pools = [await openDatabase(url), await openDatabase(url)] as const;
after(() => Promise.all(pools.map((pool) => pool.end())));
const [pool] = pools;
const log = openLog("auth", "silent");
const task: Task = { kind: "tell-client", clientId: "wiki", accountId: "somebody", sid: null };

/** As one process has them. */
function openTasks(carrier: Carrier<"tell-client">, at = pool): Tasks {
  const tasks = new Tasks(at, log);
  tasks.teach("tell-client", carrier);
  return tasks;
}

/** What a person sees who asks whether a client was told. */
async function outcomes(): Promise<string[]> {
  const told = await openTasks(failing).listTold("somebody");
  return told.map(({ doneAt, givenUpAt }) => (doneAt ? "done" : givenUpAt ? "given up" : "waiting"));
}

const failing: Carrier<"tell-client"> = () => Promise.reject(new Error("no"));

async function waiting(): Promise<{ tries: number; pause: number }[]> {
  const { rows } = await pool.query(
    "select tries, extract(epoch from due_at - now())::int as pause from task where done_at is null and given_up_at is null order by id",
  );
  return rows;
}

test("many processes carry out everything once", async () => {
  const done: string[] = [];
  const count: Carrier<"tell-client"> = async ({ accountId }) => {
    done.push(accountId);
  };
  await pool.query(
    "insert into task (kind, client_id, account_id) select 'tell-client', 'wiki', number from generate_series(1, 1000) number",
  );
  const processes = [...pools, ...pools, ...pools, ...pools].map((at) => openTasks(count, at));
  await Promise.all(processes.map((tasks) => tasks.carryOut()));
  assert.equal(done.length, 1_000);
  assert.equal(new Set(done).size, 1_000);
  assert.deepEqual(await waiting(), []);
});

test("what failed is tried again later and later, an hour apart at most, and then it is done", async () => {
  const tasks = openTasks(failing);
  await tasks.queue(task);
  const pauses: number[] = [];
  for (let tries = 1; tries <= 12; tries += 1) {
    await tasks.carryOut();
    const [row] = await waiting();
    assert.equal(row?.tries, tries);
    pauses.push(Math.round((row?.pause ?? 0) / 15) * 15);
    await tasks.carryOut();
    assert.equal((await waiting())[0]?.tries, tries, "not before it is due");
    await pool.query("update task set due_at = now() where due_at < 'infinity'");
  }
  assert.deepEqual(pauses, [15, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600, 3_600]);
  let isDone = false;
  await openTasks(async () => {
    isDone = true;
  }).carryOut();
  assert.equal(isDone, true);
  assert.deepEqual(await waiting(), []);
  assert.deepEqual(await outcomes(), ["done"]);
});

test("what failed for a day is given up", async () => {
  const tasks = openTasks(failing);
  await tasks.queue(task);
  await tasks.carryOut();
  await pool.query(
    "update task set due_at = now(), created_at = now() - interval '23 hours' where due_at < 'infinity'",
  );
  await tasks.carryOut();
  assert.equal((await waiting()).length, 1);
  await pool.query(
    "update task set due_at = now(), created_at = now() - interval '25 hours' where due_at < 'infinity'",
  );
  await tasks.carryOut();
  assert.deepEqual(await waiting(), []);
  assert.equal((await outcomes())[0], "given up");
});

test("a process of before leaves alone what only the next version knows how to do", async () => {
  await pool.query("update task set due_at = 'infinity'");
  const old = new Tasks(pool, log);
  await old.queue(task);
  await old.finished();
  assert.deepEqual((await outcomes())[0], "waiting");
  await pool.query("update task set due_at = now() where done_at is null and given_up_at is null");
  let done = 0;
  await openTasks(async () => {
    done += 1;
  }).carryOut();
  assert.equal(done, 1);
});

test("what a process took and never finished is done by another", async () => {
  const begun = Promise.withResolvers<void>();
  const killed = openTasks(() => {
    begun.resolve();
    return new Promise(() => {});
  });
  await killed.queue(task);
  await begun.promise;
  let done = 0;
  const other = openTasks(async () => {
    done += 1;
  }, pools[1]);
  await other.carryOut();
  assert.equal(done, 0, "while it may still be under way, nobody else begins");
  await pool.query("update task set due_at = now() where due_at < 'infinity'");
  await other.carryOut();
  assert.equal(done, 1);
});
