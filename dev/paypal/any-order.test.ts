// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Many payments, told up to 25 times each in random order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFrom } from "../random-from.ts";
import { checkout, giveOnce, town } from "./test-town.ts";

test("told many times in any order, every fact has one name and none is lost", async (t) => {
  // To see a run again, put its seed here.
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const chance = randomFrom(seed);
  const there = await town({ chance, copies: 25 });
  const { fake, paypal, booked } = there;
  const expected = new Map<string, number>();
  const pick = <T>(...things: [T, ...T[]]): T => things[Math.floor(chance() * things.length)] ?? things[0];
  for (let round = 0; round < 20; round++) {
    const reference = `EX${round}`;
    const amount = { amount: 1000 + Math.floor(chance() * 9000), currency: "EUR" };
    const interval = pick("once" as const, "once" as const, "monthly" as const, "yearly" as const);
    const paid: string[] = [];
    if (interval === "once") {
      const by = pick("balance" as const, "check" as const);
      const { id } = await giveOnce(there, { reference, amount }, by);
      const outcome = by === "balance" ? "COMPLETED" : pick("COMPLETED" as const, "DECLINED" as const);
      if (by === "check") fake.settle(id, outcome);
      expected.set(`${outcome === "COMPLETED" ? "received" : "failed"} ${id}`, amount.amount);
      if (outcome === "COMPLETED") paid.push(id);
    } else {
      await fake.approve((await paypal.startCheckout(checkout({ reference, amount, interval }))).url);
      paid.push(fake.payments().at(-1)?.id ?? "");
      if (chance() < 0.6) paid.push(fake.renew(fake.subscriptions().at(-1)?.id ?? ""));
      for (const id of paid) expected.set(`received ${id}`, amount.amount);
    }
    for (const id of paid) {
      const what = pick("nothing", "refund", "refunds", "won", "lost");
      const part = 1 + Math.floor(chance() * (amount.amount - 1));
      if (what === "refund" || what === "refunds") expected.set(`refunded ${fake.refund(id, part)}`, part);
      if (what === "refunds") expected.set(`refunded ${fake.refund(id)}`, amount.amount - part);
      if (what !== "won" && what !== "lost") continue;
      const dispute = fake.dispute(id);
      fake.resolve(dispute, what === "won" ? "RESOLVED_SELLER_FAVOUR" : "RESOLVED_BUYER_FAVOUR");
      expected.set(`disputed ${dispute}`, amount.amount);
      if (what === "won") expected.set(`reinstated ${dispute}`, amount.amount);
      else expected.set(`refunded by the bank ${id}`, amount.amount);
    }
  }
  await fake.settled();
  const found = new Map<string, number>();
  for (const [name, { notice }] of booked)
    found.set(expected.has(name) ? name : `refunded by the bank ${notice.original}`, notice.amount.amount);
  assert.deepEqual(sorted(found), sorted(expected));
});

function sorted(amounts: Map<string, number>): [string, number][] {
  return [...amounts].sort(([a], [b]) => (a < b ? -1 : 1));
}
