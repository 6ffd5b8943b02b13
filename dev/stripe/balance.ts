// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The balance at the fake Stripe: what each movement of money leaves of it, and payouts to the bank.
import type { Stripe } from "stripe";
import type { Tell } from "./money.ts";
import { Refusal } from "./parameters.ts";
import type { Store } from "./store.ts";

export type Transaction = Stripe.BalanceTransaction;
export type Payout = Stripe.Payout;

type Movement = Pick<Transaction, "type" | "amount" | "fee" | "currency"> & { source: string };

/** Notes what a payment, refund, dispute or payout did to the balance; `amount` with its sign, before the fee. */
export function move(store: Store, movement: Movement): Transaction {
  const { amount, fee } = movement;
  return store.make<Transaction>("balance_transaction", "txn", {
    ...{ ...movement, net: amount - fee, status: "available", exchange_rate: null, fee_details: [] },
    reporting_category: movement.type === "adjustment" ? "dispute" : movement.type,
  });
}

/** What Stripe keeps of a European card or of a direct debit. */
export function feeOf(amount: number, by: string | undefined): number {
  return by === "sepa_debit" ? 35 : Math.round(amount * 0.015) + 25;
}

/** All that there is in a currency goes to the bank. */
export function payOut(store: Store, tell: Tell, currency: string): Payout {
  const open = store
    .all<Transaction>("balance_transaction")
    .filter((it) => it.currency === currency && !payoutOf(store, it.id));
  const amount = open.reduce((sum, { net }) => sum + net, 0);
  if (amount <= 0)
    throw new Refusal(400, "You have insufficient funds in your Stripe account.", { code: "balance_insufficient" });
  const payout = store.make<Payout>("payout", "po", {
    ...{ amount, currency, automatic: true, status: "in_transit", method: "standard", type: "bank_account" },
    ...{ failure_code: null, statement_descriptor: null, metadata: {} },
  });
  const own = move(store, { type: "payout", amount: -amount, fee: 0, currency, source: payout.id });
  payout.balance_transaction = own.id;
  for (const { id } of [...open, own]) store.payouts[id] = payout.id;
  tell("payout.created", payout);
  return payout;
}

/** Days later: the bank has it, or did not take it, and Stripe has it again. */
export function settlePayout(store: Store, tell: Tell, id: string, outcome: "paid" | "failed"): void {
  const payout = store.find<Payout>("payout", id);
  if (payout?.status !== "in_transit") throw new Refusal(404, `No such payout under way: '${id}'`);
  payout.status = outcome;
  if (outcome === "failed") {
    const { amount, currency } = payout;
    payout.failure_code = "account_closed";
    move(store, { type: "payout_failure", amount, fee: 0, currency, source: payout.id });
  }
  tell(`payout.${outcome}`, payout);
}

/** In which payout a movement went to the bank. */
export function payoutOf(store: Store, transaction: string): string | undefined {
  return store.payouts[transaction];
}
