// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What Stripe refuses: at the fake as at the real one, and in our words behind the door.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderRefused, ProviderUnavailable } from "@cdb/providers/errors.ts";
import { type Checkout, openStripe } from "@cdb/providers/stripe.ts";
import { listen } from "@cdb/runtime/serve.ts";
import type { Stripe } from "stripe";
import { checkout, opened, secretKey, town } from "./test-town.ts";

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
