// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// PayPal's events in our words. The same money has the same name in whichever event, or IPN, it is told.
import type { Notice } from "@cdb/api/payments.ts";
import type { MoneyShape } from "@cdb/api/shapes.ts";
import { UnreadableNotice } from "./errors.ts";
import { emailOrNothing, oneLine } from "./notice-text.ts";
import type { Json } from "./paypal-api.ts";
import { fromPaypalValue } from "./paypal-money.ts";

export type ReadPaypalNotice =
  | { kind: "notice"; provider: "paypal"; providerReference: string; notice: Notice }
  /** The donor approved an order: the money is to be taken now. */
  | { kind: "approved"; order: string }
  /** PayPal takes nothing more for this renewal. */
  | { kind: "renewal-ended"; provider: "paypal"; renewal: string }
  /** `look`: nothing is booked, but a person should know. */
  | { kind: "ignored"; why: string; look: boolean };

/** What an event says about money, before it is a notice. */
export interface PaypalMoney {
  name: string;
  kind: Notice["kind"];
  amount: MoneyShape;
  happenedAt: string;
  reference: string;
  payer: { name: string; email: string };
  original?: string;
  renewal?: string;
  /** What PayPal kept, where it says so. */
  fee?: MoneyShape;
}

/** Translates a genuine event. Throws UnreadableNotice for a shape that we do not know. */
export function toPaypalNotice(raw: string): ReadPaypalNotice {
  const event = readEvent(raw);
  const { id, type, resource } = event;
  if (type === "CHECKOUT.ORDER.APPROVED") return { kind: "approved", order: nameOf(resource.id, event) };
  if (subscriptionEnds(type, resource))
    return { kind: "renewal-ended", provider: "paypal", renewal: nameOf(resource.id, event) };
  const money = readMoney(event);
  return "why" in money ? money : noticeOf(money, id, raw);
}

export function noticeOf(money: PaypalMoney, noticeId: string, raw: string): ReadPaypalNotice {
  const { name, ...told } = money;
  return { kind: "notice", provider: "paypal", providerReference: name, notice: { noticeId, ...told, raw } };
}

export function ignored(why: string, look = false): ReadPaypalNotice & { kind: "ignored" } {
  return { kind: "ignored", why, look };
}

interface PaypalEvent {
  id: string;
  type: string;
  createdAt: string;
  resource: Json;
}

const rawMax = 200_000;

function readEvent(raw: string): PaypalEvent {
  let event: Json;
  try {
    event = objectOf(JSON.parse(raw));
  } catch {
    throw new UnreadableNotice("The notice is signed, but is no JSON.");
  }
  const { id, event_type: type, create_time: createdAt } = event;
  if (typeof id !== "string" || !/^[A-Za-z0-9_.:-]{1,120}$/.test(id) || typeof type !== "string" || raw.length > rawMax)
    throw new UnreadableNotice("The notice is no event of PayPal.");
  return { id, type, createdAt: String(createdAt), resource: objectOf(event.resource) };
}

function readMoney(event: PaypalEvent): PaypalMoney | (ReadPaypalNotice & { kind: "ignored" }) {
  const { type } = event;
  switch (type) {
    case "PAYMENT.CAPTURE.COMPLETED":
      return readPayment(event, "received");
    case "PAYMENT.CAPTURE.DENIED":
    case "PAYMENT.CAPTURE.DECLINED":
      return readPayment(event, "failed");
    case "PAYMENT.SALE.COMPLETED":
      return readPayment(event, "received");
    case "PAYMENT.SALE.DENIED":
      return readPayment(event, "failed");
    case "PAYMENT.CAPTURE.REFUNDED":
    case "PAYMENT.CAPTURE.REVERSED":
    case "PAYMENT.SALE.REFUNDED":
    case "PAYMENT.SALE.REVERSED":
      return readRefund(event);
    case "BILLING.SUBSCRIPTION.PAYMENT.FAILED":
      return readFailedRenewal(event);
    case "CUSTOMER.DISPUTE.CREATED":
    case "CUSTOMER.DISPUTE.RESOLVED":
      return readDispute(event);
    default:
      return ignored(`${oneLine(type, 80)} moves no money by itself`, type === "BILLING.SUBSCRIPTION.SUSPENDED");
  }
}

/** A capture of an order (second API), or a sale of a subscription (first API). */
function readPayment(event: PaypalEvent, kind: "received" | "failed"): PaypalMoney {
  const { resource } = event;
  const renewal = resource.billing_agreement_id;
  const fee = kind === "received" ? feeOf(resource) : undefined;
  return {
    name: nameOf(resource.id, event),
    kind,
    amount: amountOf(resource.amount, event),
    // A payment that was pending is there when it was completed, not when it began.
    happenedAt: momentOf(resource.update_time ?? resource.create_time ?? event.createdAt, event),
    reference: oneLine(resource.custom_id ?? resource.custom, 140),
    payer: nobody,
    ...(renewal ? { renewal: nameOf(renewal, event) } : {}),
    ...(fee ? { fee } : {}),
  };
}

