// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailing from its first word to the last reader: who gets it, who does not any more, and what the mail server says.
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type SmtpSink, startSmtpSink } from "@cdb/dev/smtp-sink.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../data/database.ts";
import { countAudience } from "../data/mailings/audience.ts";
import { digestOf, getMailing, type Mailing, makeMailing } from "../data/mailings/mailing.ts";
import { saveText, textsOf } from "../data/mailings/mailing-text.ts";
import { decideUnknown, progressOf } from "../data/mailings/recipients.ts";
import { setConsent } from "../data/people/consent.ts";
import { erase } from "../data/people/erasure.ts";
import { mergePeople } from "../data/people/merge-people.ts";
import { Person } from "../data/people/person.ts";
import { openSmtp } from "../mail/smtp.ts";
import { freshDatabase, organisation } from "../test/database.ts";
import { administrator, front, makePerson } from "../test/make.ts";
import { openMailingSender } from "./mailings.ts";
import type { BulkOffice } from "./send-mailing.ts";

const { database } = await freshDatabase();
const sink: SmtpSink = await startSmtpSink();
const smtp = openSmtp(sink.url, 4);
const office: BulkOffice = {
  ...{
    database,
    smtp,
    lanes: 4,
    perSecond: 1_000,
    frontUrl: "https://my.example.org",
    linkSecret: "a secret of tests",
  },
  organisation: { ...organisation, mail: { ...organisation.mail, bounces: "bounces@example.org" } },
};
const sender = openMailingSender(office, openLog("test", "silent"));
const second = { kind: "administrator", name: "second" } as const;
let count = 0;

after(async () => {
  await sender.stop();
  smtp.close();
  await sink.stop();
});
beforeEach(() => {
  sink.taken.length = 0;
  sink.answerTo = () => undefined;
});

const byHand = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const inName = (id: number) => byHand((work) => getMailing(work, String(id)));

/** People of a country of their own, so that a mailing of one test picks nobody of another. */
async function readers(
  number: number,
  wish: { language?: string } = {},
): Promise<{ ids: number[]; emails: string[]; selector: string }> {
  count += 1;
  const city = `town-${count}`;
  const people = await database.transaction(front, async (work) => {
    const made: Person[] = [];
    for (let n = 0; n < number; n += 1) {
      const address = { lines: ["1"], postcode: "1", city, region: "", country: "DE" };
      const person = await makePerson(work, { name: `Reader ${n}`, postalAddress: address, ...wish });
      person.confirm(work, "link");
      await setConsent(work, person, "newsletter", true, { channel: "/settings" });
      made.push(person);
    }
    return made;
  });
  return {
    ids: people.map(({ id }) => id),
    emails: people.map(({ email }) => email ?? ""),
    selector: `city == "${city}"`,
  };
}

async function written(
  selector: string,
  texts: Record<string, string> = { en: "Hello {name|friend}, *news* for you." },
): Promise<number> {
  return byHand(async (work) => {
    count += 1;
    const wish = { name: `mailing-${count}`, purpose: "newsletter", selector, replyTo: "", public: false };
    const mailing = await makeMailing(work, wish);
    for (const [language, body] of Object.entries(texts))
      await saveText(work, mailing, { language, subject: `News ${count}`, body });
    return mailing.id;
  });
}

const approve = (id: number) =>
  database.transaction(second, async (work) => {
    const mailing = await getMailing(work, String(id), "lock");
    mailing.approve(work, digestOf(mailing, await textsOf(work, id)), (await countAudience(work, mailing)).gets);
  });
const change = (id: number, verb: (mailing: Mailing, work: Work) => void) =>
  byHand(async (work) => verb(await getMailing(work, String(id), "lock"), work));
const start = (id: number) => change(id, (mailing, work) => mailing.schedule(work, work.now));
const states = async (id: number) => (await database.read(administrator, (work) => progressOf(work, id))).states;

async function until(id: number, state: Mailing["state"]): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if ((await inName(id)).state === state) return;
    await pause(50);
  }
  assert.fail(`not ${state}: ${JSON.stringify([await inName(id), await states(id)])}`);
}

