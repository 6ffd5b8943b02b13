// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import { sentMailing } from "../../test/sent-mailing.ts";
import type { Work } from "../database.ts";
import { consentStates } from "../people/consent.ts";
import { erase } from "../people/erasure.ts";
import { exportPerson } from "../people/export.ts";
import { mergePeople } from "../people/merge-people.ts";
import { Person } from "../people/person.ts";
import { forgive, isForNobody, silentAddressesOf } from "./address-trouble.ts";
import { countAudience } from "./audience.ts";
import { type Returned, registerBounce } from "./bounce.ts";
import { getMailing } from "./mailing.ts";
import { queueMessage } from "./message.ts";

const { database } = await freshDatabase();
const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);

function aBounce(wish: Partial<Returned> = {}): Returned {
  const said = { kind: "hard", status: "5.1.1", reason: "user-unknown" } as const;
  return { key: randomUUID(), ...said, whose: undefined, originalId: "", recipient: "", ...wish };
}

/** Somebody who got a mailing, and a way to have it come back. */
async function reader(secondaryEmail: string | null = null) {
  const [person, mailingId] = await change(async (work) => {
    const made = await makePerson(work);
    made.secondaryEmail = secondaryEmail;
    await work.write();
    return [made, await sentMailing(work, made)] as const;
  });
  const whose = { kind: "mailing", mailingId, personId: person.id } as const;
  const comeBack = (wish: Partial<Returned> = {}) =>
    change((work) => registerBounce(work, aBounce({ whose, ...wish })));
  const passDays = (days: number) =>
    database.pool.query("update address_trouble set counted_on = counted_on - $2::int where person_id = $1", [
      person.id,
      days,
    ]);
  const halves = async () =>
    (await database.pool.query("select half_points from address_trouble where person_id = $1", [person.id])).rows[0]
      ?.half_points ?? 0;
  const silent = () =>
    database.read(administrator, async (work) => silentAddressesOf(work, await work.get(Person, person.id)));
  return { person, mailingId, whose, comeBack, passDays, halves, silent };
}

async function mailsTo(email: string): Promise<string[]> {
  const { rows } = await database.pool.query("select mail from message where recipient = $1 order by id", [email]);
  return rows.map(({ mail }) => mail);
}

test("a copy of what came back counts nothing, also when both come at once", async () => {
  const ada = await reader();
  const key = randomUUID();
  const both = await Promise.all([ada.comeBack({ key }), ada.comeBack({ key })]);
  assert.deepEqual(both.sort(), [false, true]);
  assert.equal(await ada.comeBack({ key }), false);
  const { rows } = await database.pool.query("select count(*)::int as n from bounce where key = $1", [key]);
  assert.equal(rows[0].n, 1);
  assert.equal(await ada.halves(), 2);
});

test("one a day counts: a point for what never arrives, half of one for what does not arrive now", async () => {
  const ada = await reader();
  await ada.comeBack({ kind: "soft", status: "4.2.2", reason: "mailbox-full" });
  await ada.comeBack();
  assert.equal(await ada.halves(), 1);
  await ada.passDays(1);
  await ada.comeBack();
  assert.equal(await ada.halves(), 3);
});

test("twenty at once about one address, while its person changes, count one", async () => {
  const ada = await reader();
  const { id } = await change((work) => queueMessage(work, { mail: "thank-you", person: ada.person, fields: {} }));
  const toMessage = { kind: "message", messageId: id } as const;
  const many = Array.from({ length: 20 }, (_, n) => ada.comeBack(n % 2 === 0 ? {} : { whose: toMessage }));
  const renames = Array.from({ length: 5 }, (_, n) =>
    change(async (work) => (await work.get(Person, ada.person.id, "lock")).change(work, { name: `Ada ${n}` })),
  );
  assert.deepEqual(
    await Promise.all(many),
    many.map(() => true),
  );
  await Promise.all(renames);
  assert.equal(await ada.halves(), 2);
});

test("after thirty days without, all is forgotten", async () => {
  const ada = await reader();
  await ada.comeBack();
  await ada.passDays(30);
  await ada.comeBack();
  assert.equal(await ada.halves(), 4);
  await ada.passDays(31);
  await ada.comeBack();
  assert.equal(await ada.halves(), 2);
});

test("with five points nobody writes there any more: no mailing, no mail but those that somebody asks for", async () => {
  const ada = await reader();
  for (let day = 0; day < 5; day += 1) {
    assert.deepEqual(await ada.silent(), []);
    await ada.comeBack();
    await ada.passDays(1);
  }
  assert.deepEqual(await ada.silent(), [ada.person.email]);
  const recipient = ada.person.email ?? "";
  await change(async (work) => {
    assert.equal(await isForNobody(work, { mail: "thank-you", recipient: recipient.toUpperCase() }), true);
    assert.equal(await isForNobody(work, { mail: "login-link", recipient }), false);
    const { leftOut } = await countAudience(work, await getMailing(work, String(ada.mailingId)));
    assert.equal(leftOut["address-dead"], 1);
    assert.equal(await forgive(work, await work.get(Person, ada.person.id), "they rang up"), 1);
  });
  assert.deepEqual(await ada.silent(), []);
  const { rows } = await database.pool.query(
    "select verb, count(*)::int as n from history where person_id = $1 and record in ('bounce', 'address-trouble') group by 1 order by 1",
    [ada.person.id],
  );
  assert.deepEqual(rows, [
    { verb: "answers", n: 1 },
    { verb: "came-back", n: 5 },
    { verb: "silent", n: 1 },
  ]);
});

