// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { Pledge } from "../donations/pledge.ts";
import { Person } from "../people/person.ts";
import { findWrongStats } from "../selectors/person-stats.ts";
import { ignoreDonation, matchDonation, splitDonation, undoDecision, unmatchedPayments } from "./decide-donation.ts";
import { Payment } from "./payment.ts";
import { registerPayment } from "./register-payment.ts";
import { suggestDonors } from "./suggest-donors.ts";

const { database } = await freshDatabase();
let count = 0;

async function stray(payer: { name: string; email?: string }, reference = "", amount = 2500): Promise<number> {
  count += 1;
  const name = `stray-${count}`;
  await database.transaction(front, (work) =>
    registerPayment(
      work,
      "hand",
      name,
      aNotice({ reference, payer: { email: "", ...payer }, amount: { amount, currency: "EUR" } }),
    ),
  );
  const { rows } = await database.pool.query("select id from payment where provider_reference = $1", [name]);
  return rows[0].id;
}

const person = (name: string) => database.transaction(front, async (work) => makePerson(work, { name }));
const suggest = (id: number) => database.read(front, async (work) => suggestDonors(work, await work.get(Payment, id)));
const match = (payment: number, personId: number) =>
  database.transaction(administrator, async (work) =>
    matchDonation(work, payment, await work.get(Person, personId, "lock"), "by letter"),
  );
const undo = (payment: number) =>
  database.transaction(administrator, (work) => undoDecision(work, payment, "wrong one"));
const waiting = () =>
  database.read(front, async (work) => (await unmatchedPayments(work, 1_000)).map((payment) => payment.id));

test("candidates are found by reference in the text, email, name in any order, and the amount they pledged", async () => {
  const ada = await person("Ada Augusta Lovelace");
  const other = await person("Grace Hopper");
  const donref = ada.donref("EX");
  const inText = await suggest(
    await stray({ name: "Somebody" }, `Spende ${donref.slice(0, 4)} ${donref.slice(4)} danke`),
  );
  assert.deepEqual(
    inText.map(({ personId, reasons }) => [personId, reasons]),
    [[ada.id, ["reference-in-text"]]],
  );
  const byEmail = await suggest(await stray({ name: "x", email: (ada.email ?? "").toUpperCase() }));
  assert.deepEqual([byEmail[0]?.personId, byEmail[0]?.reasons], [ada.id, ["same-email"]]);
  const byName = await suggest(await stray({ name: "LOVELACE, ADA AUGUSTA" }));
  assert.deepEqual([byName[0]?.personId, byName[0]?.reasons], [ada.id, ["same-name"]]);
  await database.transaction(front, (work) => makeAPledge(work, ada, { interval: "monthly" }));
  const more = await suggest(await stray({ name: "Ada Augusta Lovelace" }));
  assert.deepEqual(more[0]?.reasons, ["same-name", "pledge-of-this-amount"]);
  assert.ok((more[0]?.score ?? 0) > (byName[0]?.score ?? 0));
  assert.ok(!more.some(({ personId }) => personId === other.id));
  assert.deepEqual(await suggest(await stray({ name: "" })), []);
});

test("a decision gives the money to the person, thanks them, pays their pledge, and is not made twice", async () => {
  const donor = await person("Dora Donor");
  const pledge = await database.transaction(front, (work) => makeAPledge(work, donor));
  const payment = await stray({ name: "D. Donor" });
  assert.ok((await waiting()).includes(payment));
  await match(payment, donor.id);
  assert.ok(!(await waiting()).includes(payment));
  const { rows } = await database.pool.query("select person_id, reference from donation where payment_id = $1", [
    payment,
  ]);
  assert.deepEqual(rows, [{ person_id: donor.id, reference: pledge.reference }]);
  const after = await database.read(front, async (work) => ({
    pledge: await work.get(Pledge, pledge.id),
    person: await work.get(Person, donor.id),
    wrong: await findWrongStats(work),
  }));
  assert.deepEqual([after.pledge.state, after.person.registration, after.wrong], ["fulfilled", "confirmed", []]);
  await assert.rejects(match(payment, donor.id), { code: "payment-decided" });
});

test("what was decided teaches the next: the same payer is suggested", async () => {
  const donor = await person("Quite Other Name");
  await match(await stray({ name: "Company Account 7" }), donor.id);
  const next = await suggest(await stray({ name: "company account 7" }));
  assert.deepEqual(
    next.map(({ personId, reasons }) => [personId, reasons]),
    [[donor.id, ["decided-before"]]],
  );
});

test("a decision is taken back: the money waits again and the figures are right", async () => {
  const donor = await person("Wrong One");
  const payment = await stray({ name: "Somebody Else" }, "text 12");
  await match(payment, donor.id);
  await undo(payment);
  assert.ok((await waiting()).includes(payment));
  const { rows } = await database.pool.query(
    "select person_id, reference, decided from donation where payment_id = $1",
    [payment],
  );
  assert.deepEqual(rows, [{ person_id: null, reference: "text 12", decided: null }]);
  assert.deepEqual(await database.read(front, findWrongStats), []);
  await assert.rejects(undo(payment), { code: "payment-not-decided" });
});

