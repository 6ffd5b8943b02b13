// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { createTransport, type SendMailOptions } from "nodemailer";
import { type Inbox, startInbox } from "./inbox.ts";
import { findLinks } from "./inbox-messages.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-inbox-"));
const inbox = await startInbox({ smtpPort: 0, httpPort: 0, folder });
after(async () => {
  await inbox.stop();
  rmSync(folder, { recursive: true });
});

async function send(mail: SendMailOptions, to: Inbox = inbox): Promise<void> {
  const transport = createTransport(to.smtpUrl);
  await transport.sendMail({ from: '"The Office" <office@example.org>', text: "Hello", ...mail }).finally(() => {
    transport.close();
  });
}

interface Seen {
  status: number;
  body: string;
  policy: string | null;
}

async function see(address: string): Promise<Seen> {
  const answer = await fetch(inbox.url + address);
  return { status: answer.status, body: await answer.text(), policy: answer.headers.get("content-security-policy") };
}

test("a mail is found by its recipient in any case, newest first, with its text, html, headers and links", async () => {
  await send({ to: "ada@example.org", subject: "First" });
  await send({
    to: "Ada@Example.org",
    subject: "Grüße",
    text: "Open http://localhost:1/a?x=1&y=2.",
    html: '<a href="http://localhost:1/b?x=1&amp;y=2">Open</a>',
    headers: { "X-Long": "word ".repeat(40) },
  });
  await send({ to: "other@example.org", subject: "Not hers" });
  const answer = await fetch(`${inbox.url}/api/messages?to=ADA@example.org`);
  const [newest, oldest, ...rest] = await answer.json();
  assert.deepEqual([newest.subject, oldest.subject, rest], ["Grüße", "First", []]);
  assert.equal(newest.from, "office@example.org");
  assert.equal(newest.headers.from, "The Office <office@example.org>");
  assert.equal(newest.headers["x-long"], "word ".repeat(40).trim());
  assert.match(newest.text, /^Open/);
  assert.match(newest.html, /<a href/);
  assert.deepEqual(newest.links, ["http://localhost:1/a?x=1&y=2", "http://localhost:1/b?x=1&y=2"]);
  assert.ok(Date.parse(newest.receivedAt));
});

test("mails are there again after a restart", async () => {
  const other = path.join(folder, "other");
  const first = await startInbox({ smtpPort: 0, httpPort: 0, folder: other });
  await send({ to: "kept@example.org", subject: "One" }, first);
  await send({ to: "kept@example.org", subject: "Two" }, first);
  await first.stop();
  const second = await startInbox({ smtpPort: 0, httpPort: 0, folder: other });
  await send({ to: "kept@example.org", subject: "Three" }, second);
  assert.deepEqual(
    second.messages("kept@example.org").map((message) => message.subject),
    ["Three", "Two", "One"],
  );
  await fetch(`${second.url}/api/messages`, { method: "DELETE" });
  assert.deepEqual(second.messages(), []);
  await second.stop();
});

test("the page lists mails, and one mail's page cannot be taken over by what the mail says", async () => {
  const content = Buffer.from("the code");
  await send({
    to: "page@example.org",
    subject: "<script>alert(1)</script>",
    text: "<b>plain</b>",
    html: "<p>rich</p><script>alert(2)</script>",
    attachments: [{ filename: "code.png", content, contentType: "image/png" }],
  });
  const list = await see("/");
  assert.match(list.body, /&lt;script&gt;alert\(1\)/);
  const [, address = ""] = list.body.match(/href="(\/messages\/[^"]+)">&lt;script/) ?? [];
  const page = await see(address);
  assert.match(page.body, /&lt;b&gt;plain/);
  assert.doesNotMatch(page.body, /<script/);
  assert.match(page.body, /<iframe[^>]* sandbox=/);
  const framed = await see(`${address}/html`);
  assert.match(framed.body, /<p>rich/);
  assert.match(framed.policy ?? "", /^sandbox [^;]*; default-src 'none'/);
  assert.deepEqual((await see(`${address}/attachments/0`)).body, "the code");
  assert.equal((await see("/messages/nothing")).status, 404);
});

test("a mail that is awaited wakes the waiting test", async () => {
  const awaited = inbox.waitFor("awaited@example.org", /second/);
  await send({ to: "awaited@example.org", subject: "the first" });
  await send({ to: "awaited@example.org", subject: "the second" });
  assert.equal((await awaited).subject, "the second");
});

test("the inbox can make the trouble that mail servers make, and stop making it", async () => {
  const mail = { to: "trouble@example.org", subject: "Trouble" };
  inbox.refuse("permanent");
  await assert.rejects(send(mail), { responseCode: 550 });
  inbox.refuse("temporary", /trouble/);
  await assert.rejects(send(mail), { responseCode: 451 });
  await send({ to: "spared@example.org" });
  inbox.refuse("drop");
  await assert.rejects(send(mail), { code: "ECONNECTION" });
  assert.deepEqual(inbox.messages("trouble@example.org"), []);
  inbox.refuse(undefined);
  await send(mail);
  assert.equal(inbox.messages("trouble@example.org").length, 1);
});

test("links end where the sentence about them goes on", () => {
  assert.deepEqual(findLinks("See (https://a.example/x). Or <https://b.example/y>, https://a.example/x!", ""), [
    "https://a.example/x",
    "https://b.example/y",
  ]);
});
