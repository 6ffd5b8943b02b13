// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { changePledge } from "../donations/change-pledge.ts";
import { getPledge } from "../donations/pledge.ts";
import { NotFound } from "../errors.ts";
import { verifyHistory } from "../history.ts";
import { closeAlarm, keepForeignNotice, openAlarms, tellOfAlarms } from "./alarms.ts";
import { registerPayment } from "./register-payment.ts";

const { database } = await freshDatabase();
const eur = (amount: number) => ({ amount, currency: "EUR" });
const now = Temporal.Now.instant().toString();
const tell = (name: string, wish: Partial<Notice>, provider: Provider = "stripe") =>
  database.transaction(front, (work) => registerPayment(work, provider, name, aNotice({ happenedAt: now, ...wish })));

async function open(): Promise<string[]> {
  const alarms = await database.read(administrator, openAlarms);
  return alarms.map(({ kind, name, amount, expected }) => `${kind} ${name} ${amount} ${expected}`).sort();
}

async function close(name: string): Promise<void> {
  const [alarm] = (await database.read(administrator, openAlarms)).filter((each) => each.name === name);
  await database.transaction(administrator, (work) => closeAlarm(work, alarm?.id ?? "", "looked"));
}

async function pledged(): Promise<string> {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work);
    return (await makeAPledge(work, person, { interval: "monthly", method: "card", amount: eur(1000) })).reference;
  });
}

test("what goes back of an unknown payment is an alarm until the payment is told of", async () => {
  await tell("re_1", { kind: "refunded", original: "pi_1", amount: eur(500) });
  await tell("dp_1", { kind: "disputed", amount: eur(300) });
  assert.deepEqual(await open(), ["unknown-payment dp_1 300 null", "unknown-payment re_1 500 null"]);
  await tell("pi_1", { amount: eur(500) });
  assert.deepEqual(await open(), ["unknown-payment dp_1 300 null"]);
  await close("dp_1");
  assert.deepEqual(await open(), []);
});

test("more back than was paid is one alarm, and another one when more is told after it was closed", async () => {
  await tell("pi_2", { amount: eur(1000) });
  await tell("re_2", { kind: "refunded", original: "pi_2", amount: eur(1000) });
  assert.deepEqual(await open(), []);
  await tell("re_3", { kind: "refunded", original: "pi_2", amount: eur(200) });
  await tell("re_4", { kind: "refunded", original: "pi_2", amount: { amount: 200, currency: "USD" } });
  assert.deepEqual(await open(), ["too-much-back re_4 200 1000"]);
  await close("re_4");
  await tell("re_5", { kind: "refunded", original: "pi_2", amount: eur(1) });
  assert.deepEqual(await open(), ["too-much-back re_5 1201 1000"]);
  await close("re_5");
});

test("a dispute that was won does not count as gone", async () => {
  await tell("pi_3", { amount: eur(1000) });
  await tell("dp_3", { kind: "disputed", original: "pi_3", amount: eur(1000) });
  await tell("dp_3", { kind: "reinstated", original: "pi_3", amount: eur(1000) });
  await tell("re_6", { kind: "refunded", original: "pi_3", amount: eur(1000) });
  assert.deepEqual(await open(), []);
});

test("what a provider took otherwise than promised is booked and shown; a transfer may be what it likes, in our currency", async () => {
  const reference = await pledged();
  await tell("pi_4", { reference, amount: eur(1000) });
  await tell("pi_5", { reference, amount: eur(999) });
  await tell("bank_1", { reference, amount: eur(4000) }, "bank");
  await tell("bank_2", { reference, amount: { amount: 1000, currency: "USD" } }, "bank");
  assert.deepEqual(await open(), ["pledge-differs bank_2 1000 1000", "pledge-differs pi_5 999 1000"]);
  const { rows } = await database.pool.query("select count(*)::int as n from donation where reference = $1", [
    reference,
  ]);
  assert.equal(rows[0].n, 4);
  await close("pi_5");
  await close("bank_2");
});

test("a pledge that was changed later says nothing about what came before", async () => {
  const reference = await pledged();
  await tell("pi_6", { reference, amount: eur(1000) });
  await database.transaction(administrator, async (work) =>
    changePledge(work, await getPledge(work, reference, "lock"), eur(2000)),
  );
  assert.deepEqual(await open(), []);
  await tell("pi_7", { reference, amount: eur(1000) });
  assert.deepEqual(await open(), ["pledge-differs pi_7 1000 2000"]);
  await close("pi_7");
});

test("a notice for another account is kept once, and books nothing", async () => {
  const count = async () => (await database.pool.query("select count(*)::int as n from payment")).rows[0].n;
  const before = await count();
  for (let times = 0; times < 3; times += 1)
    await database.transaction(front, (work) => keepForeignNotice(work, "stripe", "evt_foreign", '{"a":1}'));
  assert.deepEqual(await open(), ["foreign-account evt_foreign null null"]);
  assert.equal(await count(), before);
});

test("the desk gets one mail a day for as long as an alarm is open", async () => {
  const tellDesk = () => database.transaction({ kind: "worker" }, tellOfAlarms);
  assert.deepEqual([await tellDesk(), await tellDesk()], [1, 0]);
  const { rows } = await database.pool.query("select recipient, fields from message where mail = 'alarms'");
  assert.equal(rows.length, 1);
  assert.equal(rows[0].recipient, database.organisation.donations.desk);
  assert.match(rows[0].fields.alarms, /^notice-\d+: foreign-account, stripe, \d{4}-\d\d-\d\d$/);
  await database.pool.query("update message set queued_at = queued_at - interval '21 hours' where mail = 'alarms'");
  assert.equal(await tellDesk(), 1);
  await close("evt_foreign");
  await database.pool.query("update message set queued_at = queued_at - interval '21 hours' where mail = 'alarms'");
  assert.equal(await tellDesk(), 0);
});

test("closing needs an alarm that is open, and stands in the history with its reason", async () => {
  for (const id of ["payment-999999", "notice-1 or 1=1", "", "payment"])
    await assert.rejects(
      database.transaction(administrator, (work) => closeAlarm(work, id, "x")),
      (error) => error instanceof NotFound && error.code === "alarm-unknown",
    );
  const { rows } = await database.pool.query(
    "select distinct actor, reason, person_id from history where verb = 'alarm-closed'",
  );
  assert.deepEqual(rows, [{ actor: "administrator:test", reason: "looked", person_id: null }]);
  assert.deepEqual((await verifyHistory(database.query)).broken, []);
});
