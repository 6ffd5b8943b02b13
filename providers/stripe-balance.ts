// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What Stripe's balance tells beside the payments themselves: fees, payouts to our bank, and of what a payout was made.
import type { Notice } from "@cdb/api/payments.ts";
import type { Stripe } from "stripe";
import type { ListedMoney, MoneyName } from "./money-list.ts";
import { fromStripeAmount } from "./stripe-notice.ts";

type Transaction = Stripe.BalanceTransaction;

/** `nameOf` gives our name of the payment that a payment intent belongs to. */
export async function listStripeBalance(
  stripe: Stripe,
  created: { gte: number; lte: number },
  nameOf: (intent: string) => Promise<string>,
): Promise<ListedMoney[]> {
  const found: ListedMoney[] = [];
  for await (const transaction of stripe.balanceTransactions.list({ created, ...whole }))
    found.push(...(await tellOf(transaction, nameOf)));
  for await (const payout of stripe.payouts.list({ created, limit: 100 })) {
    const listed = found.find((it) => it.providerReference === payout.id && it.notice.kind === "payout");
    if (listed && payout.automatic) listed.parts = await partsOf(stripe, payout.id, nameOf);
  }
  return found;
}

const whole = { limit: 100, expand: ["data.source"] };

async function tellOf(transaction: Transaction, nameOf: (intent: string) => Promise<string>): Promise<ListedMoney[]> {
  const { id, type, amount, fee } = transaction;
  if (type === "payout") return [told(transaction, "payout", sourceId(transaction), -amount)];
  if (type === "payout_failure" || type === "payout_cancel")
    return [told(transaction, "payout-returned", sourceId(transaction), amount)];
  if (ownFees.has(type)) return amount === 0 ? [] : [told(transaction, feeKind(-amount), id, Math.abs(amount))];
  const of = fee === 0 ? undefined : await nameAndKind(transaction, nameOf);
  return of ? [told(transaction, feeKind(fee), of.providerReference, Math.abs(fee), of.providerReference)] : [];
}

/** What Stripe takes by itself, not from a payment. */
const ownFees = new Set(["stripe_fee", "stripe_fx_fee", "tax_fee"]);

function feeKind(fee: number): "fee" | "fee-returned" {
  return fee > 0 ? "fee" : "fee-returned";
}

async function partsOf(
  stripe: Stripe,
  payout: string,
  nameOf: (intent: string) => Promise<string>,
): Promise<MoneyName[]> {
  const parts: MoneyName[] = [];
  for await (const transaction of stripe.balanceTransactions.list({ payout, ...whole })) {
    if (transaction.type === "payout") continue;
    const of = await nameAndKind(transaction, nameOf);
    if (of) parts.push(of);
    for (const { providerReference, notice } of await tellOf(transaction, nameOf))
      parts.push({ providerReference, kind: notice.kind });
  }
  return parts;
}

/** The payment, refund or dispute that moved the balance, under our name; undefined: it is none of those. */
async function nameAndKind(
  { source, amount }: Transaction,
  nameOf: (intent: string) => Promise<string>,
): Promise<MoneyName | undefined> {
  if (typeof source !== "object" || source === null) return undefined;
  if (source.object === "charge") {
    const { payment_intent: intent } = source;
    if (!intent) return undefined;
    const name = await nameOf(typeof intent === "string" ? intent : intent.id);
    return { providerReference: name, kind: "received" };
  }
  if (source.object === "refund") return { providerReference: source.id, kind: amount < 0 ? "refunded" : "reinstated" };
  if (source.object === "dispute")
    return { providerReference: source.id, kind: amount < 0 ? "disputed" : "reinstated" };
  return undefined;
}

function told(
  transaction: Transaction,
  kind: Notice["kind"],
  providerReference: string,
  amount: number,
  original?: string,
): ListedMoney {
  const { id, created, currency } = transaction;
  const notice = {
    ...{ noticeId: `list.${kind}.${id}`, kind, amount: fromStripeAmount(amount, currency, id) },
    ...{ happenedAt: new Date(created * 1000).toISOString(), reference: "", payer: { name: "", email: "" } },
    ...(original ? { original } : {}),
    raw: JSON.stringify({ ...transaction, source: sourceId(transaction) }),
  };
  return { providerReference, notice };
}

function sourceId({ id, source }: Transaction): string {
  return (typeof source === "string" ? source : source?.id) ?? id;
}
