// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { makeSentMailing } from "../../test/mailings.ts";
import { administrator, front, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { unsubscribeLink } from "../links/unsubscribe-link.ts";
import { setConsent } from "../people/consent.ts";
import { exportPerson } from "../people/export.ts";
import { mergePeople } from "../people/merge-people.ts";
import { Person } from "../people/person.ts";
import { type Returned, registerBounce } from "./bounce.ts";
import { mailsTo } from "./mails-to.ts";
import { queueMessage } from "./message.ts";

const { database } = await freshDatabase();
const byHand = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const keysOf = (id: number, page: { before?: string; limit: number } = { limit: 100 }) =>
  database.read(administrator, async (work) => (await mailsTo(work, id, page)).map(({ key }) => key));

function reader(name: string): Promise<Person> {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work, { name });
    person.confirm(work, "link");
    await setConsent(work, person, "newsletter", true, { channel: "/settings" });
    return person;
  });
}

async function got(person: Person, mailingId: number, state = "accepted"): Promise<void> {
  const link = await byHand(async (work) => unsubscribeLink(work, await work.get(Person, person.id), "newsletter"));
  await database.pool.query(
    `insert into mailing_recipient (mailing_id, person_id, position, consent_id, link_id, language, domain, state, settled_at)
      values ($1, $2, 1, (select max(id) from consent where person_id = $2), $3, 'en', 'example.org', $4, '2026-11-20T10:01:00Z')`,
    [mailingId, person.id, link.id, state],
  );
}

const sent = (name: string, sentAt: string) =>
  byHand(async (work) => (await makeSentMailing(work, { name, sentAt, texts: { en: ["For {name|you}", "x"] } })).id);

test("what went to many stands between what went to them alone, with the consent it rests on, page by page", async () => {
  const person = await reader("Ada");
  const before = await sent("before", "2026-01-01T10:00:00Z");
  const after = await sent("after", "2999-01-01T10:00:00Z");
  for (const id of [before, after]) await got(person, id);
  const message = await byHand(async (work) =>
    queueMessage(work, { mail: "thank-you", person: await work.get(Person, person.id), fields: {} }),
  );
  const expected = [`m${after}`, `t${message.id}`, `m${before}`];
  assert.deepEqual(await keysOf(person.id), expected);
  assert.deepEqual(await keysOf(person.id, { limit: 2 }), expected.slice(0, 2));
  assert.deepEqual(await keysOf(person.id, { before: `t${message.id}`, limit: 2 }), expected.slice(2));
  assert.deepEqual(await keysOf(person.id, { before: "m999999999999999", limit: 2 }), []);
  const [mailing] = await database.read(administrator, (work) => mailsTo(work, person.id, { limit: 1 }));
  assert.equal(mailing?.subject, "For you");
  assert.deepEqual([mailing?.mailing?.id, mailing?.mailing?.purpose], [after, "newsletter"]);
  const { rows: consents } = await database.pool.query("select max(at) as at from consent where person_id = $1", [
    person.id,
  ]);
  assert.equal(mailing?.mailing?.consentedAt.toString(), consents[0].at.toString());
  const exported = await database.read(administrator, async (work) =>
    exportPerson(work, await work.get(Person, person.id)),
  );
  const rows = exported.tables.find(({ table }) => table === "mailing_recipient")?.rows ?? [];
  assert.deepEqual(
    rows.map((row) => [row.mailing, row.subject, row.agreed_to]),
    [
      ["before", "For {name|you}", "newsletter"],
      ["after", "For {name|you}", "newsletter"],
    ],
  );
});

test("who was left out or still waits got nothing, and nobody sees what others got", async () => {
  const [person, other] = [await reader("Bea"), await reader("Cleo")];
  const [refused, waits, left] = [
    await sent("refused", "2026-01-03T10:00:00Z"),
    await sent("waits", "2026-01-04T10:00:00Z"),
    await sent("left", "2026-01-05T10:00:00Z"),
  ];
  await got(person, refused, "refused");
  await got(person, waits, "waiting");
  await got(person, left, "left-out");
  await got(other, left);
  assert.deepEqual(await keysOf(person.id), [`m${refused}`]);
  const [mail] = await database.read(administrator, (work) => mailsTo(work, person.id, { limit: 1 }));
  assert.deepEqual([mail?.state, mail?.sentAt], ["refused", null]);
});

test("of what came back stands when, how and why, until the bounce is forgotten", async () => {
  const person = await reader("Eve");
  const mailingId = await sent("returned", "2026-01-08T10:00:00Z");
  await got(person, mailingId);
  await database.pool.query("update mailing_recipient set handed_over_at = now() where mailing_id = $1", [mailingId]);
  const message = await byHand(async (work) =>
    queueMessage(work, { mail: "thank-you", person: await work.get(Person, person.id), fields: {} }),
  );
  const mails = () => database.read(administrator, (work) => mailsTo(work, person.id, { limit: 2 }));
  const returned = (key: string, whose: Returned["whose"], kind: "hard" | "soft", reason: string) =>
    byHand((work) => registerBounce(work, { key, whose, kind, reason, status: "", originalId: "", recipient: "" }));
  assert.deepEqual(
    (await mails()).map(({ bounce }) => bounce),
    [null, null],
  );
  await returned("one", { kind: "message", messageId: message.id }, "hard", "user-unknown");
  await returned("two", { kind: "mailing", mailingId, personId: person.id }, "soft", "mailbox-full");
  const told = (await mails()).map(({ recipient, bounce }) => [recipient, bounce?.kind, bounce?.reason]);
  assert.deepEqual(told, [
    [person.email, "hard", "user-unknown"],
    ["", "soft", "mailbox-full"],
  ]);
  await database.pool.query("delete from bounce");
  assert.deepEqual(
    (await mails()).map(({ bounce }) => [bounce?.kind, bounce?.reason]),
    [
      ["hard", ""],
      ["soft", ""],
    ],
  );
});

test("what one got before they were merged stands in their list, once", async () => {
  const [person, twin] = [await reader("Dora"), await reader("Dora")];
  const [both, one] = [await sent("both", "2026-01-06T10:00:00Z"), await sent("one", "2026-01-07T10:00:00Z")];
  await got(person, both);
  await got(twin, both);
  await got(twin, one);
  await byHand((work) => mergePeople(work, person.id, twin.id, "one"));
  assert.deepEqual(
    (await keysOf(person.id)).filter((key) => key.startsWith("m")),
    [`m${one}`, `m${both}`],
  );
});
