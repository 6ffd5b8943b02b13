// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Subscriptions at PayPal: one product, a plan for each rhythm and currency, the amount in each subscription.
import type { Interval, MoneyShape } from "@cdb/api/shapes.ts";
import { type CallPaypal, type Json, PaypalRefusal } from "./paypal-api.ts";
import { fromPaypalValue, toPaypalValue } from "./paypal-money.ts";
import { objectOf } from "./paypal-notice.ts";
import type { RenewalWish } from "./renewal.ts";

type Recurring = Exclude<Interval, "once">;

const product = "COMMUNITY-DATABASE-DONATION";
const rhythm: Record<Recurring, { interval_unit: "MONTH" | "YEAR"; interval_count: number }> = {
  monthly: { interval_unit: "MONTH", interval_count: 1 },
  quarterly: { interval_unit: "MONTH", interval_count: 3 },
  yearly: { interval_unit: "YEAR", interval_count: 1 },
};

/** Gives the number of the plan, which PayPal keeps for us: looked up by its name, made where there is none yet. */
export type FindPlan = (interval: Recurring, currency: string) => Promise<string>;

export function openPlans(call: CallPaypal, organisation: string): FindPlan {
  const known = new Map<string, Promise<string>>();
  return (interval, currency) => {
    const name = `${interval} ${currency}`;
    const plan = known.get(name) ?? findOrMake(call, organisation, interval, currency, name);
    known.set(name, plan);
    // What failed is tried again by whoever comes next.
    plan.catch(() => known.delete(name));
    return plan;
  };
}

async function findOrMake(
  call: CallPaypal,
  organisation: string,
  interval: Recurring,
  currency: string,
  name: string,
): Promise<string> {
  for (const plan of await listPlans(call))
    if (plan.name === name && plan.status === "ACTIVE" && typeof plan.id === "string") return plan.id;
  await makeProduct(call, organisation);
  // The price is an example: each subscription has its own.
  const fixed_price = { value: toPaypalValue({ amount: 1000, currency }), currency_code: currency };
  const cycle = { sequence: 1, tenure_type: "REGULAR", total_cycles: 0, pricing_scheme: { fixed_price } };
  const plan = await call({
    method: "POST",
    path: "/v1/billing/plans",
    key: `plan-${interval}-${currency}`,
    body: {
      ...{ product_id: product, name, status: "ACTIVE" },
      billing_cycles: [{ ...cycle, frequency: rhythm[interval] }],
      payment_preferences: { auto_bill_outstanding: false, payment_failure_threshold: 3 },
    },
  });
  return String(plan.id);
}

async function listPlans(call: CallPaypal): Promise<Json[]> {
  try {
    const path = `/v1/billing/plans?product_id=${product}&page_size=20`;
    const { plans } = await call({ method: "GET", path });
    return Array.isArray(plans) ? plans.map(objectOf) : [];
  } catch (error) {
    if (error instanceof PaypalRefusal && error.status === 404) return [];
    throw error;
  }
}

async function makeProduct(call: CallPaypal, organisation: string): Promise<void> {
  const body = { id: product, name: `Donations to ${organisation}`.slice(0, 127), type: "SERVICE" };
  try {
    await call({ method: "POST", path: "/v1/catalogs/products", body });
  } catch (error) {
    if (!(error instanceof PaypalRefusal && error.issues.includes("DUPLICATE_RESOURCE_IDENTIFIER"))) throw error;
  }
}

/** What a subscription says of its plan: the amount of this one. */
export function pricedPlan(amount: MoneyShape): Json {
  const fixed_price = { value: toPaypalValue(amount), currency_code: amount.currency };
  return { billing_cycles: [{ sequence: 1, total_cycles: 0, pricing_scheme: { fixed_price } }] };
}

/**
 * Ends, pauses or resumes a subscription. What was cancelled at PayPal cannot go on, and another amount needs the donor's
 * consent on PayPal's page: then the old one is cancelled, so that no amount is taken that nobody promises any more.
 */
export async function alignPaypalRenewal(call: CallPaypal, id: string, wish: RenewalWish): Promise<"aligned" | "gone"> {
  const subscription = await getSubscription(call, id);
  const status = String(subscription?.status);
  const ended = wish.state === "ended";
  if (!subscription || status === "CANCELLED" || status === "EXPIRED") return ended ? "aligned" : "gone";
  const act = (verb: "cancel" | "suspend" | "activate", reason: string) =>
    call({ method: "POST", path: `/v1/billing/subscriptions/${id}/${verb}`, body: { reason } });
  const otherAmount = !sameAmount(subscription, wish.amount);
  if (ended || otherAmount) {
    await act("cancel", ended ? "The pledge was ended." : "The amount was changed.");
    return ended ? "aligned" : "gone";
  }
  if (wish.state === "paused" && status === "ACTIVE") await act("suspend", "The pledge pauses.");
  if (wish.state === "open" && status === "SUSPENDED") await act("activate", "The pledge goes on.");
  return "aligned";
}

/** `undefined` when PayPal knows none under this name. */
export async function getSubscription(call: CallPaypal, id: string): Promise<Json | undefined> {
  try {
    return await call({ method: "GET", path: `/v1/billing/subscriptions/${encodeURIComponent(id)}?fields=plan` });
  } catch (error) {
    if (error instanceof PaypalRefusal && error.status === 404) return undefined;
    throw error;
  }
}

function sameAmount(subscription: Json, { amount, currency }: MoneyShape): boolean {
  const cycles = objectOf(subscription.plan).billing_cycles;
  const regular = (Array.isArray(cycles) ? cycles.map(objectOf) : []).find((each) => each.tenure_type !== "TRIAL");
  const price = objectOf(objectOf(regular?.pricing_scheme).fixed_price);
  const known = fromPaypalValue(price.value, price.currency_code);
  // Where PayPal does not tell the amount, nothing is cancelled for it.
  return known === undefined || (known.amount === amount && known.currency === currency);
}
