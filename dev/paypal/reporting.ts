// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The fake's own list of money that moved, as PayPal's transaction search tells it.
import { feeOf } from "./money.ts";
import { Refusal } from "./refusal.ts";
import type { Store } from "./store.ts";

const longestMs = 31 * 24 * 60 * 60 * 1000;

export function listAll(store: Store, query: URLSearchParams): object {
  const [from, to] = [Date.parse(query.get("start_date") ?? ""), Date.parse(query.get("end_date") ?? "")];
  if (Number.isNaN(from) || Number.isNaN(to)) throw new Refusal(400, "INVALID_REQUEST", "start_date");
  if (to - from > longestMs)
    throw new Refusal(400, "INVALID_REQUEST", "end_date", "Date range is greater than 31 days");
  const size = Number(query.get("page_size") ?? 100);
  const page = Number(query.get("page") ?? 1);
  const found = [...payments(store), ...refunds(store), ...withdrawals(store)].filter(
    ({ transaction_initiation_date: at }) => {
      const moment = Date.parse(at);
      return moment >= from && moment <= to;
    },
  );
  const details = found.slice((page - 1) * size, page * size).map((transaction_info) => ({ transaction_info }));
  return { transaction_details: details, total_items: found.length, total_pages: Math.ceil(found.length / size), page };
}

function payments(store: Store) {
  return Object.values(store.payments)
    .filter(({ status }) => status === "COMPLETED")
    .map(({ id, amount, custom_id, create_time, subscription }) => ({
      ...{ transaction_id: id, transaction_event_code: subscription ? "T0002" : "T0006", transaction_status: "S" },
      ...{ transaction_initiation_date: create_time, transaction_amount: amount, custom_field: custom_id },
      fee_amount: { ...feeOf({ amount }), value: `-${feeOf({ amount }).value}` },
    }));
}

function refunds(store: Store) {
  return Object.values(store.refunds).map(({ id, payment, amount, create_time }) => ({
    ...{ transaction_id: id, transaction_event_code: "T1107", transaction_status: "S", paypal_reference_id: payment },
    ...{ paypal_reference_id_type: "TXN", transaction_initiation_date: create_time },
    transaction_amount: { ...amount, value: `-${amount.value}` },
  }));
}

function withdrawals(store: Store) {
  return Object.values(store.withdrawals).map(({ id, amount, create_time }) => ({
    ...{ transaction_id: id, transaction_event_code: "T0400", transaction_status: "S" },
    transaction_initiation_date: create_time,
    transaction_amount: { ...amount, value: `-${amount.value}` },
  }));
}
