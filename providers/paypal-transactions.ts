// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// PayPal's own list of money that moved, by which what we booked can be compared (https://developer.paypal.com/docs/api/transaction-search/v1/).
import type { Notice } from "@cdb/api/payments.ts";
import type { MoneyShape } from "@cdb/api/shapes.ts";
import type { ListedMoney } from "./money-list.ts";
import { oneLine } from "./notice-text.ts";
import type { CallPaypal, Json } from "./paypal-api.ts";
import { fromPaypalValue } from "./paypal-money.ts";
import { objectOf } from "./paypal-notice.ts";

export interface PaypalTransaction {
  providerReference: string;
  /** By PayPal's code for what happened (T1106 a reversal, T1107 a refund, T04 to the bank, T01 fees of their own); `other`: disputes, conversions. */
  kind: "received" | "refunded" | "payout" | "fee" | "fee-returned" | "other";
  /** Without its sign, before the fee. */
  amount: MoneyShape;
  fee: { kind: "fee" | "fee-returned"; amount: MoneyShape } | undefined;
  happenedAt: string;
  reference: string;
  /** For a refund: the payment that was given back. */
  original: string | undefined;
}

// PayPal lists at most 31 days at a time.
const windowMs = 30 * 24 * 60 * 60 * 1000;

/** Refunds stand here, too: PayPal has no list of them alone. Throws ProviderUnavailable or ProviderRefused. */
export async function listTransactions(call: CallPaypal, from: string, to: string): Promise<PaypalTransaction[]> {
  const found: PaypalTransaction[] = [];
  const end = Date.parse(to);
  for (let start = Date.parse(from); start < end; start += windowMs) {
    const last = new Date(Math.min(start + windowMs, end)).toISOString();
    for (let page = 1, pages = 1; page <= pages; page++) {
      const query = new URLSearchParams({ start_date: new Date(start).toISOString(), end_date: last, page: `${page}` });
      const path = `/v1/reporting/transactions?${query}&page_size=500&fields=transaction_info&transaction_status=S`;
      const answer = await call({ method: "GET", path });
      pages = Number(answer.total_pages ?? 1);
      const details = Array.isArray(answer.transaction_details) ? answer.transaction_details : [];
      for (const each of details) found.push(...read(objectOf(objectOf(each).transaction_info)));
    }
  }
  // The end of one window is the begin of the next.
  return [...new Map(found.map((each) => [each.providerReference, each])).values()];
}

/** The same, as notices would have told it. Disputes are not among it: they are told with more than a sum. */
export async function listPaypalMoney(call: CallPaypal, from: string, to: string): Promise<ListedMoney[]> {
  return (await listTransactions(call, from, to)).flatMap((transaction) => {
    const { providerReference, kind, amount, fee, reference, original } = transaction;
    const own =
      kind === "other" ? [] : [told(transaction, kind, amount, { reference, ...(original ? { original } : {}) })];
    return fee
      ? [...own, told(transaction, fee.kind, fee.amount, { reference: "", original: providerReference })]
      : own;
  });
}

function told(
  transaction: PaypalTransaction,
  kind: Notice["kind"],
  amount: MoneyShape,
  about: { reference: string; original?: string },
): ListedMoney {
  const { providerReference, happenedAt } = transaction;
  const notice = {
    ...{ noticeId: `list.${kind}.${providerReference}`, kind, amount, ...about },
    happenedAt: new Date(happenedAt).toISOString(),
    payer: { name: "", email: "" },
    raw: JSON.stringify(transaction),
  };
  return { providerReference, notice };
}

function read(info: Json): PaypalTransaction[] {
  const { value, currency_code } = objectOf(info.transaction_amount);
  const { value: feeValue, currency_code: feeCurrency } = objectOf(info.fee_amount);
  const kept = fromPaypalValue(feeValue, feeCurrency);
  const amount = fromPaypalValue(value, currency_code);
  if (!amount || typeof info.transaction_id !== "string") return [];
  const kind = kindOf(String(info.transaction_event_code), isNegative(value));
  return [
    {
      ...{ providerReference: info.transaction_id, kind, amount },
      fee: kept && { kind: isNegative(feeValue) ? ("fee" as const) : ("fee-returned" as const), amount: kept },
      happenedAt: String(info.transaction_initiation_date),
      reference: oneLine(info.custom_field, 140),
      original:
        kind === "refunded" && typeof info.paypal_reference_id === "string" ? info.paypal_reference_id : undefined,
    },
  ];
}

function kindOf(code: string, goes: boolean): PaypalTransaction["kind"] {
  if (/^T00/.test(code) && !goes) return "received";
  if (/^T110[67]$/.test(code)) return "refunded";
  if (/^T04/.test(code) && goes) return "payout";
  if (/^T01/.test(code)) return goes ? "fee" : "fee-returned";
  return "other";
}

function isNegative(value: unknown): boolean {
  return String(value).startsWith("-");
}
