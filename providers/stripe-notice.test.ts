// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Each of Stripe's events in our words.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stripe } from "stripe";
import { UnreadableNotice } from "./errors.ts";
import { type ReadNotice, toNotice, toStripeAmount } from "./stripe-notice.ts";

type Fields = Record<string, unknown>;

function read(type: string, object: Fields, event: Fields = {}): ReadNotice {
  const told = {
    id: "evt_1",
    object: "event",
    type,
    created: 1_800_000_000,
    livemode: false,
    data: { object },
    ...event,
  };
  return toNotice(told as unknown as Stripe.Event, JSON.stringify(told), false);
}

function booked(type: string, object: Fields): Extract<ReadNotice, { kind: "notice" }> {
  const told = read(type, object);
  return told.kind === "notice" ? told : assert.fail(JSON.stringify(told));
}

function session(fields: Fields = {}): Fields {
  const customer_details = { name: "Zoë Example", email: "zoe@example.org" };
  const money = { amount_total: 2500, currency: "eur", payment_intent: "pi_1" };
  return {
    mode: "payment",
    payment_status: "paid",
    ...money,
    customer_details,
    metadata: { reference: "EXa" },
    ...fields,
  };
}

function invoice(fields: Fields = {}): Fields {
  const subscription_details = { subscription: "sub_1", metadata: { reference: "EXb" } };
  const payer = { customer_name: "Zoë Example", customer_email: "zoe@example.org" };
  return { id: "in_1", amount_paid: 1000, currency: "eur", ...payer, parent: { subscription_details }, ...fields };
}

function refund(fields: Fields = {}): Fields {
  return {
    id: "re_1",
    amount: 500,
    currency: "eur",
    status: "succeeded",
    payment_intent: "pi_1",
    metadata: {},
    ...fields,
  };
}

test("a card payment is received when the session is complete", () => {
  const { provider, providerReference, notice } = booked("checkout.session.completed", session());
  assert.deepEqual([provider, providerReference], ["stripe", "pi_1"]);
  const { raw, ...words } = notice;
  assert.deepEqual(words, {
    noticeId: "evt_1",
    kind: "received",
    amount: { amount: 2500, currency: "EUR" },
    happenedAt: "2027-01-15T08:00:00.000Z",
    reference: "EXa",
    payer: { name: "Zoë Example", email: "zoe@example.org" },
  });
  assert.equal(JSON.parse(raw).id, "evt_1");
});

test("a direct debit is received or failed when the bank says so, not before", () => {
  assert.equal(read("checkout.session.completed", session({ payment_status: "unpaid" })).kind, "ignored");
  const received = booked("checkout.session.async_payment_succeeded", session());
  const failed = booked("checkout.session.async_payment_failed", session({ payment_status: "unpaid" }));
  assert.deepEqual([received.notice.kind, received.providerReference], ["received", "pi_1"]);
  assert.deepEqual([failed.notice.kind, failed.providerReference], ["failed", "pi_1"]);
});

test("renewals are received by their invoices only, the first one too", () => {
  assert.equal(read("checkout.session.completed", session({ mode: "subscription" })).kind, "ignored");
  assert.equal(read("invoice.payment_succeeded", invoice()).kind, "ignored");
  const { providerReference, notice } = booked("invoice.paid", invoice());
  assert.deepEqual([providerReference, notice.renewal, notice.reference], ["in_1", "sub_1", "EXb"]);
  assert.deepEqual(notice.amount, { amount: 1000, currency: "EUR" });
  assert.equal(notice.payer.email, "zoe@example.org");
});

test("an invoice counts what came through Stripe", () => {
  assert.equal(booked("invoice.paid", invoice({ amount_paid_off_stripe: 300 })).notice.amount.amount, 700);
  assert.equal(read("invoice.paid", invoice({ amount_paid: 0 })).kind, "ignored");
  assert.equal(read("invoice.paid", invoice({ parent: null })).kind, "ignored");
});

test("a refund is a fact of its own, when it is done, and names the payment", () => {
  const { providerReference, notice } = booked("refund.created", refund());
  assert.deepEqual([providerReference, notice.kind, notice.amount.amount], ["re_1", "refunded", 500]);
  assert.equal(notice.original, "pi_1");
  assert.equal(booked("refund.updated", refund()).providerReference, "re_1");
  assert.equal(read("charge.refunded", { amount_refunded: 500 }).kind, "ignored");
});

