// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The surroundings of the tests here: a fake Stripe, front's webhook, our door to Stripe, and a stand-in for back.
import { afterEach } from "node:test";
import { openClient } from "@cdb/api/client.ts";
import { type Notice, notice } from "@cdb/api/payments.ts";
import { webhooks } from "@cdb/front/webhooks.ts";
import type { MoneyLister } from "@cdb/providers/money-list.ts";
import { type Checkout, openStripe, type StripeProvider } from "@cdb/providers/stripe.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { Stripe } from "stripe";
import { type FakeStripe, type FakeStripeSettings, startFakeStripe } from "./fake-stripe.ts";

export const secretKey = "sk_test_of-the-tests";
export const webhookSecret = "whsec_of-the-tests";

/** What back got, by the payment's name. */
export type Booked = Map<string, { notice: Notice; times: number }>;

export interface Town {
  fake: FakeStripe;
  stripe: StripeProvider;
  lister: MoneyLister;
  sdk: Stripe;
  booked: Booked;
  /** Renewals that were told to have ended. */
  ended: string[];
  /** What the webhook is reached under. */
  webhookUrl: string;
  state: { open: boolean };
}

/** What a test opened besides; closed after it, last first. */
export const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of opened.splice(0).reverse()) await stop();
});

/** A fake Stripe, front's webhook, and a stand-in for back that checks by the contract. */
export async function town(settings: Partial<FakeStripeSettings> = {}): Promise<Town> {
  const booked: Booked = new Map();
  const state = { open: true };
  const ended: string[] = [];
  const back = await listen(standIn(booked, ended).fetch, 0);
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
  return { fake, stripe, lister: stripe, sdk, booked, ended, webhookUrl, state };
}

function standIn(booked: Booked, ended: string[]): Hono {
  const app = new Hono();
  app.put("/payments/stripe/renewals/:renewal/end", (c) => {
    ended.push(c.req.param("renewal"));
    return c.body(null, 204);
  });
  app.put("/payments/stripe/declines/:notice", (c) => c.body(null, 204));
  return app.put("/payments/stripe/:reference", async (c) => {
    const told = notice.parse(await c.req.json());
    const known = booked.get(c.req.param("reference"));
    booked.set(c.req.param("reference"), { notice: known?.notice ?? told, times: (known?.times ?? 0) + 1 });
    return c.json({ outcome: known ? "known-already" : "registered" });
  });
}

let keys = 0;
export function checkout(fields: Partial<Checkout> = {}): Checkout {
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
