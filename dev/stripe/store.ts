// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the fake Stripe remembers, in a file where one is named. Things are of Stripe's types, with the few fields that are filled in.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Stripe } from "stripe";
import type { Delivery } from "../courier.ts";

export type Session = Stripe.Checkout.Session;
export type Event = Stripe.Event;
export type Thing =
  | Event
  | Session
  | Stripe.PaymentIntent
  | Stripe.Charge
  | Stripe.Subscription
  | Stripe.Invoice
  | Stripe.InvoicePayment
  | Stripe.Refund
  | Stripe.Dispute
  | Stripe.Payout
  | Stripe.BalanceTransaction;

/** What the session's request said and the session itself does not tell. */
export interface Order {
  description: string;
  /** As people say it: "month", "3 months". */
  interval: string | null;
  /** Of `payment_intent_data` or `subscription_data`: Stripe copies nothing from the session's own metadata. */
  metadata: Record<string, string>;
}

interface Remembered {
  things: Record<string, Thing>;
  orders: Record<string, Order>;
  answers: Record<string, { request: string; body: unknown }>;
  deliveries: Record<string, Delivery>;
  /** By the movement of the balance that went to the bank in it. */
  payouts: Record<string, string>;
}

export interface Store extends Remembered {
  /** Makes a thing with the fields that matter here; `prefix` begins its name, as with Stripe. */
  make<T extends Thing>(object: T["object"], prefix: string, fields: Partial<T>): T;
  /** All things of one kind, oldest first, e.g. `all<Refund>("refund")`. */
  all<T extends Thing>(object: T["object"]): T[];
  find<T extends Thing>(object: T["object"], id: unknown): T | undefined;
  /** Writes the file; called once after each request that changed something. */
  save(): void;
}

export function openStore(file: string | undefined): Store {
  const nothing: Remembered = { things: {}, orders: {}, answers: {}, deliveries: {}, payouts: {} };
  const remembered: Remembered =
    file && existsSync(file) ? { ...nothing, ...JSON.parse(readFileSync(file, "utf8")) } : nothing;
  const all = <T extends Thing>(object: T["object"]) =>
    Object.values(remembered.things).filter((thing): thing is T => thing.object === object);
  return {
    ...remembered,
    make<T extends Thing>(object: T["object"], prefix: string, fields: Partial<T>) {
      const id = `${prefix}_${randomBytes(12).toString("hex")}`;
      const thing = { id, object, created: nowSeconds(), livemode: false, ...fields } as T;
      remembered.things[id] = thing;
      return thing;
    },
    all,
    find<T extends Thing>(object: T["object"], id: unknown) {
      const thing = remembered.things[String(id)];
      return thing?.object === object ? (thing as T) : undefined;
    },
    save() {
      if (!file) return;
      writeFileSync(`${file}.new`, JSON.stringify(remembered));
      renameSync(`${file}.new`, file);
    },
  };
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