test("what is nobody's gift waits no longer; what a reference told is not undone by hand", async () => {
  const payment = await stray({ name: "Example Bank" });
  await database.transaction(administrator, (work) => ignoreDonation(work, payment, "interest"));
  assert.ok(!(await waiting()).includes(payment));
  const donor = await person("By Reference");
  const known = await stray({ name: "By Reference" }, donor.donref("EX"));
  await assert.rejects(undo(known), { code: "payment-not-decided" });
  await assert.rejects(match(987_654_321, donor.id), { code: "payment-unknown" });
});

test("two people who decide at the same moment: one wins, the other is told", async () => {
  const [one, two] = [await person("First Decider"), await person("Second Decider")];
  const payment = await stray({ name: "Contested" });
  const outcomes = await Promise.allSettled([match(payment, one.id), match(payment, two.id)]);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
});

const split = (payment: number, wishes: Parameters<typeof splitDonation>[2]) =>
  database.transaction(administrator, (work) => splitDonation(work, payment, wishes, "two in one"));
const donations = async (payment: number) =>
  (
    await database.pool.query(
      "select part, amount::int, person_id, purpose, refunded::int from donation where payment_id = $1 order by part",
      [payment],
    )
  ).rows;

test("money that is several gifts in one is split, each part thanked for, and what goes back is taken from the last", async () => {
  const [one, two] = [await person("One Half"), await person("Other Half")];
  const payment = await stray({ name: "A Couple" }, "for both", 10_000);
  await split(payment, [{ amount: 6_000, whose: one }, { amount: 3_000, whose: two.donref("EX") }, { amount: 1_000 }]);
  const refund = aNotice({ kind: "refunded", original: `stray-${count}`, amount: { amount: 2_000, currency: "EUR" } });
  await database.transaction(front, (work) => registerPayment(work, "hand", `stray-${count}-back`, refund));
  assert.deepEqual(await donations(payment), [
    { part: 1, amount: 6_000, person_id: one.id, purpose: "donation", refunded: 0 },
    { part: 2, amount: 3_000, person_id: two.id, purpose: "donation", refunded: 1_000 },
    { part: 3, amount: 1_000, person_id: null, purpose: "other", refunded: 1_000 },
  ]);
  const { rows } = await database.pool.query(
    "select person_id from message where mail = 'thank-you' and person_id = any($1)",
    [[one.id, two.id]],
  );
  assert.equal(rows.length, 2);
  assert.deepEqual(await database.read(front, findWrongStats), []);
});

test("a split is taken back whole: one donation waits again, with what went back of it", async () => {
  const [one, two] = [await person("Back One"), await person("Back Two")];
  const payment = await stray({ name: "Both" }, "both again", 5_000);
  await split(payment, [
    { amount: 2_000, whose: one },
    { amount: 3_000, whose: two },
  ]);
  await undo(payment);
  const waits = { part: 1, amount: 5_000, person_id: null, purpose: "unmatched", refunded: 0 };
  assert.deepEqual(await donations(payment), [waits]);
  assert.deepEqual(await database.read(front, findWrongStats), []);
});

test("parts that do not add up, are none, or name nobody are refused, and the money goes on waiting", async () => {
  const donor = await person("Exact Donor");
  const payment = await stray({ name: "Exact" }, "", 5_000);
  for (const amounts of [[5_000], [2_000, 2_000], [6_000, -1_000], [5_000, 0], []])
    await assert.rejects(
      split(
        payment,
        amounts.map((amount) => ({ amount, whose: donor })),
      ),
      { code: "parts-wrong" },
    );
  const unknown = [
    { amount: 2_000, whose: donor },
    { amount: 3_000, whose: "EX999999" },
  ];
  await assert.rejects(split(payment, unknown), { code: "reference-unknown" });
  assert.ok((await waiting()).includes(payment));
});

test("a pledge that a decision had paid is due again once the decision is taken back", async () => {
  const donor = await person("Due Again");
  const pledge = (wish: Partial<Parameters<typeof makeAPledge>[2]>) =>
    database.transaction(front, (work) => makeAPledge(work, donor, wish));
  const single = await pledge({});
  const monthly = await pledge({ interval: "monthly", amount: { amount: 700, currency: "EUR" } });
  const dueOf = (id: number) =>
    database.read(front, async (work) => {
      const { state, nextDueOn } = await work.get(Pledge, id);
      return [state, nextDueOn?.toString()];
    });
  const before = [await dueOf(single.id), await dueOf(monthly.id)];
  const payments = [await stray({ name: "Due Again" }), await stray({ name: "Due Again" }, "", 700)];
  for (const payment of payments) await match(payment, donor.id);
  assert.notDeepEqual([await dueOf(single.id), await dueOf(monthly.id)], before);
  for (const payment of payments) await undo(payment);
  assert.deepEqual([await dueOf(single.id), await dueOf(monthly.id)], before);
});
