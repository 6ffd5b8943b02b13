// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// PayPal's events in our words, those that no fake of ours tells, and those that are odd.
import assert from "node:assert/strict";
import { test } from "node:test";
import { UnreadableNotice } from "./errors.ts";
import { fromPaypalValue, toPaypalValue } from "./paypal-money.ts";
import { toPaypalNotice } from "./paypal-notice.ts";

function read(event_type: string, resource: unknown, more: object = {}) {
  return toPaypalNotice(
    JSON.stringify({ id: "WH-1", create_time: "2026-11-20T10:00:00.000Z", event_type, resource, ...more }),
  );
}

const capture = {
  ...{
    id: "3C679366HH908993F",
    status: "COMPLETED",
    amount: { value: "25.00", currency_code: "EUR" },
    custom_id: "EX1P1",
  },
  ...{ create_time: "2026-11-18T10:00:00Z", update_time: "2026-11-20T09:59:59Z" },
};

test("a payment that was pending happened when it was completed", () => {
  const told = read("PAYMENT.CAPTURE.COMPLETED", capture);
  assert.ok(told.kind === "notice");
  assert.equal(told.providerReference, "3C679366HH908993F");
  assert.equal(told.notice.happenedAt, "2026-11-20T09:59:59.000Z");
});

test("what is pending, and what we know nothing of, books nothing", () => {
  for (const type of [
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.SALE.PENDING",
    "CHECKOUT.ORDER.COMPLETED",
    "VAULT.X",
    "constructor",
  ])
    assert.deepEqual(read(type, capture), { kind: "ignored", why: `${type} moves no money by itself`, look: false });
});

test("a reversal that names no payment is kept without one", () => {
  const reversal = {
    id: "77689802DL785834G",
    amount: { total: "-0.49", currency: "USD" },
    create_time: "2026-11-20T00:19:12Z",
  };
  const told = read("PAYMENT.SALE.REVERSED", reversal);
  assert.ok(told.kind === "notice");
  assert.deepEqual([told.notice.kind, told.notice.amount.amount, told.notice.original], ["refunded", 49, undefined]);
});

test("what we suspended pauses; what PayPal suspended has ended", () => {
  const resource = { id: "I-1", billing_info: { failed_payments_count: 0 } };
  assert.equal(read("BILLING.SUBSCRIPTION.SUSPENDED", resource).kind, "ignored");
  const failed = read("BILLING.SUBSCRIPTION.SUSPENDED", { id: "I-1", billing_info: { failed_payments_count: 3 } });
  assert.deepEqual(failed, { kind: "renewal-ended", provider: "paypal", renewal: "I-1" });
});

test("odd references are made to fit and never keep money from being booked", () => {
  for (const custom_id of [undefined, null, 5, {}, "", "a\nb\u0000", "x".repeat(500), "\ud800"]) {
    const told = read("PAYMENT.CAPTURE.COMPLETED", { ...capture, custom_id });
    assert.ok(told.kind === "notice" && told.notice.reference.length <= 140 && told.notice.reference.isWellFormed());
  }
});

test("shapes that we do not know are unreadable, so that PayPal tells them again", () => {
  const wrong = [
    { ...capture, id: undefined },
    { ...capture, id: "../x" },
    { ...capture, amount: undefined },
    ...["0.00", "25,00", "1e3", "", "25.001", "9".repeat(20), 25.5, null].map((value) => ({
      ...capture,
      amount: { value, currency_code: "EUR" },
    })),
    { ...capture, amount: { value: "25.00", currency_code: "eur" } },
    { ...capture, update_time: "yesterday" },
    null,
    "text",
  ];
  for (const resource of wrong)
    if (JSON.stringify(resource)?.includes("25.5"))
      assert.equal(read("PAYMENT.CAPTURE.COMPLETED", resource).kind, "notice");
    else assert.throws(() => read("PAYMENT.CAPTURE.COMPLETED", resource), UnreadableNotice, JSON.stringify(resource));
  for (const raw of ["", "no JSON", "[]", "null", "5", '{"id":"WH-1"}', '{"id":"","event_type":"X"}'])
    assert.throws(() => toPaypalNotice(raw), UnreadableNotice, raw);
});

test("amounts pass between PayPal's words and our minor units without a float", () => {
  const pairs: [number, string, string][] = [
    [1, "EUR", "0.01"],
    [2500, "EUR", "25.00"],
    [999_999_999, "USD", "9999999.99"],
    [2500, "JPY", "2500"],
    [250_000, "TWD", "2500"],
  ];
  for (const [amount, currency, value] of pairs) {
    assert.equal(toPaypalValue({ amount, currency }), value);
    assert.deepEqual(fromPaypalValue(value, currency), { amount, currency });
  }
  assert.deepEqual(fromPaypalValue("-25.00", "EUR"), { amount: 2500, currency: "EUR" });
  assert.deepEqual(fromPaypalValue("25.000", "EUR"), { amount: 2500, currency: "EUR" });
  assert.throws(() => toPaypalValue({ amount: 1050, currency: "TWD" }), { name: "ProviderRefused", code: "amount" });
});
