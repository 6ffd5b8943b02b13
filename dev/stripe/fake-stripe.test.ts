// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The fake Stripe and our door to Stripe, held against each other over HTTP.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { openClient } from "@cdb/api/client.ts";
import { type Notice, notice } from "@cdb/api/payments.ts";
import { webhooks } from "@cdb/front/webhooks.ts";
import { ProviderRefused, ProviderUnavailable } from "@cdb/providers/errors.ts";
import { type Checkout, openStripe, type StripeProvider } from "@cdb/providers/stripe.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { Stripe } from "stripe";
import { until } from "../until.ts";
import { type FakeStripe, type FakeStripeSettings, startFakeStripe } from "./fake-stripe.ts";

const secretKey = "sk_test_of-the-tests";
const webhookSecret = "whsec_of-the-tests";

/** What back got, by the payment's name. */
type Booked = Map<string, { notice: Notice; times: number }>;

interface Town {
  fake: FakeStripe;
  stripe: StripeProvider;
  sdk: Stripe;
  booked: Booked;
  /** What the webhook is reached under. */
  webhookUrl: string;
  state: { open: boolean };
}

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of opened.splice(0).reverse()) await stop();
});

/** A fake Stripe, front's webhook, and a stand-in for back that checks by the contract. */
async function town(settings: Partial<FakeStripeSettings> = {}): Promise<Town> {
  const booked: Booked = new Map();
  const state = { open: true };
  const back = await listen(standIn(booked).fetch, 0);
  const app = new Hono();
  app.use(async (c, next) => (state.open ? next() : c.text("closed", 500)));
  const front = await listen((request) => app.fetch(request), 0);
  const webhookUrl = `http://127.0.0.1:${front.port}/webhooks/stripe`;
  const fake = await startFakeStripe({ port: 0, secretKey, webhookSecret, webhookUrl, firstPauseMs: 20, ...settings });
  const stripe = openStripe({ secretKey, webhookSecrets: [webhookSecret], apiUrl: fake.url, maxNetworkRetries: 0 });
  const client = openClient(`http://127.0.0.1:${back.port}`, async () => null);
  app.route("/webhooks", webhooks(stripe, client, openLog("test", "silent")));
  opened.push(back.stop, front.stop, fake.stop);
  const sdk = new Stripe(secretKey, { host: "127.0.0.1", port: fake.port, protocol: "http", maxNetworkRetries: 0 });
  return { fake, stripe, sdk, booked, webhookUrl, state };
}

function standIn(booked: Booked): Hono {
  return new Hono().put("/payments/stripe/:reference", async (c) => {
    const told = notice.parse(await c.req.json());
    const known = booked.get(c.req.param("reference"));
    booked.set(c.req.param("reference"), { notice: known?.notice ?? told, times: (known?.times ?? 0) + 1 });
    return c.json({ outcome: known ? "known-already" : "registered" });
  });
}

let keys = 0;
function checkout(fields: Partial<Checkout> = {}): Checkout {
  return {
    reference: "EXabc",
    amount: { amount: 2500, currency: "EUR" },
    interval: "once",
    language: "de",
    description: "Donation to the Example Foundation",
    successUrl: "https://example.org/thanks?session={CHECKOUT_SESSION_ID}",
    cancelUrl: "https://example.org/donate",
    key: `key-${keys++}`,
    ...fields,
  };
}

function bookedOnce(booked: Booked): [string, Notice] {
  assert.equal(booked.size, 1);
  const [[name, { notice }] = assert.fail()] = booked;
  return [name, notice];
}

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
  assert.match(await (await fetch(url)).text(), /every 3 month/);
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

test("the same key starts one payment, and is refused for other content", async () => {
  const { stripe } = await town();
  const once = checkout();
  const [first, second] = await Promise.all([stripe.startCheckout(once), stripe.startCheckout(once)]);
  assert.equal(first.url, second.url);
  const other = { ...once, amount: { amount: 9900, currency: "EUR" } };
  await assert.rejects(
    stripe.startCheckout(other),
    (error) => error instanceof ProviderRefused && error.code === "repeated-key",
  );
});