async function untilStates(id: number, expected: Awaited<ReturnType<typeof states>>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (JSON.stringify(await states(id)) === JSON.stringify(expected)) return;
    await pause(50);
  }
  assert.deepEqual(await states(id), expected);
}

test("everybody who agreed gets it once, in their language, from the address that tells a bounce whose it is", async () => {
  const english = await readers(3);
  const german = await readers(2, { language: "de" });
  const french = await readers(1);
  await database.pool.query("update person set language = 'fr' where id = any($1)", [french.ids]);
  const all = [english, german, french].map(({ selector }) => selector).join(" or ");
  const id = await written(all, { en: "Hello", de: "Hallo" });
  await approve(id);
  await start(id);
  await until(id, "sent");
  assert.deepEqual(await states(id), { accepted: 6 });
  const got = sink.taken.map(({ to }) => to).sort();
  assert.deepEqual(got, [...english.emails, ...german.emails, ...french.emails].sort());
  assert.match(sink.taken[0]?.from ?? "", /^bounces\+m\d+-\d+-[0-9a-f]{20}@example\.org$/);
  const { rows } = await database.pool.query(
    "select language, count(*)::int as n from mailing_recipient where mailing_id = $1 group by 1 order by 1",
    [id],
  );
  assert.deepEqual(rows, [
    { language: "de", n: 2 },
    { language: "en", n: 4 },
  ]);
});

test("who wrote it cannot approve it, and what is changed is not approved any more", async () => {
  const { selector } = await readers(1);
  const id = await written(selector);
  await assert.rejects(start(id), { code: "mailing-state" });
  const own = change(id, (mailing, work) => mailing.approve(work, "x", 1));
  await assert.rejects(own, { code: "approval-own" });
  await approve(id);
  await byHand(async (work) =>
    saveText(work, await getMailing(work, String(id), "lock"), { language: "en", subject: "x", body: "other" }),
  );
  await assert.rejects(start(id), { code: "mailing-state" });
  await approve(id);
  await database.pool.query("update mailing_text set body = 'behind our back' where mailing_id = $1", [id]);
  await start(id);
  await until(id, "paused");
  assert.equal((await inName(id)).reason, "approval-outdated");
  assert.equal(sink.taken.length, 0);
});

test("who withdraws, leaves or is merged while it is under way is left out; whom they were merged into gets it", async () => {
  const { ids, emails, selector } = await readers(6);
  const [stays = 0, withdraws = 0, leaves = 0, blocked = 0, merged = 0, mergedAlso = 0] = ids;
  const survivor = await readers(1);
  const id = await written(selector);
  await approve(id);
  sink.answerTo = () => "451 4.3.0 not now";
  await start(id);
  await untilStates(id, { waiting: 6 });
  await byHand(async (work) => {
    await setConsent(work, await work.get(Person, withdraws, "lock"), "newsletter", false, { channel: "/settings" });
    await erase(work, await work.get(Person, leaves, "lock"), "secret");
    (await work.get(Person, blocked, "lock")).block(work, "spam");
    await mergePeople(work, survivor.ids[0] ?? 0, merged, "one");
    await mergePeople(work, stays, mergedAlso, "one");
  });
  sink.answerTo = () => undefined;
  await database.pool.query(
    "update mailing_recipient set not_before = null, claimed_until = null where mailing_id = $1",
    [id],
  );
  await until(id, "sent");
  assert.deepEqual(sink.taken.map(({ to }) => to).sort(), [emails[0], survivor.emails[0]].sort());
  const { rows } = await database.pool.query(
    "select person_id, reason from mailing_recipient where mailing_id = $1 and state = 'left-out' order by person_id",
    [id],
  );
  assert.deepEqual(
    rows.map(({ person_id, reason }) => [person_id, reason]),
    [
      [withdraws, "withdrawn"],
      [leaves, null],
      [blocked, "blocked"],
      [merged, "merged"],
      [mergedAlso, "merged"],
    ],
  );
});

