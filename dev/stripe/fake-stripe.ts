// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A fake of Stripe with behaviour: its API, its payment page and its notices, for development and tests.
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { type Manner, openCourier } from "../courier.ts";
import { buildApi } from "./api.ts";
import { payOut, settlePayout } from "./balance.ts";
import { wrapEvents } from "./deliver.ts";
import { buildDesk, noticesOf, type ToldNotice } from "./desk.ts";
import { dispute, failRefund, failRenewal, refund, renew, settle, type Tell, winDispute } from "./money.ts";
import { buildPage } from "./page.ts";
import { type Event, openStore } from "./store.ts";

/** The version of the notices' payloads; a webhook endpoint at Stripe is set to one version too. */
const apiVersion = "2026-10-28.endive";

export interface FakeStripeSettings extends Manner {
  /** 0 lets the system choose. */
  port: number;
  /** How browsers reach it; absent: http://127.0.0.1 and the port. */
  publicUrl?: string | undefined;
  secretKey: string;
  webhookSecret: string;
  /** Where it remembers over a restart; absent: nowhere. */
  file?: string | undefined;
}

export interface Visitor {
  name?: string;
  email?: string;
  card?: string;
  by?: "card" | "sepa_debit";
  action?: "pay" | "cancel";
}

export interface FakeStripe {
  url: string;
  port: number;
  /** Fills in the page as a browser does; gives where the browser is sent next. Throws when the page says no. */
  pay(sessionUrl: string, visitor?: Visitor): Promise<string>;
  /** The next payment of a subscription; gives the invoice's name. */
  renew(subscription: string): string;
  /** What the bank says about a direct debit. */
  settle(paymentIntent: string, outcome: "succeeded" | "failed"): void;
  /** Gives money back, all or `amount`; gives the refund's name. */
  refund(paymentIntent: string, amount?: number): string;
  /** The donor's bank does not take a refund. */
  failRefund(refund: string): void;
  /** The donor's bank takes a payment back; gives the dispute's name. */
  dispute(paymentIntent: string): string;
  winDispute(dispute: string): void;
  /** The next payment of a subscription, with a card that is declined; gives the invoice's name. */
  failRenewal(subscription: string): string;
  /** Sends all euros to the bank; gives the payout's name. */
  payOut(): string;
  /** What the bank says about a payout. */
  settlePayout(payout: string, outcome: "paid" | "failed"): void;
  /** Every event so far, oldest first. */
  notices(): ToldNotice[];
  /** The event as our webhook gets it. */
  notice(id: string): Event | undefined;
  /** Tells an event again, all at once; gives what our webhook answered each time (0: nothing). */
  resend(id: string, times: number): Promise<number[]>;
  /** Resolves once our webhook has taken every event. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFakeStripe(settings: FakeStripeSettings): Promise<FakeStripe> {
  const store = openStore(settings.file);
  const courier = openCourier(store, settings, wrapEvents(store, settings.webhookSecret));
  const tell: Tell = (type, object, previous) => {
    const data = structuredClone({ object, ...(previous ? { previous_attributes: previous } : {}) });
    const about = { api_version: apiVersion, pending_webhooks: 1, request: { id: null, idempotency_key: null } };
    courier.deliver(store.make<Event>("event", "evt", { type, data, ...about } as Partial<Event>));
  };
  const saved = <Done>(done: Done): Done => {
    store.save();
    return done;
  };
  const app = new Hono();
  const server = await listen((request) => app.fetch(request), settings.port);
  const url = settings.publicUrl ?? `http://127.0.0.1:${server.port}`;
  app.route("/v1", buildApi(store, tell, settings.secretKey, url));
  app.route("/", buildPage(store, tell));
  app.route("/", buildDesk(store, tell, courier));
  return {
    url,
    port: server.port,
    pay,
    renew: (subscription) => saved(renew(store, tell, subscription).id),
    settle: (intent, outcome) => saved(settle(store, tell, intent, outcome)),
    refund: (payment_intent, amount) =>
      saved(refund(store, tell, { payment_intent, ...(amount === undefined ? {} : { amount: String(amount) }) }).id),
    failRefund: (id) => saved(failRefund(store, tell, id)),
    dispute: (intent) => saved(dispute(store, tell, intent).id),
    winDispute: (id) => saved(winDispute(store, tell, id)),
    failRenewal: (subscription) => saved(failRenewal(store, tell, subscription).id),
    payOut: () => saved(payOut(store, tell, "eur").id),
    settlePayout: (payout, outcome) => saved(settlePayout(store, tell, payout, outcome)),
    notices: () => noticesOf(store),
    notice: (id) => store.find<Event>("event", id),
    resend: courier.resend,
    settled: courier.settled,
    async stop() {
      courier.stop();
      await server.stop();
    },
  };
}

async function pay(sessionUrl: string, visitor: Visitor = {}): Promise<string> {
  const usual = { name: "Test Donor", email: "donor@example.org", card: "4242 4242 4242 4242", action: "pay" };
  const body = new URLSearchParams({ ...usual, ...visitor });
  const response = await fetch(sessionUrl, { method: "POST", body, redirect: "manual" });
  const text = await response.text();
  const next = response.headers.get("Location");
  if (!next) throw new Error(`The page says: ${/role="alert"><strong>([^<]*)/.exec(text)?.[1] ?? response.status}`);
  return next;
}
