// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A fake of PayPal with behaviour: its API, its approval page, its notices and IPN, for development and tests.
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { type Manner, openCourier } from "../courier.ts";
import { buildApi } from "./api.ts";
import { openProof } from "./deliver.ts";
import { buildDesk, noticesOf, type ToldNotice } from "./desk.ts";
import {
  changeState,
  dispute,
  failRenewal,
  get,
  refund,
  renew,
  resolve,
  settle,
  type Tell,
  withdraw,
} from "./money.ts";
import { buildPage } from "./page.ts";
import { major } from "./refusal.ts";
import { type Event, newId, openStore, type Payment, type Subscription } from "./store.ts";

export interface FakePaypalSettings extends Manner {
  /** 0 lets the system choose. */
  port: number;
  /** How browsers reach it; absent: http://127.0.0.1 and the port. */
  publicUrl?: string | undefined;
  clientId: string;
  clientSecret: string;
  webhookId: string;
  /** Whose account it is, as IPN tell. */
  receiver?: string | undefined;
  /** Where it remembers over a restart; absent: nowhere. */
  file?: string | undefined;
}

export interface Visitor {
  name?: string;
  email?: string;
  by?: "balance" | "check" | "declined";
  action?: "approve" | "cancel";
}

export interface FakePaypal {
  url: string;
  port: number;
  /** Presses the button on the page as a browser does; gives where the browser is sent next. Throws when the page says no. */
  approve(pageUrl: string, visitor?: Visitor): Promise<string>;
  payments(): Payment[];
  subscriptions(): Subscription[];
  /** The next payment of a subscription; gives its name. */
  renew(subscription: string): string;
  failRenewal(subscription: string): void;
  cancel(subscription: string): void;
  settle(payment: string, outcome: "COMPLETED" | "DECLINED"): void;
  /** Gives money back, all or `amount` in minor units; gives the refund's name. */
  refund(payment: string, amount?: number): string;
  dispute(payment: string): string;
  resolve(dispute: string, outcome: "RESOLVED_SELLER_FAVOUR" | "RESOLVED_BUYER_FAVOUR"): void;
  /** Sends all euros to the bank; gives the withdrawal's name. */
  withdraw(): string;
  /** Every event so far, oldest first. */
  notices(): ToldNotice[];
  resend(id: string, times: number): Promise<number[]>;
  /** The bytes of an IPN about a payment, which `/cgi-bin/webscr` knows again. */
  ipn(payment: string, more?: Record<string, string>): Buffer<ArrayBuffer>;
  /** Every token of its API so far is good no more. */
  forgetTokens(): void;
  /** Resolves once our webhook has taken every event. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFakePaypal(settings: FakePaypalSettings): Promise<FakePaypal> {
  const store = openStore(settings.file);
  const app = new Hono();
  const server = await listen((request) => app.fetch(request), settings.port);
  const url = `http://127.0.0.1:${server.port}`;
  const proof = openProof(store, settings.webhookId, settings.receiver ?? "receiver@example.org", () => url);
  const courier = openCourier(store, settings, proof.wrap);
  const tell: Tell = (event_type, resource_type, resource) => {
    const about = {
      event_version: "1.0" as const,
      create_time: new Date().toISOString(),
      summary: event_type.toLowerCase(),
    };
    const event: Event = {
      id: `WH-${newId()}-${newId()}`,
      ...about,
      resource_type,
      event_type,
      resource: structuredClone(resource),
    };
    store.events[event.id] = event;
    courier.deliver(event);
  };
  const ipn = (payment: string, more?: Record<string, string>) => proof.ipn(get(store.payments, payment), more);
  const tellIpn = async (payment: string) => {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    return (await fetch(`${settings.webhookUrl}/ipn`, { method: "POST", body: ipn(payment), headers })).status;
  };
  const saved = <Done>(done: Done): Done => {
    store.save();
    return done;
  };
  const api = buildApi(store, tell, settings, () => settings.publicUrl ?? url);
  app.route("/", proof.app);
  app.route("/", buildPage(store, tell));
  app.route("/", buildDesk(store, tell, courier, tellIpn));
  app.route("/", api.app);
  return {
    url,
    port: server.port,
    approve,
    payments: () => Object.values(store.payments),
    subscriptions: () => Object.values(store.subscriptions),
    renew: (id) => saved(renew(store, tell, id).id),
    failRenewal: (id) => saved(failRenewal(store, tell, id)),
    cancel: (id) => saved(changeState(store, tell, id, "cancel")),
    settle: (id, outcome) => void saved(settle(store, tell, id, outcome)),
    refund: (id, amount) => {
      const { currency_code } = get(store.payments, id).amount;
      return saved(refund(store, tell, id, amount === undefined ? undefined : major(amount, currency_code)).id);
    },
    dispute: (id) => saved(dispute(store, tell, id)),
    resolve: (id, outcome) => saved(resolve(store, tell, id, outcome)),
    withdraw: () => saved(withdraw(store).id),
    notices: () => noticesOf(store),
    resend: courier.resend,
    ipn,
    forgetTokens: api.forgetTokens,
    settled: courier.settled,
    async stop() {
      courier.stop();
      await server.stop();
    },
  };
}

async function approve(pageUrl: string, visitor: Visitor = {}): Promise<string> {
  const usual = { name: "Pat Donor", email: "paypal-donor@example.com", by: "balance", action: "approve" };
  const body = new URLSearchParams({ ...usual, ...visitor });
  const response = await fetch(pageUrl, { method: "POST", body, redirect: "manual" });
  const text = await response.text();
  const next = response.headers.get("Location");
  if (!next) throw new Error(`The page says: ${/role="alert"><strong>([^<]*)/.exec(text)?.[1] ?? response.status}`);
  return next;
}