test("who has a second address is asked there, once", async () => {
  const second = `${randomUUID()}@example.org`;
  const ada = await reader(second);
  for (let day = 0; day < 7; day += 1) {
    await ada.comeBack();
    await ada.passDays(1);
  }
  assert.deepEqual(await mailsTo(second), ["address-silent"]);
  const { rows } = await database.pool.query(
    "select command, details from signed_link where person_id = $1 and command = 'change-email'",
    [ada.person.id],
  );
  assert.deepEqual(rows, [{ command: "change-email", details: { oldEmail: ada.person.email, newEmail: second } }]);
});

test("the sender's trouble counts for nobody, and the desk is told once a day", async () => {
  const [ada, bob] = [await reader(), await reader()];
  await ada.comeBack({ kind: "sender-trouble", status: "5.7.1", reason: "spam" });
  await bob.comeBack({ kind: "sender-trouble", status: "5.7.1", reason: "policy" });
  assert.equal(await ada.halves(), 0);
  assert.deepEqual(await mailsTo(database.organisation.contact.email), ["sender-trouble"]);
});

test("what is under way, and what a program answers, changes nothing but the list", async () => {
  const ada = await reader();
  for (const kind of ["delayed", "auto-reply", "unreadable"] as const) assert.equal(await ada.comeBack({ kind }), true);
  assert.equal(await ada.halves(), 0);
  const { rows } = await database.pool.query("select bounced_as from mailing_recipient where person_id = $1", [
    ada.person.id,
  ]);
  assert.deepEqual(rows, [{ bounced_as: null }]);
});

test("a complaint withdraws that purpose at once, as a fact with its channel, and the mailing counts it", async () => {
  const ada = await reader();
  await ada.comeBack({ kind: "complaint", status: "", reason: "" });
  const states = await database.read(administrator, (work) => consentStates(work, ada.person.id));
  const { granted, channel } = states.find(({ purpose }) => purpose === "newsletter") ?? {};
  assert.deepEqual([granted, channel], [false, "complaint"]);
  const { rows } = await database.pool.query(
    "select bounced_as, bounced_at is not null as at from mailing_recipient where person_id = $1",
    [ada.person.id],
  );
  assert.deepEqual(rows, [{ bounced_as: "complaint", at: true }]);
});

test("what proves nothing counts for nobody, whatever address it names", async () => {
  const ada = await reader();
  const recipient = ada.person.email ?? "";
  await change((work) => registerBounce(work, aBounce({ recipient })));
  await change((work) => registerBounce(work, aBounce({ whose: { ...ada.whose, mailingId: 999_999 }, recipient })));
  await change((work) => registerBounce(work, aBounce({ kind: "complaint", recipient })));
  assert.equal(await ada.halves(), 0);
  const states = await database.read(administrator, (work) => consentStates(work, ada.person.id));
  assert.equal(states.find(({ purpose }) => purpose === "newsletter")?.granted, true);
});

test("a mail to one person is known by its Message-ID, if the right recipient is named", async () => {
  const { person, halves } = await reader();
  const originalId = `<${randomUUID()}@example.org>`;
  const { id } = await change((work) => queueMessage(work, { mail: "thank-you", person, fields: {} }));
  await database.pool.query("update message set message_id = $2, state = 'accepted' where id = $1", [id, originalId]);
  await change((work) => registerBounce(work, aBounce({ originalId, recipient: "other@example.org" })));
  assert.equal(await halves(), 0);
  await change((work) => registerBounce(work, aBounce({ originalId, recipient: (person.email ?? "").toUpperCase() })));
  assert.equal(await halves(), 2);
  const { rows } = await database.pool.query("select bounced_as from message where id = $1", [id]);
  assert.deepEqual(rows, [{ bounced_as: "hard" }]);
});

test("an address that somebody has no more is not held against the new one", async () => {
  const ada = await reader();
  await change(async (work) => {
    const person = await work.get(Person, ada.person.id, "lock");
    person.email = `${randomUUID()}@example.org`;
    work.note(person, Person, "email-changed");
  });
  await ada.comeBack();
  assert.equal(await ada.halves(), 0);
});

test("what comes back of a mail to somebody who has left is counted for the mailing, and tells nothing of them", async () => {
  const ada = await reader();
  await change(async (work) => erase(work, await work.get(Person, ada.person.id, "lock"), "a secret", "silently"));
  const key = randomUUID();
  await ada.comeBack({ key });
  const { rows } = await database.pool.query("select person_id, address, half_points from bounce where key = $1", [
    key,
  ]);
  assert.deepEqual(rows, [{ person_id: null, address: "", half_points: 0 }]);
  const told = await database.pool.query("select 1 from history where person_id = $1 and verb = 'came-back'", [
    ada.person.id,
  ]);
  assert.equal(told.rows.length, 0);
  const sent = await database.pool.query("select bounced_as from mailing_recipient where person_id = $1", [
    ada.person.id,
  ]);
  assert.deepEqual(sent.rows, [{ bounced_as: "hard" }]);
});

test("what comes back of a mail to who was merged goes to who carries on, and their export tells it", async () => {
  const [keep, gone] = [await reader(), await reader()];
  await gone.comeBack();
  await change((work) => mergePeople(work, keep.person.id, gone.person.id, "one and the same"));
  await gone.comeBack({ kind: "complaint" });
  const tables = await database.read(
    administrator,
    async (work) => (await exportPerson(work, await work.get(Person, keep.person.id))).tables,
  );
  const counts = ["bounce", "address_trouble"].map((name) => tables.find(({ table }) => table === name)?.rows.length);
  assert.deepEqual(counts, [2, 1]);
  const states = await database.read(administrator, (work) => consentStates(work, keep.person.id));
  assert.equal(states.find(({ purpose }) => purpose === "newsletter")?.granted, false);
});