/** Of a capture, or of a sale; what is told otherwise is found in PayPal's own list. */
function feeOf(resource: Json): MoneyShape | undefined {
  const { value: second, currency_code } = objectOf(objectOf(resource.seller_receivable_breakdown).paypal_fee);
  const { value: first, currency } = objectOf(resource.transaction_fee);
  return fromPaypalValue(second ?? first, currency_code ?? currency);
}

function readRefund(event: PaypalEvent): PaypalMoney {
  const { resource } = event;
  const original = resource.sale_id ?? captureAbove(resource.links);
  return {
    name: nameOf(resource.id, event),
    kind: "refunded",
    amount: amountOf(resource.amount, event),
    happenedAt: momentOf(resource.create_time ?? event.createdAt, event),
    reference: oneLine(resource.custom_id ?? resource.custom, 140),
    payer: nobody,
    ...(original ? { original: nameOf(original, event) } : {}),
  };
}

// A refund tells the payment that it gives back only by the address that lies above its own.
function captureAbove(links: unknown): string | undefined {
  for (const link of Array.isArray(links) ? links.map(objectOf) : [])
    if (link.rel === "up") return /\/captures\/([A-Za-z0-9]+)$/.exec(String(link.href))?.[1];
  return undefined;
}

function readFailedRenewal(event: PaypalEvent): PaypalMoney {
  const { resource } = event;
  const failed = objectOf(objectOf(resource.billing_info).last_failed_payment);
  const renewal = nameOf(resource.id, event);
  const happenedAt = momentOf(failed.time ?? event.createdAt, event);
  const subscriber = objectOf(resource.subscriber);
  return {
    // A failed charge has no number of its own; PayPal tries again on another day.
    name: `${renewal}:failed:${happenedAt.replace(/\D/g, "")}`,
    kind: "failed",
    amount: amountOf(failed.amount, event),
    happenedAt,
    reference: oneLine(resource.custom_id, 140),
    payer: { name: fullName(objectOf(subscriber.name)), email: emailOrNothing(subscriber.email_address) },
    renewal,
  };
}

const forUs = new Set(["RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED", "NONE"]);

function readDispute(event: PaypalEvent): PaypalMoney | (ReadPaypalNotice & { kind: "ignored" }) {
  const { resource } = event;
  const over = event.type === "CUSTOMER.DISPUTE.RESOLVED";
  const outcome = String(objectOf(resource.dispute_outcome).outcome_code);
  if (over && !forUs.has(outcome)) return ignored("a dispute was lost: its money is booked as taken back", true);
  const [transaction] = Array.isArray(resource.disputed_transactions) ? resource.disputed_transactions : [];
  const original = objectOf(transaction).seller_transaction_id;
  return {
    name: nameOf(resource.dispute_id, event),
    kind: over ? "reinstated" : "disputed",
    amount: amountOf(resource.dispute_amount, event),
    happenedAt: momentOf((over ? resource.update_time : resource.create_time) ?? event.createdAt, event),
    reference: "",
    payer: nobody,
    ...(original ? { original: nameOf(original, event) } : {}),
  };
}

/** PayPal suspends what it could not charge; what we suspended, for a pause, goes on later. */
function subscriptionEnds(type: string, resource: Json): boolean {
  if (type === "BILLING.SUBSCRIPTION.CANCELLED" || type === "BILLING.SUBSCRIPTION.EXPIRED") return true;
  const failures = Number(objectOf(resource.billing_info).failed_payments_count);
  return type === "BILLING.SUBSCRIPTION.SUSPENDED" && failures > 0;
}

const nobody = { name: "", email: "" };

export function fullName(name: Json): string {
  return oneLine([name.given_name, name.surname].filter((part) => typeof part === "string").join(" "), 300);
}

export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function unreadable(event: PaypalEvent): UnreadableNotice {
  return new UnreadableNotice(`${oneLine(event.type, 80)} has an unknown shape.`);
}

function nameOf(value: unknown, event: PaypalEvent): string {
  if (typeof value !== "string" || !/^[A-Za-z0-9-]{1,80}$/.test(value)) throw unreadable(event);
  return value;
}

/** `{ value, currency_code }` of the second API, `{ total, currency }` of the first. */
function amountOf(value: unknown, event: PaypalEvent): MoneyShape {
  const { value: second, total, currency_code, currency } = objectOf(value);
  const amount = fromPaypalValue(second ?? total, currency_code ?? currency);
  if (!amount) throw unreadable(event);
  return amount;
}

function momentOf(value: unknown, event: PaypalEvent): string {
  const time = typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw unreadable(event);
  return new Date(time).toISOString();
}
