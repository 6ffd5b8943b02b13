// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What happens to money at the fake PayPal, and how it reaches back in our words.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import { openPaypal } from "@cdb/providers/paypal.ts";
import { until } from "../until.ts";
import { startFakePaypal } from "./fake-paypal.ts";
import { type Booked, checkout, giveOnce, keys, opened, town } from "./test-town.ts";

function only(booked: Booked): [string, Notice] {
  assert.equal(booked.size, 1, [...booked.keys()].join());
  const [[name, { notice }]] = [...booked] as [[string, { notice: Notice; times: number }]];
  return [name, notice];
}

test("a donor approves, comes back, the money is taken and booked with our reference", async () => {
  const { fake, paypal, booked } = await town();
  const { url } = await paypal.startCheckout(checkout());
  assert.match(await (await fetch(url)).text(), /Pay 25\.00 EUR[\s\S]*Example Foundation/);
  const next = new URL(await fake.approve(url));
  assert.equal(next.origin + next.pathname, "https://example.org/paypal/return");
  assert.equal(next.searchParams.get("reference"), "EXabc");
  const order = next.searchParams.get("token") ?? "";
  assert.deepEqual(await Promise.all([paypal.captureOrder(order), paypal.captureOrder(order)]), [
    "captured",
    "captured",
  ]);
  await fake.settled();
  const [name, { kind, amount, reference }] = only(booked);
  assert.equal(name, `received ${fake.payments()[0]?.id}`);
  assert.deepEqual(
    { kind, amount, reference },
    { kind: "received", amount: { amount: 2500, currency: "EUR" }, reference: "EXabc" },
  );
});

test("a donor who closes the window after approving gives all the same", async () => {
  const { fake, paypal, booked } = await town();
  await fake.approve((await paypal.startCheckout(checkout())).url);
  await fake.settled();
  await until(async () => booked.size === 1);
  only(booked);
});

test("cancelling, and approving with a card that is declined, moves no money", async () => {
  const { fake, paypal, booked, state } = await town();
  const { url } = await paypal.startCheckout(checkout());
  const order = new URL(url).searchParams.get("token") ?? "";
  assert.match(
    await fake.approve(url, { action: "cancel" }),
    /^https:\/\/example\.org\/cancelled\?reference=EXabc&token=/,
  );
  assert.equal(await paypal.captureOrder(order), "not-approved");
  await assert.rejects(fake.approve(url, { email: "none" }), /incomplete/);
  state.open = false;
  await fake.approve(url, { by: "declined" });
  assert.equal(await paypal.captureOrder(order), "declined");
  state.open = true;
  await fake.settled();
  assert.equal(booked.size, 0);
  await fake.approve(url);
  await fake.settled();
  await until(async () => booked.size === 1);
});

test("an order of somebody else's program in the same account is left alone", async () => {
  const { fake, paypal } = await town();
  assert.equal(await paypal.captureOrder("5O190127TN364715T"), "unknown");
  for (const odd of ["", "../payments", "5O190127TN364715T/authorize", "x".repeat(50)])
    assert.equal(await paypal.captureOrder(odd), "unknown");
  const token = await (
    await fetch(`${fake.url}/v1/oauth2/token`, {
      method: "POST",
      body: "grant_type=client_credentials",
      headers: { Authorization: `Basic ${btoa(`${keys.clientId}:${keys.clientSecret}`)}` },
    })
  ).json();
  const paths = { return_url: "https://shop.example.org/", cancel_url: "https://shop.example.org/" };
  const body = {
    intent: "CAPTURE",
    purchase_units: [{ reference_id: "shop", amount: { value: "1.00", currency_code: "EUR" } }],
    payment_source: { paypal: { experience_context: paths } },
  };
  const headers = { Authorization: `Bearer ${token.access_token}`, "Content-Type": "application/json" };
  const foreign = await (
    await fetch(`${fake.url}/v2/checkout/orders`, { method: "POST", body: JSON.stringify(body), headers })
  ).json();
  await fake.approve(foreign.links[0].href);
  await fake.settled();
  assert.equal(await paypal.captureOrder(foreign.id), "unknown");
  assert.equal(fake.payments().length, 0);
});

test("money that a bank sends later is booked when it is there, or failed", async () => {
  const there = await town();
  for (const outcome of ["COMPLETED", "DECLINED"] as const) {
    const { id } = await giveOnce(there, { reference: outcome }, "check");
    assert.equal(
      [...there.booked.keys()].some((name) => name.endsWith(id)),
      false,
    );
    there.fake.settle(id, outcome);
    await there.fake.settled();
    assert.equal(
      there.booked.get(`${outcome === "COMPLETED" ? "received" : "failed"} ${id}`)?.notice.reference,
      outcome,
    );
  }
});