test("it pauses at once, goes on where it was, and stops for good", async () => {
  const { selector } = await readers(40);
  const id = await written(selector);
  await approve(id);
  let taken = 0;
  sink.answerTo = () => (++taken > 10 ? "451 4.3.0 busy" : undefined);
  await start(id);
  while (taken < 11) await pause(10);
  await change(id, (mailing, work) => mailing.pause(work));
  const before = sink.taken.length;
  sink.answerTo = () => undefined;
  await pause(300);
  assert.ok(sink.taken.length - before <= office.lanes, "what was on its way when it paused");
  await database.pool.query(
    "update mailing_recipient set not_before = null, claimed_until = null where mailing_id = $1",
    [id],
  );
  await change(id, (mailing, work) => mailing.resume(work));
  await until(id, "sent");
  assert.equal(new Set(sink.taken.map(({ to }) => to)).size, 40);
  assert.equal(sink.taken.length, 40);

  const other = await written(selector);
  await approve(other);
  await change(other, (mailing, work) => mailing.stop(work));
  await assert.rejects(start(other), { code: "mailing-state" });
});

test("refused is refused, later is later, and a connection that breaks leaves it to a person", async () => {
  const { emails, selector } = await readers(3);
  const [good = "", bad = "", slow = ""] = emails;
  const id = await written(selector);
  await approve(id);
  sink.answerTo = (to) => (to === bad ? "550 5.1.1 no such" : to === slow ? "451 4.7.1 greylisted" : undefined);
  await start(id);
  await untilStates(id, { accepted: 1, refused: 1, waiting: 1 });
  sink.answerTo = () => undefined;
  await database.pool.query(
    "update mailing_recipient set state = 'handed-over', handed_over_at = now() - interval '1 hour' where mailing_id = $1 and state = 'waiting'",
    [id],
  );
  await until(id, "sent");
  assert.deepEqual(await states(id), { accepted: 1, refused: 1, unknown: 1 });
  assert.deepEqual(
    sink.taken.map(({ to }) => to),
    [good],
  );
  assert.equal(await byHand((work) => decideUnknown(work, id, "accept")), 1);
  await assert.rejects(
    byHand((work) => decideUnknown(work, id, "accept")),
    { code: "nobody-unknown" },
  );
});

test("a schedule that passed long ago does not fire by itself, nor does one whose audience has grown", async () => {
  const few = await readers(1);
  const overdue = await written(few.selector);
  await approve(overdue);
  await change(overdue, (mailing, work) => mailing.schedule(work, Temporal.Now.instant().subtract({ hours: 2 })));
  await until(overdue, "paused");
  assert.equal((await inName(overdue)).reason, "overdue");
  await change(overdue, (mailing, work) => mailing.resume(work));
  await until(overdue, "sent");

  const many = await readers(15);
  const grown = await written(`${few.selector} or ${many.selector}`);
  await approve(grown);
  await database.pool.query("update mailing set approved_count = 1 where id = $1", [grown]);
  await start(grown);
  await until(grown, "paused");
  assert.equal((await inName(grown)).reason, "audience-grown");
  assert.deepEqual(await states(grown), {});
});

test("a text with a field that does not exist, in a language nobody writes, empty or endless is refused", async () => {
  const { selector } = await readers(1);
  const id = await written(selector);
  const save = (text: Partial<{ language: string; subject: string; body: string }>) =>
    byHand(async (work) =>
      saveText(work, await getMailing(work, String(id), "lock"), { language: "en", subject: "s", body: "b", ...text }),
    );
  await assert.rejects(save({ body: "Dear {nmae}" }), /There is no field \{nmae\}; there are \{name\}/);
  await assert.rejects(save({ subject: "{password}" }), { code: "field-unknown" });
  await assert.rejects(save({ language: "xx" }), { code: "language-unknown" });
  await assert.rejects(save({ subject: "a\r\nBcc: b@example.org" }), { code: "subject-malformed" });
  await assert.rejects(save({ body: "x".repeat(5_000_000) }), { code: "body-malformed" });
  await assert.rejects(save({ body: "[here]({name})" }), { code: "link-malformed" });
});
