// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What our door does with subscriptions at Stripe, and what the fake tells of disputes and declined cards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStripe } from "@cdb/providers/stripe.ts";
import { checkout, secretKey, type Town, town } from "./test-town.ts";

async function subscribe({ fake, stripe, sdk }: Town): Promise<string> {
  const { url } = await stripe.startCheckout(checkout({ interval: "monthly" }));
  await fake.pay(url);
  const [subscription] = (await sdk.subscriptions.list({ limit: 1 })).data;
  return subscription?.id ?? "";
}

const door = (place: Town) =>
  openStripe({ secretKey, webhookSecrets: [], apiUrl: place.fake.url, maxNetworkRetries: 0 });
const eur = (amount: number) => ({ amount, currency: "EUR" });

test("a subscription is given another amount, pauses, ends with its period, and goes on before that", async () => {
  const place = await town();
  const id = await subscribe(place);
  const { alignRenewal } = door(place);
  const paid = async () => {
    const invoice = place.fake.renew(id);
    await place.fake.settled();
    return (await place.sdk.invoices.retrieve(invoice)).total;
  };
  assert.equal(await paid(), 2500);
  for (let time = 0; time < 2; time += 1)
    assert.equal(await alignRenewal(id, { state: "open", amount: eur(4000) }), "aligned");
  assert.equal(await paid(), 4000);

  const invoices = async () => (await place.sdk.invoices.list({ limit: 100 })).data.length;
  await alignRenewal(id, { state: "paused", amount: eur(4000) });
  const before = await invoices();
  await paid();
  assert.equal(await invoices(), before, "nothing is taken in a pause");
  await alignRenewal(id, { state: "open", amount: eur(4000) });
  await paid();
  assert.equal(await invoices(), before + 1);

  await alignRenewal(id, { state: "ended", amount: eur(4000) });
  assert.equal(await alignRenewal(id, { state: "open", amount: eur(4000) }), "aligned", "its period still runs");
  await alignRenewal(id, { state: "ended", amount: eur(4000) });
  place.fake.renew(id);
  assert.equal((await place.sdk.subscriptions.retrieve(id)).status, "canceled");
  assert.equal(await alignRenewal(id, { state: "ended", amount: eur(4000) }), "aligned");
  assert.equal(await alignRenewal(id, { state: "open", amount: eur(4000) }), "gone");
});

test("a subscription that Stripe does not know is gone; Stripe's trouble is told as trouble", async () => {
  const place = await town();
  const wish = { state: "open", amount: eur(100) } as const;
  assert.equal(await door(place).alignRenewal("sub_unknown", wish), "gone");
  await place.fake.stop();
  await assert.rejects(door(place).alignRenewal("sub_unknown", wish), { name: "ProviderUnavailable" });
});

test("a dispute and its being won, a declined renewal and an ended subscription reach back in our words", async () => {
  const place = await town();
  const { url } = await place.stripe.startCheckout(checkout());
  await place.fake.pay(url);
  const [intent] = (await place.sdk.paymentIntents.list({ limit: 1 })).data;
  const dispute = place.fake.dispute(intent?.id ?? "");
  await place.fake.settled();
  assert.deepEqual(
    [place.booked.get(dispute)?.notice.kind, place.booked.get(dispute)?.notice.original],
    ["disputed", intent?.id],
  );
  place.fake.winDispute(dispute);
  await place.fake.settled();
  assert.equal(place.booked.get(dispute)?.times, 2, "the same name, told as another kind");

  const id = await subscribe(place);
  const invoice = place.fake.failRenewal(id);
  await place.fake.settled();
  const failed = place.booked.get(invoice)?.notice;
  assert.deepEqual([failed?.kind, failed?.reference, failed?.renewal], ["failed", "EXabc", id]);
  await door(place).alignRenewal(id, { state: "ended", amount: eur(2500) });
  place.fake.renew(id);
  await place.fake.settled();
  assert.deepEqual(place.ended, [id]);
});

test("Stripe's own list tells the same money under the same names as the events did, and nothing else", async () => {
  const place = await town();
  const { url } = await place.stripe.startCheckout(checkout());
  await place.fake.pay(url);
  const id = await subscribe(place);
  place.fake.renew(id);
  const [intent] = (await place.sdk.paymentIntents.list({ limit: 100 })).data.filter((it) => it.metadata.reference);
  place.fake.refund(intent?.id ?? "", 500);
  const { url: other } = await place.stripe.startCheckout(checkout());
  await place.fake.pay(other);
  const disputed = (await place.sdk.paymentIntents.list({ limit: 1 })).data[0]?.id ?? "";
  place.fake.winDispute(place.fake.dispute(disputed));
  await place.fake.settled();
  const day = 86_400_000;
  const [from, to] = [Date.now() - day, Date.now() + day].map((at) => new Date(at).toISOString());
  // Fees are told by the list alone: payouts.test.ts.
  const listed = (await door(place).listMoney(from ?? "", to ?? "")).filter(({ notice }) => notice.kind !== "fee");
  const told = (name: string, kind: string, amount: number) => `${name} ${kind} ${amount}`;
  assert.deepEqual([...new Set(listed.map((it) => it.providerReference))].sort(), [...place.booked.keys()].sort());
  for (const { providerReference: name, notice } of listed) {
    const heard = place.booked.get(name)?.notice;
    if (notice.kind === "reinstated" || heard?.kind === "reinstated") continue;
    assert.equal(
      told(name, notice.kind, notice.amount.amount),
      told(name, heard?.kind ?? "", heard?.amount.amount ?? 0),
    );
    assert.deepEqual([notice.original, notice.reference], [heard?.original, heard?.reference]);
  }
  assert.deepEqual(await door(place).listMoney("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z"), []);
});
