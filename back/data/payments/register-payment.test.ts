// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { endRenewal } from "../donations/change-pledge.ts";
import { Person } from "../people/person.ts";
import { registerPayment } from "./register-payment.ts";

const { database } = await freshDatabase();

async function pledged(interval: "once" | "monthly" = "once"): Promise<{ personId: number; reference: string }> {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work);
    const pledge = await makeAPledge(work, person, { method: "card", interval });
    return { personId: person.id, reference: pledge.reference };
  });
}

function tell(providerReference: string, notice: ReturnType<typeof aNotice>): Promise<string> {
  return database.transaction(front, (work) => registerPayment(work, "stripe", providerReference, notice));
}

async function countOf(table: "payment" | "donation" | "message" | "notice", personId: number): Promise<number> {
  const where = {
    payment: "reference like $1",
    notice: "raw like $1",
    donation: "person_id = $1",
    message: "person_id = $1 and mail = 'thank-you'",
  };
  const { rows } = await database.pool.query(`select count(*)::int as n from ${table} where ${where[table]}`, [
    table === "payment" || table === "notice" ? `%${personId}%` : personId,
  ]);
  return rows[0].n;
}

test("one notice told 200 times at once makes one payment, one donation and one thank-you", async () => {
  const { personId, reference } = await pledged();
  const notice = aNotice({ reference });
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => tell("pi_200", notice)));
  assert.equal(outcomes.filter((outcome) => outcome === "registered").length, 1);
  assert.deepEqual(
    await Promise.all([countOf("payment", personId), countOf("donation", personId), countOf("message", personId)]),
    [1, 1, 1],
  );
});

test("two notices about the same money book it once and are both kept", async () => {
  const { personId, reference } = await pledged();
  assert.equal(await tell("pi_two", aNotice({ reference, raw: `first ${personId}` })), "registered");
  assert.equal(await tell("pi_two", aNotice({ reference, raw: `second ${personId}` })), "known-already");
  assert.deepEqual(
    await Promise.all([countOf("payment", personId), countOf("donation", personId), countOf("notice", personId)]),
    [1, 1, 2],
  );
});

test("a payment confirms the person who registered to make it", async () => {
  const { personId, reference } = await pledged();
  await tell("pi_confirms", aNotice({ reference }));
  const person = await database.transaction(front, (work) => work.get(Person, personId));
  assert.equal(person.registration, "confirmed");
});

test("a single pledge is fulfilled by its payment, a monthly one goes on and knows its renewal", async () => {
  const single = await pledged("once");
  const monthly = await pledged("monthly");
  await tell("pi_single", aNotice({ reference: single.reference }));
  await tell("in_monthly", aNotice({ reference: monthly.reference, renewal: "sub_1" }));
  const { rows } = await database.pool.query(
    "select state, renewal from pledge where reference in ($1, $2) order by id",
    [single.reference, monthly.reference],
  );
  assert.deepEqual(rows, [
    { state: "fulfilled", renewal: null },
    { state: "open", renewal: "sub_1" },
  ]);
});

test("money under a reference that nobody knows waits as an unmatched donation", async () => {
  await tell("pi_nobody", aNotice({ reference: "EX99" }));
  const { rows } = await database.pool.query("select person_id, purpose from donation where reference = 'EX99'");
  assert.deepEqual(rows, [{ person_id: null, purpose: "unmatched" }]);
});

test("money for an order is booked without a person and the desk is told", async () => {
  await tell("pi_order", aNotice({ reference: "MP2026A" }));
  const { rows } = await database.pool.query(
    "select recipient, fields->>'reference' as reference from message where mail = 'desk-payment'",
  );
  assert.deepEqual(rows, [{ recipient: "donations@example.org", reference: "MP2026A" }]);
});

