// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a provider pays out is the sum of what it was made of, and is found again on the bank's statement.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, front } from "../../test/make.ts";
import { listPayouts, matchArrivals, type PartName } from "./payout.ts";
import { type Listed, reconcilePayments } from "./reconcile-payments.ts";
import { registerPayment } from "./register-payment.ts";

const { database } = await freshDatabase();
const day = (number: number) => `2026-10-${String(number).padStart(2, "0")}T10:00:00Z`;
const eur = (amount: number) => ({ amount, currency: "EUR" });

const listed = (providerReference: string, kind: Notice["kind"], amount: number, on: number): Listed => ({
  providerReference,
  notice: aNotice({ kind, amount: eur(amount), happenedAt: day(on), payer: { name: "", email: "" } }),
});
const book = (provider: Provider, { providerReference, notice }: Listed) =>
  database.transaction(front, (work) => registerPayment(work, provider, providerReference, notice));
/** What differs, but for what other tests had booked in these days. */
const night = async (provider: Provider, list: Listed[]) => {
  const found = await database.transaction(front, (work) =>
    reconcilePayments(work, provider, list, {
      from: Temporal.Instant.from(day(1)),
      to: Temporal.Instant.from(day(31)),
      mend: true,
    }),
  );
  return found.filter(({ what }) => what !== "extra");
};
const arrive = (name: string, from: string, amount: number, on: number) => {
  const line = listed(name, "arrived", amount, on);
  return book("bank", { ...line, notice: { ...line.notice, payer: { name: from, email: "" } } });
};
const payouts = () => database.read(front, (work) => listPayouts(work, { limit: 50 }));
const partOf = ({ providerReference, notice }: Listed): PartName => ({ providerReference, kind: notice.kind });

test("a payout closes to the cent by its parts, and arrives", async () => {
  const parts = [
    listed("pi_1", "received", 2500, 2),
    listed("pi_1", "fee", 63, 2),
    listed("pi_2", "received", 1000, 3),
    listed("pi_2", "fee", 40, 3),
    listed("re_2", "refunded", 400, 4),
  ];
  const payout = { ...listed("po_1", "payout", 2997, 5), parts: parts.map(partOf) };
  const differences = await night("stripe", [...parts, payout]);
  assert.ok(differences.every(({ what, mended }) => what === "missing" && mended));
  await arrive("line-1", "Stripe Payments Europe", 2997, 7);
  await database.transaction(front, matchArrivals);
  const [found] = await payouts();
  const { name, received, refunded, fees, open, arrivedOn } = found ?? assert.fail();
  assert.deepEqual([name, received, refunded, fees, open], ["po_1", 3500, -400, -103, 0]);
  assert.equal(arrivedOn?.toString(), "2026-10-07");
  assert.deepEqual(await night("stripe", [...parts, payout]), [], "the next night finds nothing");
});

test("a payout that is not the sum of its parts is a difference that stays until it is", async () => {
  const known = listed("pi_3", "received", 700, 8);
  const lost = listed("pi_4", "received", 300, 8);
  const payout = { ...listed("po_2", "payout", 1000, 9), parts: [known, lost].map(partOf) };
  await night("stripe", [known, payout]);
  const [difference, ...others] = await night("stripe", [known, payout]);
  assert.deepEqual(
    [difference?.what, difference?.ours, difference?.theirs, others],
    ["parts", eur(700), eur(1000), []],
  );
  await book("stripe", lost);
  assert.deepEqual(await night("stripe", [known, lost, payout]), []);
});

test("where the provider does not tell the parts, they are all that it held, if that is the sum", async () => {
  const held = [listed("A1", "received", 2500, 10), listed("A1", "fee", 73, 10), listed("A2", "received", 100, 10)];
  await night("paypal", [...held, listed("W1", "payout", 2527, 11)]);
  const later = listed("A3", "received", 900, 12);
  await night("paypal", [...held, listed("W1", "payout", 2527, 11), later, listed("W2", "payout", 500, 13)]);
  const found = (await payouts()).filter(({ provider }) => provider === "paypal");
  assert.deepEqual(
    found.map(({ name, received, fees, open }) => [name, received, fees, open]),
    [
      ["W2", 0, 0, null],
      ["W1", 2600, -73, 0],
    ],
  );
});

test("equal payouts take equal lines in their order, a returned one takes none, and no line serves twice", async () => {
  await night("stripe", [
    listed("po_5", "payout", 5000, 14),
    listed("po_6", "payout", 5000, 15),
    listed("po_7", "payout", 5000, 16),
  ]);
  await book("stripe", listed("po_6", "payout-returned", 5000, 17));
  await arrive("line-5", "STRIPE", 5000, 16);
  await arrive("line-6", "PayPal Europe", 5000, 16);
  await Promise.all([1, 2, 3].map(() => database.transaction(front, matchArrivals)));
  const state = async () =>
    (await payouts())
      .filter(({ amount }) => amount === 5000)
      .map(({ name, arrivedOn, returned }) => [name, arrivedOn?.toString(), returned]);
  assert.deepEqual(await state(), [
    ["po_7", undefined, false],
    ["po_6", undefined, true],
    ["po_5", "2026-10-16", false],
  ]);
  await arrive("line-7", "STRIPE", 5000, 20);
  await database.transaction(front, matchArrivals);
  assert.deepEqual((await state())[0], ["po_7", "2026-10-20", false]);
});
