// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Fees and payouts: what Stripe's balance tells, read by our door.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListedMoney } from "@cdb/providers/money-list.ts";
import { checkout, type Town, town } from "./test-town.ts";

const from = new Date(Date.now() - 60_000).toISOString();
const to = new Date(Date.now() + 600_000).toISOString();
const list = (there: Town) => there.lister.listMoney(from, to);
const keyOf = ({ providerReference, kind }: { providerReference: string; kind: string }) =>
  `${kind} ${providerReference}`;
const shown = (all: ListedMoney[]) =>
  all.map(
    ({ providerReference, notice }) => `${keyOf({ providerReference, kind: notice.kind })} ${notice.amount.amount}`,
  );

async function give(there: Town, interval: "once" | "monthly", by: "card" | "sepa_debit" = "card"): Promise<string> {
  const { url } = await there.stripe.startCheckout(checkout({ interval }));
  await there.fake.pay(url, { by });
  await there.fake.settled();
  return there.sdk.paymentIntents.list().then(({ data }) => data[0]?.id ?? "");
}

test("every fee is listed under the name of what it was kept from", async () => {
  const there = await town();
  const card = await give(there, "once");
  const debit = await give(there, "once", "sepa_debit");
  there.fake.settle(debit, "succeeded");
  await give(there, "monthly");
  const disputed = there.fake.dispute(card);
  const listed = await list(there);
  const invoice = listed.find(({ notice }) => notice.renewal)?.providerReference;
  assert.deepEqual(
    new Set(shown(listed).filter((line) => line.startsWith("fee"))),
    new Set([`fee ${card} 63`, `fee ${debit} 35`, `fee ${invoice} 63`, `fee ${disputed} 2000`]),
  );
});

test("a payout is made of what was listed, to the cent", async () => {
  const there = await town();
  const first = await give(there, "once");
  await give(there, "monthly");
  there.fake.refund(first, 500);
  there.fake.failRefund(there.fake.refund(first, 300));
  const payout = there.fake.payOut();
  await give(there, "once");
  const listed = await list(there);
  const amounts = new Map(listed.map((it) => [keyOf({ ...it, kind: it.notice.kind }), it.notice.amount.amount]));
  const { parts = [], notice } = listed.find(({ providerReference }) => providerReference === payout) ?? assert.fail();
  assert.equal(parts.length, 7);
  const sum = parts.reduce((total, part) => {
    const amount = amounts.get(keyOf(part)) ?? assert.fail(keyOf(part));
    return total + (["received", "reinstated"].includes(part.kind) ? amount : -amount);
  }, 0);
  assert.equal(sum, notice.amount.amount);
  assert.equal(sum, 2 * (2500 - 63) - 500);
});

test("a payout that the bank did not take is told as such, by notice and by list", async () => {
  const there = await town();
  await give(there, "once");
  const payout = there.fake.payOut();
  there.fake.settlePayout(payout, "failed");
  await there.fake.settled();
  const told = there.fake.notices().filter(({ about }) => about === payout);
  assert.deepEqual(
    told.map(({ type }) => type),
    ["payout.created", "payout.failed"],
  );
  assert.equal(there.booked.get(payout)?.times, 2);
  assert.ok(shown(await list(there)).includes(`payout-returned ${payout} 2437`));
});

test("without money there is no payout", async () => {
  const there = await town();
  assert.throws(() => there.fake.payOut(), /insufficient funds/);
});