test("each period of a pledge is booked under its sale, with reference, renewal and who gave", async () => {
  const { fake, paypal, booked } = await town();
  for (const [interval, words] of [
    ["monthly", "month"],
    ["quarterly", "3 months"],
    ["yearly", "year"],
  ] as const) {
    booked.clear();
    const { url } = await paypal.startCheckout(checkout({ interval, successUrl: "https://example.org/thanks" }));
    assert.match(await (await fetch(url)).text(), new RegExp(`Pay 25\\.00 EUR every ${words}<`));
    assert.match(await fake.approve(url), /^https:\/\/example\.org\/thanks\?subscription_id=I-/);
    await fake.settled();
    const [, { renewal = "", reference }] = only(booked);
    assert.match(renewal, /^I-/);
    assert.equal(reference, "EXabc");
    const second = booked.get(`received ${fake.renew(renewal)}`);
    assert.equal(second, undefined);
    await fake.settled();
    const { notice } = [...booked.values()].at(-1) as { notice: Notice };
    assert.deepEqual([notice.renewal, notice.reference], [renewal, "EXabc"]);
    assert.deepEqual(notice.payer, { name: "Pat Donor", email: "paypal-donor@example.com" });
  }
});

test("one plan serves every amount of a rhythm, also for a program that starts later", async () => {
  const { fake, paypal } = await town();
  await Promise.all([
    paypal.startCheckout(checkout({ interval: "monthly" })),
    paypal.startCheckout(checkout({ interval: "monthly" })),
  ]);
  const later = openPaypal({ ...keys, apiUrl: fake.url, organisation: "Example Foundation" });
  await later.startCheckout(checkout({ interval: "monthly", amount: { amount: 1200, currency: "EUR" } }));
  assert.equal(new Set(fake.subscriptions().map(({ plan_id }) => plan_id)).size, 1);
  assert.deepEqual(
    fake.subscriptions().map(({ amount }) => amount.value),
    ["25.00", "25.00", "12.00"],
  );
});

test("a refund names the payment that it gives back, of an order and of a subscription", async () => {
  const there = await town();
  const { fake, paypal, booked } = there;
  await giveOnce(there);
  await fake.approve((await paypal.startCheckout(checkout({ interval: "monthly" }))).url);
  await fake.settled();
  for (const { id } of fake.payments()) {
    const parts = [fake.refund(id, 1000), fake.refund(id)];
    await fake.settled();
    const told = parts.map((part) => booked.get(`refunded ${part}`)?.notice);
    assert.deepEqual(
      told.map((each) => [each?.amount.amount, each?.original]),
      [
        [1000, id],
        [1500, id],
      ],
    );
  }
});

test("a dispute takes back, and gives again when we win; lost, the money is gone", async () => {
  const there = await town();
  const { fake, booked } = there;
  const { id } = await giveOnce(there);
  const won = fake.dispute(id);
  await fake.settled();
  assert.equal(booked.get(`disputed ${won}`)?.notice.original, id);
  fake.resolve(won, "RESOLVED_SELLER_FAVOUR");
  const lost = fake.dispute(id);
  fake.resolve(lost, "RESOLVED_BUYER_FAVOUR");
  await fake.settled();
  assert.equal(booked.get(`reinstated ${won}`)?.notice.original, id);
  assert.equal(booked.has(`reinstated ${lost}`), false);
  assert.equal([...booked.values()].filter(({ notice }) => notice.kind === "refunded").length, 1);
});

test("a renewal that fails is told each time; what PayPal gives up, or the donor cancels there, has ended", async () => {
  const { fake, paypal, booked, ended } = await town();
  for (const interval of ["monthly", "yearly"] as const)
    await fake.approve((await paypal.startCheckout(checkout({ interval }))).url);
  const [first, second] = fake.subscriptions().map(({ id }) => id);
  for (let time = 1; time <= 3; time++) fake.failRenewal(first ?? "");
  fake.cancel(second ?? "");
  await fake.settled();
  assert.deepEqual(ended.sort(), [first, second].sort());
  const failed = [...booked.values()].filter(({ notice }) => notice.kind === "failed");
  assert.ok(failed.length >= 1);
  for (const { notice } of failed) assert.deepEqual([notice.reference, notice.renewal], ["EXabc", first]);
});

