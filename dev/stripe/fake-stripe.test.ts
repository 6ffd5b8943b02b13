// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What happens to money at the fake Stripe, and how it reaches back in our words.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import { until } from "../until.ts";
import { startFakeStripe } from "./fake-stripe.ts";
import { type Booked, checkout, opened, secretKey, town, webhookSecret } from "./test-town.ts";

test("a donor pays by card, comes back, and the money is booked with our reference", async () => {
  const { fake, stripe, sdk, booked } = await town();
  const { url } = await stripe.startCheckout(checkout({ email: "zoe@example.org" }));
  assert.match(await (await fetch(url)).text(), /Pay €25\.00[\s\S]*zoe@example\.org[\s\S]*readonly/);
  const next = await fake.pay(url, { name: "Zoë Example", email: "ignored@example.org" });
  assert.match(next, /^https:\/\/example\.org\/thanks\?session=cs_test_\w+$/);
  await fake.settled();
  const [name, { kind, amount, reference, payer }] = bookedOnce(booked);
  assert.deepEqual((await sdk.paymentIntents.retrieve(name)).metadata, { reference: "EXabc" });
  assert.deepEqual(
    { kind, amount, reference },
    { kind: "received", amount: { amount: 2500, currency: "EUR" }, reference: "EXabc" },
  );
  assert.deepEqual(payer, { name: "Zoë Example", email: "zoe@example.org" });
});

test("a page that is paid takes no second payment", async () => {
  const { fake, stripe, booked } = await town();
  const { url } = await stripe.startCheckout(checkout());
  assert.equal(await fake.pay(url), await fake.pay(url));
  assert.equal((await fetch(url)).status, 404);
  await fake.settled();
  bookedOnce(booked);
});

test("a declined card moves no money and leaves the page open; going back moves none either", async () => {
  const { fake, stripe, booked } = await town();
  const { url } = await stripe.startCheckout(checkout());
  await assert.rejects(fake.pay(url, { card: "4000 0000 0000 0002" }), /declined/);
  await assert.rejects(fake.pay(url, { card: "1234" }), /invalid/);
  await assert.rejects(fake.pay(url, { name: " " }), /name is missing/);
  const typed = new URLSearchParams({ email: "zoe@example.org", name: "<Zoë>", card: "1234" });
  const kept = await (await fetch(url, { method: "POST", body: typed })).text();
  for (const value of ["zoe@example.org", "&lt;Zoë&gt;", "1234"]) assert.ok(kept.includes(`value="${value}"`), value);
  assert.equal(await fake.pay(url, { action: "cancel" }), "https://example.org/donate");
  await fake.settled();
  assert.equal(booked.size, 0);
  await fake.pay(url);
  await fake.settled();
  bookedOnce(booked);
});

test("each period of a pledge is booked under its invoice, with reference and renewal", async () => {
  const { fake, stripe, sdk, booked } = await town();
  const { url } = await stripe.startCheckout(checkout({ interval: "quarterly" }));
  assert.match(await (await fetch(url)).text(), /every 3 months/);
  await fake.pay(url);
  await fake.settled();
  const [first, { renewal = "", reference }] = bookedOnce(booked);
  assert.match(first, /^in_/);
  assert.equal(reference, "EXabc");
  const second = fake.renew(renewal);
  await fake.settled();
  assert.deepEqual([...booked.keys()], [first, second]);
  assert.equal(booked.get(second)?.notice.renewal, renewal);
  assert.equal(booked.get(second)?.notice.reference, "EXabc");
  const { data } = await sdk.paymentIntents.list();
  assert.deepEqual(
    data.map(({ metadata }) => metadata),
    [{}, {}],
    "metadata is not copied to renewals' payments",
  );
});

