// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The surroundings of the tests here: a fake PayPal, front's webhook, our door to PayPal, and a stand-in for back.
import { afterEach } from "node:test";
import { openClient } from "@cdb/api/client.ts";
import { type Notice, notice } from "@cdb/api/payments.ts";
import { webhooks } from "@cdb/front/webhooks.ts";
import { openPaypal, type PaypalProvider } from "@cdb/providers/paypal.ts";
import { type Checkout, openStripe } from "@cdb/providers/stripe.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { type FakePaypal, type FakePaypalSettings, startFakePaypal } from "./fake-paypal.ts";

export const keys = {
  clientId: "client-of-the-tests",
  clientSecret: "secret-of-the-tests",
  webhookId: "5L518819FA0214926",
};
export const receiver = "donations@example.org";

/** What back got, by the payment's name and kind. */
export type Booked = Map<string, { notice: Notice; times: number }>;

export interface Town {
  fake: FakePaypal;
  paypal: PaypalProvider;
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

/** A fake PayPal, front's webhook, and a stand-in for back that checks by the contract. */
export async function town(settings: Partial<FakePaypalSettings> = {}): Promise<Town> {
  const booked: Booked = new Map();
  const ended: string[] = [];
  const state = { open: true };
  const back = await listen(standIn(booked, ended).fetch, 0);
  const app = new Hono();
  app.use(async (c, next) => (state.open ? next() : c.text("closed", 500)));
  const front = await listen((request) => app.fetch(request), 0);
  const webhookUrl = `http://127.0.0.1:${front.port}/webhooks/paypal`;
  const fake = await startFakePaypal({ port: 0, ...keys, receiver, webhookUrl, firstPauseMs: 20, ...settings });
  const paypal = openPaypal({ ...keys, apiUrl: fake.url, receivers: [receiver], organisation: "Example Foundation" });
  const client = openClient(`http://127.0.0.1:${back.port}`, async () => null);
  const stripe = openStripe({ secretKey: "sk_test_of-the-tests", webhookSecrets: [] });
  app.route("/webhooks", webhooks(stripe, client, openLog("test", "silent"), paypal));
  opened.push(back.stop, front.stop, fake.stop);
  return { fake, paypal, booked, ended, webhookUrl, state };
}

function standIn(booked: Booked, ended: string[]): Hono {
  const app = new Hono();
  app.put("/payments/paypal/renewals/:renewal/end", (c) => {
    ended.push(c.req.param("renewal"));
    return c.body(null, 204);
  });
  return app.put("/payments/paypal/:reference", async (c) => {
    const told = notice.parse(await c.req.json());
    const name = `${told.kind} ${c.req.param("reference")}`;
    const known = booked.get(name);
    booked.set(name, { notice: known?.notice ?? told, times: (known?.times ?? 0) + 1 });
    return c.json({ outcome: known ? "known-already" : "registered" });
  });
}

let count = 0;
export function checkout(fields: Partial<Checkout> = {}): Checkout {
  return {
    reference: "EXabc",
    amount: { amount: 2500, currency: "EUR" },
    interval: "once",
    language: "de",
    description: "Example Foundation, reference EXabc",
    successUrl: "https://example.org/paypal/return?reference=EXabc",
    cancelUrl: "https://example.org/cancelled?reference=EXabc",
    key: `key-${count++}`,
    ...fields,
  };
}

/** Approves at PayPal's page and comes back, as front's return address does it. */
export async function giveOnce(
  { fake, paypal }: Town,
  fields: Partial<Checkout> = {},
  by: "balance" | "check" = "balance",
) {
  const { url } = await paypal.startCheckout(checkout(fields));
  const next = new URL(await fake.approve(url, { by }));
  await paypal.captureOrder(next.searchParams.get("token") ?? "");
  await fake.settled();
  const payment = fake.payments().at(-1);
  if (!payment) throw new Error("no payment was made");
  return payment;
}
