// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Many payments, told up to 25 times each in random order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFrom } from "../random-from.ts";
import { checkout, town } from "./test-town.ts";

test("told many times in any order, every fact has one name and none is lost", async (t) => {
  // To see a run again, put its seed here.
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const chance = randomFrom(seed);
  const { fake, stripe, sdk, booked } = await town({ chance, copies: 25 });
  const expected = new Map<string, number>();
  for (let round = 0; round < 24; round++) {
    const reference = `EX${round}`;
    const amount = 1000 + Math.floor(chance() * 9000);
    const interval = (["once", "monthly", "yearly"] as const)[Math.floor(chance() * 3)] ?? "once";
    const by = chance() < 0.3 ? "sepa_debit" : "card";
    const { url } = await stripe.startCheckout(checkout({ reference, amount: { amount, currency: "EUR" }, interval }));
    await fake.pay(url, { by });
    const [intent] = (await sdk.paymentIntents.list({ limit: 1 })).data;
    const outcome = chance() < 0.7 ? "succeeded" : "failed";
    if (by === "sepa_debit") fake.settle(intent?.id ?? "", outcome);
    const paid = by === "card" || outcome === "succeeded";
    if (paid) expected.set(`received ${reference}`, (expected.get(`received ${reference}`) ?? 0) + amount);
    else if (interval === "once") expected.set(`failed ${reference}`, amount);
    const [subscription] = interval === "once" ? [] : (await sdk.subscriptions.list({ limit: 1 })).data;
    if (subscription && paid && chance() < 0.6) {
      fake.renew(subscription.id);
      expected.set(`received ${reference}`, 2 * amount);
    }
    if (!paid || chance() < 0.5) continue;
    const part = 1 + Math.floor(chance() * (amount - 1));
    fake.refund(intent?.id ?? "", part);
    if (chance() < 0.5) fake.refund(intent?.id ?? "");
    const back = (await sdk.refunds.list({ payment_intent: intent?.id ?? "" })).data;
    for (const each of back) expected.set(`refunded ${each.id}`, each.amount);
  }
  await fake.settled();
  const found = new Map<string, number>();
  for (const [name, { notice }] of booked) {
    const key = `${notice.kind} ${notice.kind === "refunded" ? name : notice.reference}`;
    found.set(key, (found.get(key) ?? 0) + notice.amount.amount);
  }
  assert.deepEqual(sorted(found), sorted(expected));
});

function sorted(amounts: Map<string, number>): [string, number][] {
  return [...amounts].sort(([a], [b]) => (a < b ? -1 : 1));
}
