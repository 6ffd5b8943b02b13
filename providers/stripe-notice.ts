// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Stripe's events in our words. The same money has the same name in whichever event it is told.
import type { Notice } from "@cdb/api/payments.ts";
import type { MoneyShape } from "@cdb/api/shapes.ts";
import type { Stripe } from "stripe";
import { UnreadableNotice } from "./errors.ts";
import { emailOrNothing, oneLine } from "./notice-text.ts";
import type { Warning } from "./warning.ts";

export type ReadNotice =
  | { kind: "notice"; provider: "stripe"; providerReference: string; notice: Notice }
  /** Stripe takes nothing more for this subscription. */
  | { kind: "renewal-ended"; provider: "stripe"; renewal: string }
  | Warning
  | { kind: "ignored"; why: string };

interface Money {
  /** A payment intent (given once), an invoice (renewal), a refund, a dispute, a payout. */
  name: string;
  kind: Notice["kind"];
  amount: MoneyShape;
  reference: string | null | undefined;
  payer?: { name: string | null; email: string | null } | undefined;
  renewal?: string;
  /** For a refund or a dispute: the payment intent whose money went back. */
  original?: string;
}

/** Translates a genuine event. Throws UnreadableNotice for a shape that another API version may have. */
export function toNotice(event: Stripe.Event, raw: string, live: boolean): ReadNotice {
  if (event?.object !== "event" || !event.data?.object) throw new UnreadableNotice("The notice is not an event.");
  if (event.livemode !== live) return ignored(`told by Stripe's ${live ? "test" : "live"} mode, we use the other`);
  const told = { provider: "stripe", noticeId: event.id } as const;
  if (event.account) return { ...told, kind: "foreign", raw: raw.length <= rawMax ? raw : shortened(event) };
  if (event.type === "payment_intent.payment_failed")
    return { ...told, kind: "declined", reference: oneLine(event.data.object.metadata?.reference, 140) };
  if (event.type === "customer.subscription.deleted")
    return { kind: "renewal-ended", provider: "stripe", renewal: idOf(event.data.object, event) };
  const money = readMoney(event);
  if ("why" in money) return money;
  return {
    kind: "notice",
    provider: "stripe",
    providerReference: money.name,
    notice: {
      noticeId: event.id,
      kind: money.kind,
      amount: money.amount,
      happenedAt: new Date(event.created * 1000).toISOString(),
      reference: oneLine(money.reference, 140),
      payer: { name: oneLine(money.payer?.name, 300), email: emailOrNothing(money.payer?.email) },
      ...(money.original ? { original: money.original } : {}),
      ...(money.renewal ? { renewal: money.renewal } : {}),
      raw: raw.length <= rawMax ? raw : shortened(event),
    },
  };
}

type Ignored = { kind: "ignored"; why: string };

function readMoney(event: Stripe.Event): Money | Ignored {
  switch (event.type) {
    case "checkout.session.completed":
    case "checkout.session.async_payment_succeeded":
      return readSession(event.data.object, "received", event);
    case "checkout.session.async_payment_failed":
      return readSession(event.data.object, "failed", event);
    case "invoice.paid":
      return readInvoice(event.data.object, "received", event);
    case "invoice.payment_failed":
      return readInvoice(event.data.object, "failed", event);
    case "charge.dispute.funds_withdrawn":
      return readDispute(event.data.object, "disputed", event);
    case "charge.dispute.funds_reinstated":
      return readDispute(event.data.object, "reinstated", event);
    case "payout.created":
      return readPayout(event.data.object, "payout", event);
    case "payout.failed":
    case "payout.canceled":
      return readPayout(event.data.object, "payout-returned", event);
    case "refund.created":
    case "refund.updated":
    case "refund.failed":
      return readRefund(event.data.object, event);
    default:
      return ignored(`${event.type} moves no money by itself`);
  }
}

function readSession(session: Stripe.Checkout.Session, kind: Notice["kind"], event: Stripe.Event): Money | Ignored {
  if (session.mode === "subscription") return ignored("renewals are booked by their invoices");
  if (session.mode !== "payment") return ignored("nothing was to be paid");
  // SEPA debit: the session is complete days before the money is there.
  if (kind === "received" && session.payment_status !== "paid") return ignored("the money is not there yet");
  return {
    name: idOf(session.payment_intent, event),
    kind,
    amount: fromStripeAmount(session.amount_total, session.currency, event),
    reference: session.metadata?.reference ?? session.client_reference_id,
    payer: session.customer_details ?? undefined,
  };
}

