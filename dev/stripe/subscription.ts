// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A subscription at the fake Stripe: its one item, and how it is changed or ended.
import { randomBytes } from "node:crypto";
import type { Stripe } from "stripe";
import type { Tell } from "./money.ts";
import { currency, flag, integer, list, missing, oneOf, Refusal, shape, type Tree, text } from "./parameters.ts";

export type Subscription = Stripe.Subscription;

/** `interval` as people say it: "month", "3 months". */
export function itemsOf(amount: number, currency: string, interval: string | null): Subscription["items"] {
  const [, count = "1", unit = "month"] = /^(?:(\d+) )?([a-z]+?)s?$/.exec(interval ?? "") ?? [];
  const name = (prefix: string) => `${prefix}_${randomBytes(8).toString("hex")}`;
  const recurring = { interval: unit, interval_count: Number(count) };
  const price = { id: name("price"), currency, unit_amount: amount, product: name("prod"), recurring };
  return { object: "list", data: [{ id: name("si"), price, quantity: 1 }] } as unknown as Subscription["items"];
}

const params = shape({
  cancel_at_period_end: flag,
  pause_collection: (value, param) => {
    if (value !== "")
      shape({ behavior: oneOf("keep_as_draft", "mark_uncollectible", "void") }, ["behavior"])(value, param);
  },
  proration_behavior: oneOf("always_invoice", "create_prorations", "none"),
  items: list(
    shape({
      id: text(100),
      price_data: shape({
        currency,
        product: text(100),
        unit_amount: integer,
        recurring: shape({ interval: oneOf("day", "month", "week", "year"), interval_count: integer }),
      }),
    }),
    20,
  ),
});

/** As `POST /v1/subscriptions/:id`: ends with its period, or not after all; another price for its item. */
export function changeSubscription(subscription: Subscription, wish: Tree, tell: Tell): Subscription {
  params(wish, "");
  if (subscription.status === "canceled")
    throw new Refusal(400, "A canceled subscription can only update its cancellation_details and metadata.");
  const [change] = Object.values((wish.items ?? {}) as Tree) as Tree[];
  const item = subscription.items.data[0];
  if (change && item) changePrice(item, change);
  if (wish.cancel_at_period_end !== undefined) subscription.cancel_at_period_end = wish.cancel_at_period_end === "true";
  const { pause_collection: pause } = wish;
  if (pause !== undefined) subscription.pause_collection = pause === "" ? null : { behavior: "void", resumes_at: null };
  tell("customer.subscription.updated", subscription);
  return subscription;
}

function changePrice(item: Stripe.SubscriptionItem, { id, price_data }: Tree): void {
  if (id !== item.id) throw new Refusal(404, `No such subscription item: '${id}'`, { code: "resource_missing" });
  if (!price_data) throw missing("items[0][price]");
  const { unit_amount, product } = price_data as Tree;
  if (product !== item.price.product)
    throw new Refusal(404, `No such product: '${product}'`, { code: "resource_missing" });
  item.price = { ...item.price, id: `price_${randomBytes(8).toString("hex")}`, unit_amount: Number(unit_amount) };
}

/** The last period of one that was to end is over. */
export function endSubscription(subscription: Subscription, tell: Tell): void {
  subscription.status = "canceled";
  tell("customer.subscription.deleted", subscription);
}