test("a direct debit is booked when the bank has decided", async () => {
  const { fake, stripe, sdk, booked } = await town();
  for (const outcome of ["succeeded", "failed"] as const) {
    const { url } = await stripe.startCheckout(checkout({ reference: outcome }));
    await fake.pay(url, { by: "sepa_debit" });
    await fake.settled();
    const [intent] = (await sdk.paymentIntents.list({ limit: 1 })).data;
    assert.equal(booked.get(intent?.id ?? ""), undefined);
    fake.settle(intent?.id ?? "", outcome);
    await fake.settled();
    const told = booked.get(intent?.id ?? "")?.notice;
    assert.deepEqual([told?.kind, told?.reference], [outcome === "failed" ? "failed" : "received", outcome]);
  }
});

test("a refund names the payment it gives back: the payment intent, or the invoice of a renewal", async () => {
  const { fake, stripe, sdk, booked } = await town();
  for (const interval of ["once", "monthly"] as const) {
    const { url } = await stripe.startCheckout(checkout({ interval }));
    await fake.pay(url);
    await fake.settled();
    const [paid] = [...booked.keys()].slice(-1);
    const [intent] = (await sdk.paymentIntents.list({ limit: 1 })).data;
    const parts = [fake.refund(intent?.id ?? "", 1000), fake.refund(intent?.id ?? "")];
    await fake.settled();
    const told = parts.map((part) => booked.get(part)?.notice);
    assert.deepEqual(
      told.map((each) => each?.amount.amount),
      [1000, 1500],
    );
    for (const each of told) assert.deepEqual([each?.kind, each?.original], ["refunded", paid]);
    await assert.rejects(sdk.refunds.create({ payment_intent: intent?.id ?? "" }), /already been refunded/);
  }
});

test("one notice told 200 times at once names one payment", async () => {
  const { fake, stripe, booked } = await town();
  await fake.pay((await stripe.startCheckout(checkout())).url);
  await fake.settled();
  const told = fake.notices().find(({ type }) => type === "checkout.session.completed");
  const answers = await fake.resend(told?.id ?? "", 200);
  assert.deepEqual(new Set(answers), new Set([204]));
  bookedOnce(booked);
  assert.equal(booked.values().next().value?.times, 201);
});

test("notices are told until our webhook takes them, over a restart of both", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fake-stripe-"));
  opened.push(async () => rmSync(folder, { recursive: true }));
  const file = join(folder, "stripe.json");
  const { fake, stripe, state, booked, webhookUrl } = await town({ file });
  state.open = false;
  const open = await stripe.startCheckout(checkout({ reference: "later" }));
  await fake.pay((await stripe.startCheckout(checkout({ reference: "first" }))).url);
  await until(() => fake.notices().every(({ attempts, lastStatus }) => attempts > 1 && lastStatus === 500));
  await fake.stop();
  opened.pop();
  state.open = true;
  const again = await startFakeStripe({ port: fake.port, secretKey, webhookSecret, webhookUrl, file });
  opened.push(again.stop);
  await again.settled();
  await again.pay(open.url);
  await again.settled();
  assert.deepEqual(
    [...booked.values()].map(({ notice }) => notice.reference),
    ["first", "later"],
  );
});

test("currencies without decimals, and those that Stripe counts in its own way, come back as they went", async () => {
  const { fake, stripe, booked } = await town();
  const amounts = [
    { amount: 500, currency: "JPY" },
    { amount: 700, currency: "ISK" },
    { amount: 5000, currency: "KWD" },
  ];
  for (const amount of amounts) await fake.pay((await stripe.startCheckout(checkout({ amount }))).url);
  await fake.settled();
  const told = [...booked.values()].map(({ notice }) => notice.amount);
  assert.deepEqual(
    new Set(told.map((each) => JSON.stringify(each))),
    new Set(amounts.map((each) => JSON.stringify(each))),
  );
});

function bookedOnce(booked: Booked): [string, Notice] {
  assert.equal(booked.size, 1);
  const [[name, { notice }] = assert.fail()] = booked;
  return [name, notice];
}
