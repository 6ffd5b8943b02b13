// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { readReturnedMail } from "./read-returned-mail.ts";
import { hostileSamples } from "./test/hostile-samples.ts";
import { reportSamples } from "./test/report-samples.ts";
import { secret, toMailing } from "./test/returned-mail.ts";
import { wordSamples } from "./test/word-samples.ts";

const wireOf = (raw: string | Buffer) =>
  typeof raw === "string" ? Buffer.from(raw.replace(/\r?\n/g, "\r\n"), "latin1") : raw;

const samples = [...reportSamples, ...wordSamples, ...hostileSamples];
const table: string[][] = [];
for (const sample of samples)
  test(`${sample.name} is read as ${sample.kind}`, async () => {
    const read = await readReturnedMail(wireOf(sample.raw), secret);
    table.push([sample.name, read.kind, read.status, read.reason, read.whose?.kind ?? "", read.recipient]);
    const expected = {
      kind: sample.kind,
      status: sample.status ?? "",
      reason: sample.reason ?? "",
      whose: sample.whose,
    };
    assert.deepEqual({ kind: read.kind, status: read.status, reason: read.reason, whose: read.whose?.kind }, expected);
    if (sample.recipient) assert.equal(read.recipient, sample.recipient);
    assert.match(read.key, /^[0-9a-f]{64}$/);
  });

test("all of it as a table", (t) => {
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  for (const row of table) t.diagnostic(row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "));
  assert.equal(table.length, samples.length);
});

test("the envelope tells whose a mail is where its headers do not", async () => {
  const bare = wireOf("From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\nUser unknown\n");
  assert.equal((await readReturnedMail(bare, secret)).whose, undefined);
  const read = await readReturnedMail(bare, secret, toMailing);
  assert.deepEqual(read.whose, { kind: "mailing", mailingId: 12, personId: 345 });
});

test("the same mail by another way has the same key, another mail another", async () => {
  const [first, other] = samples;
  const keyOf = async (raw: string | Buffer) => (await readReturnedMail(wireOf(raw), secret)).key;
  const once = await keyOf(first?.raw ?? "");
  assert.equal(await keyOf(`Received: from a by b; today\n${first?.raw}`), once);
  assert.notEqual(await keyOf(other?.raw ?? ""), once);
});

test("no text of the mail goes further but status and address", async () => {
  for (const { raw } of samples) {
    const { key: _, ...read } = await readReturnedMail(wireOf(raw), secret);
    assert.doesNotMatch(JSON.stringify(read), /[\r\n\0]|Bcc/);
    assert.match(read.status, /^(\d\.\d{1,3}\.\d{1,3})?$/);
  }
});