test("what Stripe refuses arrives in our words, without what was typed", async () => {
  const { stripe, fake } = await town();
  const refused: [string, Partial<Checkout>][] = [
    ["amount", { amount: { amount: 49, currency: "EUR" } }],
    ["amount", { amount: { amount: 100_000_000, currency: "EUR" } }],
    ["amount", { amount: { amount: 10.5, currency: "EUR" } }],
    ["currency", { amount: { amount: 1000, currency: "XXX" } }],
    ["email", { email: "zoe at example.org" }],
    ["other", { successUrl: "thanks" }],
    ["other", { description: "" }],
    ["other", { reference: "r".repeat(201) }],
  ];
  for (const [code, fields] of refused)
    await assert.rejects(stripe.startCheckout(checkout(fields)), (error: Error) => {
      assert.ok(error instanceof ProviderRefused, error.message);
      assert.equal(error.code, code);
      assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)}`, /zoe/);
      return true;
    });
  const stranger = openStripe({ secretKey: "sk_test_of-a-stranger", webhookSecrets: [], apiUrl: fake.url });
  await assert.rejects(stranger.startCheckout(checkout()), { name: "ProviderRefused", code: "credentials" });
});

test("a Stripe that cannot be reached, or answers nonsense, is unavailable", async () => {
  const broken = await listen(() => new Response("<h1>Bad gateway</h1>", { status: 502 }), 0);
  opened.push(broken.stop);
  for (const apiUrl of ["http://127.0.0.1:1", `http://127.0.0.1:${broken.port}`]) {
    const stripe = openStripe({ secretKey, webhookSecrets: [], apiUrl, maxNetworkRetries: 0 });
    await assert.rejects(stripe.startCheckout(checkout()), ProviderUnavailable);
  }
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

test("the fake refuses what Stripe refuses", async () => {
  const { sdk } = await town();
  type Params = Stripe.Checkout.SessionCreateParams;
  const price = { currency: "eur", unit_amount: 1000, product_data: { name: "Donation" } };
  const good: Params = {
    mode: "payment",
    success_url: "https://example.org/",
    line_items: [{ price_data: price, quantity: 1 }],
  };
  const monthly = { ...price, recurring: { interval: "month" } };
  const subscription: Params = { ...good, mode: "subscription", line_items: [{ price_data: monthly, quantity: 1 }] };
  const wrong: [Record<string, unknown>, string, string | undefined][] = [
    [{ ...good, colour: "red" }, "parameter_unknown", "colour"],
    [
      { ...good, line_items: [{ price_data: { ...price, tip: 1 }, quantity: 1 }] },
      "parameter_unknown",
      "line_items[0][price_data][tip]",
    ],
    [{ ...good, success_url: undefined }, "parameter_missing", "success_url"],
    [{ ...good, mode: undefined }, "parameter_missing", "mode"],
    [{ ...good, line_items: [{ price_data: price }] }, "parameter_missing", "line_items[0][quantity]"],
    [{ ...good, cancel_url: "back" }, "url_invalid", "cancel_url"],
    [{ ...good, customer_email: "x" }, "email_invalid", "customer_email"],
    [{ ...good, client_reference_id: "" }, "parameter_invalid_empty", "client_reference_id"],
  ];
  for (const [params, code, param] of wrong)
    await assert.rejects(sdk.checkout.sessions.create(params as Params), { code, param, statusCode: 400 });
  const mixed: Params[] = [
    { ...good, metadata: { reference: "x".repeat(501) } },
    { ...good, locale: "tlh" },
    { ...good, subscription_data: {}, line_items: [{ price_data: monthly, quantity: 1 }] },
    { ...subscription, payment_intent_data: { description: "x" } },
    { ...subscription, submit_type: "donate" },
    { ...good, mode: "subscription" },
    { ...good, subscription_data: { description: "x" } },
  ];
  for (const params of mixed)
    await assert.rejects(sdk.checkout.sessions.create(params), { statusCode: 400, type: "StripeInvalidRequestError" });
  assert.equal((await sdk.checkout.sessions.create(subscription)).mode, "subscription");
  await assert.rejects(sdk.checkout.sessions.retrieve("cs_test_x"), { statusCode: 404, code: "resource_missing" });
  await assert.rejects(sdk.customers.list(), { statusCode: 404 });
});

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

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