test("a refund counts from its beginning, and is taken back under its name when the donor's bank refuses it", () => {
  const begun = booked("refund.created", refund({ status: "pending" }));
  const failed = booked("refund.failed", refund({ status: "failed" }));
  assert.deepEqual([begun.providerReference, begun.notice.kind], ["re_1", "refunded"]);
  assert.deepEqual([failed.providerReference, failed.notice.kind], ["re_1", "reinstated"]);
  assert.equal(booked("refund.updated", refund({ status: "failed" })).notice.kind, "reinstated");
  for (const status of ["requires_action", "canceled"])
    assert.equal(read("refund.updated", refund({ status })).kind, "ignored");
});

test("money of the test mode or without a payment is not ours", () => {
  assert.equal(read("checkout.session.completed", session(), { livemode: true }).kind, "ignored");
  assert.equal(read("checkout.session.completed", session({ mode: "setup" })).kind, "ignored");
  assert.equal(read("checkout.session.completed", session({ payment_status: "no_payment_required" })).kind, "ignored");
});

test("money of another account is kept to be looked at, and a declined card moves none", () => {
  const foreign = read("checkout.session.completed", session(), { account: "acct_1" });
  assert.deepEqual([foreign.kind, "raw" in foreign && JSON.parse(foreign.raw).account], ["foreign", "acct_1"]);
  const intent = { id: "pi_1", metadata: { reference: "EXa" }, last_payment_error: { code: "card_declined" } };
  const declined = { kind: "declined", provider: "stripe", noticeId: "evt_1" };
  assert.deepEqual(read("payment_intent.payment_failed", intent), { ...declined, reference: "EXa" });
  // The payments of a subscription know no reference of ours.
  assert.deepEqual(read("payment_intent.payment_failed", { id: "pi_1" }), { ...declined, reference: "" });
});

test("currencies keep their decimals, also where Stripe counts differently", () => {
  const amount = (amount_total: number, currency: string) =>
    booked("checkout.session.completed", session({ amount_total, currency })).notice.amount;
  assert.deepEqual(amount(500, "jpy"), { amount: 500, currency: "JPY" });
  assert.deepEqual(amount(5000, "kwd"), { amount: 5000, currency: "KWD" });
  assert.deepEqual(amount(50_000, "isk"), { amount: 500, currency: "ISK" });
  assert.equal(toStripeAmount({ amount: 500, currency: "ISK" }), 50_000);
  assert.equal(toStripeAmount({ amount: 500, currency: "EUR" }), 500);
});

test("money without our reference is booked all the same", () => {
  const none = { metadata: {}, client_reference_id: null };
  assert.equal(booked("checkout.session.completed", session(none)).notice.reference, "");
  const inSession = { metadata: null, client_reference_id: "EXc" };
  assert.equal(booked("checkout.session.completed", session(inSession)).notice.reference, "EXc");
});

test("an odd payer does not keep money from being booked", () => {
  const odd = { name: `A\u0000B\r\n${"ü".repeat(400)}\ud800`, email: "not an address" };
  const { payer } = booked("checkout.session.completed", session({ customer_details: odd })).notice;
  assert.match(payer.name, /^A B ü{296}$/);
  assert.equal(payer.email, "");
  const nobody = booked("checkout.session.completed", session({ customer_details: null })).notice.payer;
  assert.deepEqual(nobody, { name: "", email: "" });
});

test("a notice that is too large to keep is kept without its details, as JSON", () => {
  const { raw } = booked("invoice.paid", invoice({ lines: "x".repeat(200_000) })).notice;
  assert.deepEqual(JSON.parse(raw).data, { object: { id: "in_1" } });
  assert.equal(JSON.parse(raw).shortened, true);
});

test("a shape of another API version is unreadable, so that nothing is lost in silence", () => {
  const shapes: [string, Fields][] = [
    ["invoice.paid", { ...invoice(), parent: undefined, subscription: "sub_1" }],
    ["invoice.paid", invoice({ parent: { subscription_details: {} } })],
    ["checkout.session.completed", session({ payment_intent: null })],
    ["checkout.session.completed", session({ payment_intent: { id: 5 } })],
    ["checkout.session.completed", session({ amount_total: null })],
    ["checkout.session.completed", session({ amount_total: 10.5 })],
    ["checkout.session.completed", session({ amount_total: -5 })],
    ["checkout.session.completed", session({ currency: undefined })],
    ["checkout.session.completed", session({ payment_intent: "../../x" })],
  ];
  for (const [type, object] of shapes)
    assert.throws(() => read(type, object), UnreadableNotice, JSON.stringify(object));
  assert.throws(() => toNotice(null as unknown as Stripe.Event, "null", false), UnreadableNotice);
});