test("a refund lowers the donation, and more than was paid is kept without effect", async () => {
  const { personId, reference } = await pledged();
  await tell("pi_back", aNotice({ reference }));
  await tell(
    "re_1",
    aNotice({ kind: "refunded", reference, original: "pi_back", amount: { amount: 1000, currency: "EUR" } }),
  );
  await tell(
    "re_2",
    aNotice({ kind: "refunded", reference, original: "pi_back", amount: { amount: 9000, currency: "EUR" } }),
  );
  const { rows } = await database.pool.query("select refunded from donation where person_id = $1", [personId]);
  assert.equal(rows[0].refunded, 1000);
  assert.equal(await countOf("payment", personId), 3);
});

test("a refund that is told before its payment counts once the payment comes, also at the same moment", async () => {
  const { personId, reference } = await pledged();
  const refund = { kind: "refunded", reference, amount: { amount: 1000, currency: "EUR" } } as const;
  await tell("re_early", aNotice({ ...refund, original: "pi_late" }));
  await Promise.all([
    tell("pi_late", aNotice({ reference })),
    tell("re_same", aNotice({ ...refund, original: "pi_late" })),
  ]);
  const { rows } = await database.pool.query("select refunded from donation where person_id = $1", [personId]);
  assert.equal(rows[0].refunded, 2000);
});

test("the program's own role cannot change or remove a payment", async () => {
  await assert.rejects(database.pool.query("update payment set amount = 1"), /permission denied/);
  await assert.rejects(database.pool.query("delete from payment"), /permission denied/);
});

test("an effect that fails takes the notice with it, so that the provider's next try books it", async () => {
  const { personId, reference } = await pledged();
  const notice = aNotice({ reference });
  await assert.rejects(
    database.transaction(front, async (work) => {
      await registerPayment(work, "stripe", "pi_fails", notice);
      throw new Error("the power went out");
    }),
  );
  assert.equal(await countOf("donation", personId), 0);
  assert.equal(await tell("pi_fails", notice), "registered");
  assert.equal(await countOf("donation", personId), 1);
});

test("a dispute lowers the donation at once; won, it is whole again, in whatever order that is told", async () => {
  const { personId, reference } = await pledged();
  const back = { original: "pi_disputed", amount: { amount: 2500, currency: "EUR" } };
  await tell("dp_1", aNotice({ ...back, kind: "reinstated" }));
  await tell("pi_disputed", aNotice({ reference }));
  const disputed = async () =>
    (await database.pool.query("select disputed from donation where person_id = $1", [personId])).rows[0].disputed;
  assert.equal(await disputed(), 0);
  await tell("dp_1", aNotice({ ...back, kind: "disputed" }));
  assert.equal(await disputed(), 0, "it was won already");
  await tell("dp_2", aNotice({ ...back, kind: "disputed" }));
  assert.equal(await disputed(), 2500);
});

test("a payment that failed is told to the donor once a week, with a link that puts it right; strangers hear nothing", async () => {
  const { personId, reference } = await pledged("monthly");
  const mails = () =>
    database.pool.query("select link_id from message where mail = 'charge-failed' and person_id = $1", [personId]);
  await tell("in_0", aNotice({ kind: "failed", reference }));
  assert.equal((await mails()).rowCount, 0, "not before the address is confirmed");
  await database.transaction(front, async (work) => (await work.get(Person, personId)).confirm(work, "link"));
  for (const name of ["in_1", "in_2"]) await tell(name, aNotice({ kind: "failed", reference, renewal: "sub_9" }));
  const { rows } = await mails();
  assert.equal(rows.length, 1);
  assert.ok(rows[0].link_id);
});

test("a renewal that ended at the provider leaves the pledge open, to be paid by hand", async () => {
  const { personId, reference } = await pledged("monthly");
  await tell("in_10", aNotice({ reference, renewal: "sub_10" }));
  for (let time = 0; time < 2; time += 1) await database.transaction(front, (work) => endRenewal(work, "sub_10"));
  const { rows } = await database.pool.query(
    "select state, renewal, next_due_on is not null as due from pledge where person_id = $1",
    [personId],
  );
  assert.deepEqual(rows, [{ state: "open", renewal: null, due: true }]);
});