test("a renewal is paused, resumed and ended at PayPal; another amount ends it, for PayPal needs the donor's consent", async () => {
  const { fake, paypal, ended } = await town();
  await fake.approve((await paypal.startCheckout(checkout({ interval: "monthly" }))).url);
  const id = fake.subscriptions()[0]?.id ?? "";
  const status = () => fake.subscriptions()[0]?.status;
  const amount = { amount: 2500, currency: "EUR" };
  for (const [state, expected] of [
    ["paused", "SUSPENDED"],
    ["open", "ACTIVE"],
  ] as const)
    for (const _ of [1, 2]) {
      assert.equal(await paypal.alignRenewal(id, { state, amount }), "aligned");
      assert.equal(status(), expected);
    }
  await fake.settled();
  assert.deepEqual(ended, [], "a pause is no end");
  assert.equal(await paypal.alignRenewal(id, { state: "open", amount: { ...amount, amount: 3000 } }), "gone");
  assert.equal(status(), "CANCELLED");
  assert.equal(await paypal.alignRenewal(id, { state: "open", amount }), "gone");
  assert.equal(await paypal.alignRenewal(id, { state: "ended", amount }), "aligned");
  assert.equal(await paypal.alignRenewal("I-UNKNOWN", { state: "ended", amount }), "aligned");
});

test("one notice told 200 times at once names one payment", async () => {
  const there = await town();
  const { id } = await giveOnce(there);
  const told = there.fake.notices().find(({ type }) => type === "PAYMENT.CAPTURE.COMPLETED");
  const answers = await there.fake.resend(told?.id ?? "", 200);
  assert.deepEqual(new Set(answers), new Set([204]));
  assert.deepEqual([...there.booked.keys()], [`received ${id}`]);
});

test("what is told while we are away is told again", async () => {
  const { fake, paypal, booked, state } = await town();
  state.open = false;
  const next = new URL(await fake.approve((await paypal.startCheckout(checkout())).url));
  await paypal.captureOrder(next.searchParams.get("token") ?? "");
  await until(async () => fake.notices().length === 2 && fake.notices().every(({ attempts }) => attempts > 1));
  assert.equal(booked.size, 0);
  state.open = true;
  await fake.settled();
  only(booked);
});

test("over a restart nothing is forgotten, and what was not told yet is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cdb-paypal-"));
  const file = join(folder, "paypal.json");
  const { fake, paypal, booked, webhookUrl, state } = await town({ file });
  state.open = false;
  const { url } = await paypal.startCheckout(checkout());
  await fake.approve(url);
  await fake.stop();
  state.open = true;
  const again = await startFakePaypal({ port: fake.port, ...keys, webhookUrl, file, firstPauseMs: 20 });
  opened.push(again.stop);
  await again.settled();
  await until(async () => booked.size === 1);
  rmSync(folder, { recursive: true });
});

test("PayPal's own list has every payment, refund and withdrawal once, with its fee", async () => {
  const there = await town();
  const { id } = await giveOnce(there);
  const back = there.fake.refund(id, 500);
  const gone = there.fake.withdraw();
  await there.fake.settled();
  const hour = 3_600_000;
  const [from, to] = [-70 * 24 * hour, hour].map((ms) => new Date(Date.now() + ms).toISOString()) as [string, string];
  const found = await there.paypal.listTransactions(from, to);
  assert.deepEqual(
    found.map(({ providerReference, kind, amount, fee, reference, original }) => ({
      providerReference,
      kind,
      amount: amount.amount,
      fee: fee?.amount.amount,
      reference,
      original,
    })),
    [
      { providerReference: id, kind: "received", amount: 2500, fee: 73, reference: "EXabc", original: undefined },
      { providerReference: back, kind: "refunded", amount: 500, fee: undefined, reference: "", original: id },
      { providerReference: gone, kind: "payout", amount: 1927, fee: undefined, reference: "", original: undefined },
    ],
  );
  assert.deepEqual(
    there.booked.get(`received ${id}`)?.notice.fee,
    { amount: 73, currency: "EUR" },
    "the notice tells it at once",
  );
  const listed = await there.paypal.listMoney(from, to);
  assert.deepEqual(
    listed.map(({ providerReference, notice }) => `${notice.kind} ${providerReference}`),
    [`received ${id}`, `fee ${id}`, `refunded ${back}`, `payout ${gone}`],
  );
});
