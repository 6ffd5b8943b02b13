// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Stripe's own lists of payments, refunds, disputes, fees and payouts, in our words: each as the event would have told it.
import type { Stripe } from "stripe";
import type { ListedMoney } from "./money-list.ts";
import { listStripeBalance } from "./stripe-balance.ts";
import { toNotice } from "./stripe-notice.ts";

/** `nameOf` gives our name of the payment that a payment intent belongs to. */
export async function listStripeMoney(
  stripe: Stripe,
  from: string,
  to: string,
  live: boolean,
  nameOf: (intent: string) => Promise<string>,
): Promise<ListedMoney[]> {
  const seconds = (moment: string) => Math.floor(Date.parse(moment) / 1000);
  const created = { gte: seconds(from), lte: seconds(to) };
  const within = { created, limit: 100 };
  const names = new Map<string, string>();
  const ofInvoices = new Set<unknown>();
  for await (const { payment, invoice } of stripe.invoicePayments.list(within)) {
    ofInvoices.add(payment.payment_intent);
    names.set(idOf(payment.payment_intent), idOf(invoice));
  }
  const known = async (intent: string) => {
    const name = names.get(intent) ?? (await nameOf(intent));
    names.set(intent, name);
    return name;
  };
  const found: ListedMoney[] = [];
  const add = (type: string, thing: { id: string; created: number }) => found.push(...told(type, thing, live));
  // What pays an invoice is booked by the invoice; what is not ours has no reference of ours and was never told to us.
  for await (const intent of stripe.paymentIntents.list(within)) {
    if (intent.status !== "succeeded" || ofInvoices.has(intent.id) || !intent.metadata.reference) continue;
    names.set(intent.id, intent.id);
    add("checkout.session.completed", asSession(intent));
  }
  for await (const invoice of stripe.invoices.list({ ...within, status: "paid" })) add("invoice.paid", invoice);
  for await (const refund of stripe.refunds.list(within)) {
    if (refund.status === "failed") add("refund.created", { ...refund, status: "succeeded" } as Stripe.Refund);
    add(refund.status === "failed" ? "refund.failed" : "refund.created", refund);
  }
  for await (const dispute of stripe.disputes.list(within)) {
    if (dispute.status.startsWith("warning_")) continue;
    add("charge.dispute.funds_withdrawn", dispute);
    if (dispute.status === "won") add("charge.dispute.funds_reinstated", dispute);
  }
  for (const { notice } of found) if (notice.original) notice.original = await known(notice.original);
  return [...found, ...(await listStripeBalance(stripe, created, known))];
}

function idOf(thing: string | { id: string } | null | undefined): string {
  return (typeof thing === "string" ? thing : thing?.id) ?? "";
}

function told(type: string, thing: { id: string; created: number }, live: boolean): ListedMoney[] {
  const { id, created } = thing;
  const event = { object: "event", id: `list.${type}.${id}`, type, created, livemode: live, data: { object: thing } };
  const read = toNotice(event as unknown as Stripe.Event, JSON.stringify(thing), live);
  return read.kind === "notice" ? [{ providerReference: read.providerReference, notice: read.notice }] : [];
}

/** A payment intent as the session that led to it tells it. */
function asSession({ id, created, amount_received, currency, metadata }: Stripe.PaymentIntent) {
  const money = { amount_total: amount_received, currency, payment_intent: id, metadata, payment_status: "paid" };
  return { id, created, mode: "payment", ...money };
}
