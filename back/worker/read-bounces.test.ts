// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A real IMAP server gives its mails to the worker.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { startImap } from "@cdb/dev/imap.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { reportSamples } from "../bounces/test/report-samples.ts";
import { original, plain, report, secret } from "../bounces/test/returned-mail.ts";
import { returnPath } from "../mail/return-path.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { sentMailing } from "../test/sent-mailing.ts";
import { readBounces } from "./read-bounces.ts";

const { database } = await freshDatabase();
const folder = mkdtempSync(path.join(tmpdir(), "imap-"));
const imap = await startImap(folder);
after(async () => {
  await imap.stop();
  rmSync(folder, { recursive: true });
});
const log = openLog("test", "silent");
const office = { database, linkSecret: secret, mailbox: imap.url };
const inFolder = (name: string) =>
  ["new", "cur"].flatMap((part) => readdirSync(path.join(folder, "mail", name, part))).length;

const { personId, mailingId } = await database.transaction(administrator, async (work) => {
  const person = await makePerson(work);
  return { personId: person.id, mailingId: await sentMailing(work, person) };
});
const to = returnPath("bounces@example.org", secret, { kind: "mailing", mailingId, personId });
const fields =
  "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; x@example.net\nAction: failed\nStatus: 5.1.1";
const bounce = report({ to, fields, original: original("<x@example.org>") });

async function counted(): Promise<{ kind: string; points: number }[]> {
  const { rows } = await database.pool.query("select kind, half_points as points from bounce order by id");
  return rows;
}

test("what lies in the mailbox is taken in and moved away; what nobody can read is put aside for a person", async () => {
  imap.deliver(bounce);
  imap.deliver(plain({ from: "ada@example.net", to, subject: "Re: News", text: "Thank you!" }));
  await readBounces(office, log);
  assert.deepEqual(await counted(), [
    { kind: "hard", points: 2 },
    { kind: "unreadable", points: 0 },
  ]);
  assert.deepEqual([inFolder(""), inFolder(".Handled"), inFolder(".To look at")], [0, 1, 1]);
});

test("a mail stays where it is while it cannot be kept, and is taken in later", async () => {
  imap.deliver(String(reportSamples[0]?.raw));
  const away = { ...office, database: { transaction: () => Promise.reject(new Error("PostgreSQL is away")) } as never };
  await readBounces(away, log);
  assert.equal(inFolder(""), 1);
  await readBounces(office, log);
  assert.equal(inFolder(""), 0);
  assert.equal((await counted()).length, 3);
});

test("ended after the effect and before the move, a mail counts once", async () => {
  const before = await counted();
  // It lies there again, as it was.
  imap.deliver(bounce);
  await readBounces(office, log);
  assert.deepEqual(await counted(), before);
  assert.equal(inFolder(""), 0);
});

test("two workers at once take each mail in once", async () => {
  const before = (await counted()).length;
  for (let at = 0; at < 20; at += 1) imap.deliver(bounce.replace("@mx.example.net>", `.${at}@mx.example.net>`));
  await Promise.allSettled([readBounces(office, log), readBounces(office, log)]);
  await readBounces(office, log);
  assert.equal((await counted()).length, before + 20);
  assert.equal(inFolder(""), 0);
});

test("a mailbox that is not there, or not ours, is told as trouble", async () => {
  await assert.rejects(readBounces({ ...office, mailbox: "imap://a:b@127.0.0.1:1" }, log));
  await assert.rejects(readBounces({ ...office, mailbox: imap.url.replace("of%20the", "not%20the") }, log));
});
