// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A subscription at Stripe, brought in line with what the donor promises now (https://docs.stripe.com/api/subscriptions/update).
import type { MoneyShape } from "@cdb/api/shapes.ts";
import type { Stripe } from "stripe";
import type { RenewalWish } from "./renewal.ts";
import { toStripeAmount } from "./stripe-notice.ts";

export async function alignSubscription(
  stripe: Stripe,
  id: string,
  { state, amount }: RenewalWish,
): Promise<"aligned" | "gone"> {
  const subscription = await retrieve(stripe, id);
  const [ended, paused] = [state === "ended", state === "paused"];
  if (!subscription || over.has(subscription.status)) return ended ? "aligned" : "gone";
  const item = ended ? undefined : changedItem(subscription, amount);
  const pauses = (subscription.pause_collection ?? null) !== null;
  if (subscription.cancel_at_period_end === ended && pauses === paused && !item) return "aligned";
  await stripe.subscriptions.update(id, {
    cancel_at_period_end: ended,
    // Invoices of the time in between are void: nothing is asked for later.
    pause_collection: paused ? { behavior: "void" } : "",
    proration_behavior: "none",
    ...(item && { items: [item] }),
  });
  return "aligned";
}

const over = new Set<Stripe.Subscription.Status>(["canceled", "incomplete_expired"]);

async function retrieve(stripe: Stripe, id: string): Promise<Stripe.Subscription | undefined> {
  try {
    return await stripe.subscriptions.retrieve(id);
  } catch (error) {
    if ((error as { code?: string }).code === "resource_missing") return undefined;
    throw error;
  }
}

// A price cannot be changed; the item gets another one, of the same product and rhythm.
function changedItem(
  { items }: Stripe.Subscription,
  amount: MoneyShape,
): Stripe.SubscriptionUpdateParams.Item | undefined {
  const [item] = items.data;
  const { price } = item ?? {};
  const unit_amount = toStripeAmount(amount);
  if (!item || !price?.recurring || price.unit_amount === unit_amount) return undefined;
  const { interval, interval_count } = price.recurring;
  const product = typeof price.product === "string" ? price.product : price.product.id;
  const price_data = { currency: price.currency, product, unit_amount, recurring: { interval, interval_count } };
  return { id: item.id, price_data };
}
