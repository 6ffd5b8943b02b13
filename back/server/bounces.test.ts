// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { report } from "../bounces/test/returned-mail.ts";
import { returnPath } from "../mail/return-path.ts";
import { administrator, makePerson } from "../test/make.ts";
import { sentMailing } from "../test/sent-mailing.ts";
import { secrets, testServer } from "../test/server.ts";
import { programToken } from "../test/tokens.ts";

const { call, database } = await testServer();
const { personId, mailingId } = await database.transaction(administrator, async (work) => {
  const person = await makePerson(work);
  return { personId: person.id, mailingId: await sentMailing(work, person) };
});
const to = returnPath("bounces@example.org", secrets.links, { kind: "mailing", mailingId, personId });
const fields = "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.1.1";
const token = await programToken("relay", ["bounces:report"]);

const post = async (body: object) => (await call("POST", "/bounces", token, body)).body;

async function halves(): Promise<number | undefined> {
  const { rows } = await database.pool.query("select half_points from address_trouble where person_id = $1", [
    personId,
  ]);
  return rows[0]?.half_points;
}

test("a relay hands a mail in, as text or in Base64; handed in twice it counts once", async () => {
  const mail = report({ to, fields });
  assert.deepEqual(await post({ mail }), { kind: "hard", known: false });
  assert.deepEqual(await post({ mail: Buffer.from(mail).toString("base64"), encoding: "base64" }), {
    kind: "hard",
    known: true,
  });
  assert.equal(await halves(), 2);
});

test("to whom it was delivered tells whose it is, where the mail does not", async () => {
  await database.pool.query("update address_trouble set counted_on = counted_on - 1");
  const bare = "From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\nMailbox full\n";
  assert.deepEqual(await post({ mail: bare, to }), { kind: "soft", known: false });
  assert.equal(await halves(), 3);
});
