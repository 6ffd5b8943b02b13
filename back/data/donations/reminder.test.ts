// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { resumePledge } from "./change-pledge.ts";
import { type NewPledge, Pledge } from "./pledge.ts";
import { remindDonors } from "./reminder.ts";

const { database } = await freshDatabase();
const morning = () => database.transaction({ kind: "worker" }, remindDonors);
// The organisation's day, which is not always the database's.
const today = "(now() at time zone 'Europe/Berlin')::date";
const pledgeOf = (id: number) => database.read(front, (work) => work.get(Pledge, id));
const mails = async (personId: number) =>
  (
    await database.pool.query(
      "select fields->>'pledges' as pledges from message where mail = 'payment-reminder' and person_id = $1 order by id",
      [personId],
    )
  ).rows.map((row) => row.pledges);

/** A confirmed person with pledges that are due so many days ago. */
async function owing(daysAgo: number[], wish: Partial<NewPledge> = {}): Promise<{ id: number; pledges: Pledge[] }> {
  const made = await database.transaction(front, async (work) => {
    const person = await makePerson(work);
    person.confirm(work, "link");
    const pledges = [];
    for (const _ of daysAgo) pledges.push(await makeAPledge(work, person, { interval: "monthly", ...wish }));
    return { id: person.id, pledges };
  });
  for (const [at, days] of daysAgo.entries()) await setBack(made.pledges[at]?.id ?? 0, days);
  return made;
}

const setBack = (pledgeId: number, days: number) =>
  database.pool.query(`update pledge set next_due_on = ${today} - $2::int where id = $1`, [pledgeId, days]);
const aWeekPasses = (pledgeId: number) =>
  database.pool.query("update pledge set reminded_on = reminded_on - 7 where id = $1", [pledgeId]);

beforeEach(() => database.pool.query("update pledge set state = 'ended', next_due_on = null"));

test("a pledge is reminded of when its day is well past, and not again the same week", async () => {
  const [due, early] = [await owing([10]), await owing([9])];
  assert.equal((await morning()).reminded, 1);
  assert.equal((await morning()).reminded, 0, "twice a morning is once");
  assert.deepEqual([(await mails(due.id)).length, (await mails(early.id)).length], [1, 0]);
});

test("a person gets one mail for all pledges that are due, the oldest first", async () => {
  const { id, pledges } = await owing([12, 30]);
  await morning();
  const [text, ...more] = await mails(id);
  assert.equal(more.length, 0);
  assert.ok(text.startsWith(pledges[1]?.reference));
  assert.ok(text.includes(pledges[0]?.reference));
});

test("the reminders follow the profile's days, then the pledge lapses without a further mail", async () => {
  const { id, pledges } = await owing([10]);
  const pledge = pledges[0]?.id ?? 0;
  for (const [days, mailsSoFar] of [
    [10, 1],
    [23, 1],
    [24, 2],
    [45, 3],
    [74, 3],
  ] as const) {
    await setBack(pledge, days);
    await aWeekPasses(pledge);
    await morning();
    assert.equal((await mails(id)).length, mailsSoFar, `after ${days} days`);
  }
  await setBack(pledge, 75);
  assert.equal((await morning()).lapsed, 1);
  assert.deepEqual([(await pledgeOf(pledge)).state, (await mails(id)).length], ["lapsed", 3]);
});

test("money stops the reminders and makes the pledge due again in its rhythm, even after it lapsed", async () => {
  const { id, pledges } = await owing([80]);
  const pledge = pledges[0] as Pledge;
  await database.pool.query("update pledge set reminders = 3 where id = $1", [pledge.id]);
  await morning();
  assert.equal((await pledgeOf(pledge.id)).state, "lapsed");
  await database.transaction(front, (work) =>
    registerPayment(
      work,
      "hand",
      `late-${pledge.id}`,
      aNotice({ reference: pledge.reference, happenedAt: new Date().toISOString() }),
    ),
  );
  const after = await pledgeOf(pledge.id);
  assert.deepEqual([after.state, after.reminders], ["open", 0]);
  assert.equal((await morning()).reminded, 0);
  assert.deepEqual(await mails(id), []);
});

test("nobody is reminded of what a provider renews, of a pause, of an end, or before they confirmed their address", async () => {
  const renewing = await owing([20]);
  await database.pool.query("update pledge set renewal = 'sub_1' where id = $1", [renewing.pledges[0]?.id]);
  const paused = await owing([20]);
  await database.pool.query("update pledge set state = 'paused' where id = $1", [paused.pledges[0]?.id]);
  const stranger = await owing([20]);
  await database.pool.query("update person set registration = 'unconfirmed' where id = $1", [stranger.id]);
  const neverCharged = await owing([20], { method: "card" });
  assert.deepEqual(await morning(), { reminded: 0, lapsed: 0 });
  for (const { id } of [renewing, paused, stranger, neverCharged]) assert.deepEqual(await mails(id), []);
});

test("what is taken up again after a lapse is due next in its rhythm, not for the past", async () => {
  const { pledges } = await owing([80]);
  const pledge = pledges[0] as Pledge;
  await database.pool.query(`update pledge set state = 'lapsed', first_due_on = ${today} - 80 where id = $1`, [
    pledge.id,
  ]);
  await database.transaction(front, async (work) => resumePledge(work, await work.get(Pledge, pledge.id, "lock")));
  const { rows } = await database.pool.query(
    `select next_due_on >= ${today} as later, next_due_on < ${today} + 32 as soon from pledge where id = $1`,
    [pledge.id],
  );
  assert.deepEqual(rows, [{ later: true, soon: true }]);
});

test("two workers in one morning write one mail", async () => {
  const { id } = await owing([10]);
  await Promise.all([morning(), morning(), morning()]);
  assert.equal((await mails(id)).length, 1);
});
