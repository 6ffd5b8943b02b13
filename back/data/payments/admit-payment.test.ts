// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import pg from "pg";
import { freshDatabase } from "../../test/database.ts";
import { front } from "../../test/make.ts";
import { admitPayment, countDecline, forgetPaymentStarts, type PaymentStart } from "./admit-payment.ts";

const { database, ownerUrl } = await freshDatabase();
const { limits } = database.organisation.donations;
const admit = (start: Partial<PaymentStart>) =>
  database.transaction(front, (work) => admitPayment(work, { email: "", ...start }));
const admitted = async (starts: Partial<PaymentStart>[]) =>
  (await Promise.all(starts.map(admit))).filter((outcome) => outcome === "admitted").length;
let host = 0;
const elsewhere = () => {
  host += 1;
  return `2001:db8:${host.toString(16)}::1`;
};

/** As time does; the program's own role cannot. */
async function setBack(age: string): Promise<void> {
  const owner = new pg.Client(ownerUrl);
  await owner.connect();
  await owner.query(
    `update payment_start set at = at - interval '${age}', declined_at = declined_at - interval '${age}'`,
  );
  await owner.end();
}

beforeEach(async () => {
  await database.pool.query("delete from payment_start");
  await database.pool.query("update payment_attack set ends_at = began_at");
});

test("one address gets few attempts an hour, wherever they come from, also when all come at once", async () => {
  const starts = Array.from({ length: 50 }, () => ({ email: "Tester@example.org", networkAddress: elsewhere() }));
  assert.equal(await admitted(starts), limits.perAddress);
  assert.equal(await admit({ email: "honest@example.org", networkAddress: elsewhere() }), "admitted");
});

test("one network gets more, but not any number, whatever addresses it names", async () => {
  const starts = Array.from({ length: 80 }, (_, n) => ({
    email: `t${n}@example.org`,
    networkAddress: `203.0.113.${n}`,
  }));
  assert.equal(await admitted(starts), limits.perNetwork);
});

test("all together are limited, too, and the desk is told once", async () => {
  const starts = Array.from({ length: limits.perHour + 30 }, (_, n) => ({
    email: `many${n}@example.org`,
    networkAddress: elsewhere(),
  }));
  assert.equal(await admitted(starts), limits.perHour);
  assert.equal(await admit({ networkAddress: elsewhere(), signedIn: true }), "admitted");
  const { rows } = await database.pool.query("select recipient from message where mail = 'too-many-payments'");
  assert.deepEqual(rows, [{ recipient: "donations@example.org" }]);
});

test("an hour later everybody may try again, and after a day nothing is left of it", async () => {
  const again = { email: "again@example.org", networkAddress: elsewhere() };
  assert.equal(await admitted(Array.from({ length: 20 }, () => again)), limits.perAddress);
  await setBack("61 minutes");
  assert.equal(await admit(again), "admitted");
  const forget = () => database.transaction(front, (work) => forgetPaymentStarts(work, 100));
  assert.equal(await forget(), 0);
  await setBack("24 hours");
  assert.equal(await forget(), 21, "what was refused, too");
});

test("a busy evening of honest donors meets no limit", async () => {
  const donors = Array.from({ length: 120 }, (_, n) => ({
    email: `donor${n}@example.org`,
    networkAddress: elsewhere(),
  }));
  assert.equal(await admitted([...donors, ...donors.slice(0, 40)]), 160);
});

async function decline(reference: string, name: string): Promise<void> {
  await database.transaction(front, (work) => countDecline(work, reference, name));
}

test("after declines an address waits for an hour, however often each is told, and others do not", async () => {
  const start = { email: "unlucky@example.org", networkAddress: elsewhere(), reference: "EX10018P1" };
  for (let n = 1; n < limits.declinesPerAddress; n += 1) {
    assert.equal(await admit(start), "admitted");
    await Promise.all([1, 2, 3].map(() => decline(start.reference, `evt_${n}`)));
  }
  assert.equal(await admit(start), "admitted");
  await decline(start.reference, "evt_last");
  assert.equal(await admit({ ...start, networkAddress: elsewhere() }), "too-many");
  assert.equal(await admit({ ...start, email: "other@example.org" }), "admitted");
  await setBack("61 minutes");
  assert.equal(await admit(start), "admitted");
});

test("many declines in one network make it wait, whatever addresses it names", async () => {
  for (let n = 0; n < limits.declinesPerNetwork; n += 1) {
    const reference = `EX10018P${n}`;
    assert.equal(await admit({ email: `n${n}@example.org`, networkAddress: "198.51.100.7", reference }), "admitted");
    await decline(reference, `evt_network_${n}`);
  }
  assert.equal(await admit({ email: "next@example.org", networkAddress: "198.51.100.9" }), "too-many");
  assert.equal(await admit({ email: "next@example.org", networkAddress: elsewhere() }), "admitted");
});

test("without an address the reference is counted, and a decline of nothing that was started today is not", async () => {
  assert.equal(await admitted(Array.from({ length: 20 }, () => ({ reference: "MP2026A" }))), limits.perAddress);
  await decline("MP2026B", "evt_nobody");
  await decline("", "evt_empty");
  const { rows } = await database.pool.query("select from payment_start where declined_at is not null");
  assert.equal(rows.length, 0, "renewals that fail by night are no attack");
  assert.equal(await admit({ email: "somebody@example.org" }), "admitted");
});