function readInvoice(invoice: Stripe.Invoice, kind: "received" | "failed", event: Stripe.Event): Money | Ignored {
  if (invoice.parent === undefined) throw unreadable(event);
  const details = invoice.parent?.subscription_details;
  if (!details) return ignored("an invoice that belongs to no subscription");
  const paid = kind === "failed" ? invoice.amount_due : invoice.amount_paid - (invoice.amount_paid_off_stripe ?? 0);
  if (paid === 0) return ignored("nothing was paid by this invoice");
  return {
    name: idOf(invoice, event),
    kind,
    amount: fromStripeAmount(paid, invoice.currency, event),
    reference: details.metadata?.reference,
    payer: { name: invoice.customer_name, email: invoice.customer_email },
    renewal: idOf(details.subscription, event),
  };
}

// Stripe takes the money for a refund at once, whatever the donor's bank says of it later; when that refuses, the money is back.
function readRefund(refund: Stripe.Refund, event: Stripe.Event): Money | Ignored {
  const { status } = refund;
  if (status === "requires_action" || status === "canceled")
    return ignored("the refund waits for the donor, or was given up");
  return {
    name: idOf(refund, event),
    kind: status === "failed" ? "reinstated" : "refunded",
    amount: fromStripeAmount(refund.amount, refund.currency, event),
    reference: refund.metadata?.reference,
    ...(refund.payment_intent ? { original: idOf(refund.payment_intent, event) } : {}),
  };
}

// A dispute may withdraw less or more than was paid, in the currency of our account; what it says is what moved.
function readDispute(dispute: Stripe.Dispute, kind: "disputed" | "reinstated", event: Stripe.Event): Money | Ignored {
  return {
    name: idOf(dispute, event),
    kind,
    amount: fromStripeAmount(dispute.amount, dispute.currency, event),
    reference: "",
    ...(dispute.payment_intent ? { original: idOf(dispute.payment_intent, event) } : {}),
  };
}

// The balance has lost it from the beginning; days later it arrives, or comes back.
function readPayout(payout: Stripe.Payout, kind: "payout" | "payout-returned", event: Stripe.Event): Money {
  const amount = fromStripeAmount(payout.amount, payout.currency, event);
  return { name: idOf(payout, event), kind, amount, reference: "" };
}

function ignored(why: string): Ignored {
  return { kind: "ignored", why };
}

function unreadable(event: Stripe.Event | string): UnreadableNotice {
  if (typeof event === "string") return new UnreadableNotice(`${event} has an unknown shape.`);
  return new UnreadableNotice(`${event.type} has an unknown shape (API version ${event.api_version}).`);
}

function idOf(thing: string | { id: string } | null | undefined, event: Stripe.Event): string {
  const id = typeof thing === "string" ? thing : thing?.id;
  if (typeof id !== "string" || !/^[A-Za-z0-9_]{1,100}$/.test(id)) throw unreadable(event);
  return id;
}

// Stripe counts these in hundredths although they have none (https://docs.stripe.com/currencies#special-cases).
const withoutHundredths = new Set(["ISK", "UGX"]);

/** Our minor units as Stripe counts them. */
export function toStripeAmount({ amount, currency }: MoneyShape): number {
  return withoutHundredths.has(currency) ? amount * 100 : amount;
}

/** Throws UnreadableNotice, which names the event. */
export function fromStripeAmount(
  counted: number | null,
  code: string | null,
  event: Stripe.Event | string,
): MoneyShape {
  const currency = String(code).toUpperCase();
  const amount = withoutHundredths.has(currency) ? Number(counted) / 100 : counted;
  if (!/^[A-Z]{3}$/.test(currency) || !Number.isSafeInteger(amount) || Number(amount) < 1) throw unreadable(event);
  return { amount: Number(amount), currency };
}

const rawMax = 200_000;

function shortened(event: Stripe.Event): string {
  const { id } = event.data.object as { id?: string };
  return JSON.stringify({ ...event, data: { object: { id } }, shortened: true });
}
