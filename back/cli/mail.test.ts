// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Message } from "../data/mailings/message.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makeAPledge, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) => runCdb(["mail", ...args], { DATABASE_URL: url });
const id = await database.transaction(administrator, async (work) => {
  await makeAPledge(work, await makePerson(work, { email: "ada@example.org" }));
  const { id } = await work.query.selectFrom("message").select("id").executeTakeFirstOrThrow();
  return id;
});

async function countTasks(): Promise<number> {
  return (await database.pool.query("select count(*)::int as n from pgboss.job")).rows[0].n;
}

test("a mail that waits is listed with whom it goes to, and is not sent again", async () => {
  const { messages } = JSON.parse((await cdb("queue", "--json")).out);
  assert.deepEqual(
    messages.map((it: Record<string, unknown>) => [it.id, it.mail, it.recipient, it.state, it.attempts]),
    [[id, "how-to-pay", "ada@example.org", "queued", 0]],
  );
  assert.match((await cdb("queue")).out, /how-to-pay +ada@example\.org +queued/);
  const { code, err } = await cdb("send-again", `${id}`);
  assert.match(err, /Only a mail of unknown fate/);
  assert.equal(code, 1);
});

test("a mail of unknown fate is listed with the reason and is queued again once", async () => {
  await database.transaction(administrator, async (work) => {
    const message = await work.get(Message, id);
    message.handOver(work, "<1@example.org>");
    message.doubt("the connection broke");
  });
  assert.match((await cdb("queue")).out, /unknown +1 +\d+ s +the connection broke/);
  const before = await countTasks();
  assert.equal((await cdb("send-again", `${id}`)).code, 0);
  assert.equal(await countTasks(), before + 1);
  assert.equal((await cdb("send-again", `${id}`)).code, 1);
});

test("a mail that is not there is exit code 1, what is no number is exit code 2", async () => {
  assert.equal((await cdb("send-again", "999999")).code, 1);
  assert.equal((await cdb("send-again", "x; rm -rf /")).code, 2);
  assert.equal((await cdb("send-again", "9".repeat(40))).code, 2);
});

test("every mail is listed with what it is for, and shown in each language as it would arrive", async () => {
  const settings = { DATABASE_URL: url, FRONT_URL: "https://my.example.org", LINK_SECRET: "a secret of tests" };
  assert.match((await cdb("list")).out, /^thank-you +thank for a donation$/m);
  const { out } = await runCdb(["mail", "preview", "thank-you", "--language", "de"], settings);
  assert.match(out, /^Return-Path: <bounces\+t0-[0-9a-f]{20}@example\.org>$/m);
  assert.match(out, /^Auto-Submitted: auto-generated$/m);
  assert.match(out, /^Hallo Ada Lovelace,$/m);
  assert.match(out, /<html lang="de">/);
  assert.match((await runCdb(["mail", "preview", "nonsense"], settings)).err, /There is no such mail/);
  assert.equal((await runCdb(["mail", "preview", "constructor"], settings)).code, 2);
  assert.ok(!(await cdb("queue", "--json")).out.includes("thank-you"));
});
