// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money by PayPal: booked once however it is told, and a pledge that renews knows where.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { Pledge } from "../donations/pledge.ts";
import { registerPayment } from "./register-payment.ts";

const { database } = await freshDatabase();

async function pledged(interval: "once" | "monthly" = "once") {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work);
    const pledge = await makeAPledge(work, person, { method: "card", interval });
    return { personId: person.id, pledgeId: pledge.id, reference: pledge.reference };
  });
}

function tell(name: string, notice: Notice): Promise<string> {
  return database.transaction(front, (work) => registerPayment(work, "paypal", name, notice));
}

async function countsOf(personId: number, reference: string): Promise<number[]> {
  const count = async (text: string, value: unknown) => (await database.pool.query(text, [value])).rows[0].n as number;
  return Promise.all([
    count("select count(*)::int as n from payment where provider = 'paypal' and reference = $1", reference),
    count("select count(*)::int as n from donation where person_id = $1", personId),
    count("select count(*)::int as n from message where mail = 'thank-you' and person_id = $1", personId),
  ]);
}

test("one notice told 200 times at once makes one payment, one donation and one thank-you", async () => {
  const { personId, reference } = await pledged();
  const notice = aNotice({ reference });
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => tell("3C679366HH908993F", notice)));
  assert.equal(outcomes.filter((outcome) => outcome === "registered").length, 1);
  assert.deepEqual(await countsOf(personId, reference), [1, 1, 1]);
});

test("webhook and IPN of one payment book it once, whichever comes first", async () => {
  for (const [place, order] of [
    ["WH-1", "ipn:1:Completed"],
    ["ipn:2:Completed", "WH-2"],
  ].entries()) {
    const { personId, reference } = await pledged();
    for (const noticeId of order) await tell(`TXN${place}`, aNotice({ reference, noticeId }));
    assert.deepEqual(await countsOf(personId, reference), [1, 1, 1]);
  }
});

test("what renews at PayPal is a pledge by PayPal, whatever was chosen at first", async () => {
  const { pledgeId, reference } = await pledged("monthly");
  await tell("SALE1", aNotice({ reference, renewal: "I-BW452GLLEP1G" }));
  const { method, renewal } = await database.read(front, (work) => work.get(Pledge, pledgeId));
  assert.deepEqual([method, renewal], ["paypal", "I-BW452GLLEP1G"]);
});

test("a payment that does not renew changes nothing about how the others are paid", async () => {
  const { pledgeId, reference } = await pledged("monthly");
  await tell("ONCE1", aNotice({ reference }));
  assert.equal((await database.read(front, (work) => work.get(Pledge, pledgeId))).method, "card");
});
