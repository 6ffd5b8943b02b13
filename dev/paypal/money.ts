// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How money moves at the fake PayPal: approved, taken, renewed, given back, disputed; each step tells its events.
import { major, minor, Refusal } from "./refusal.ts";
import {
  type Money,
  newId,
  nowText,
  type Order,
  type Payer,
  type Payment,
  type Refund,
  type Store,
  type Subscription,
  type Withdrawal,
} from "./store.ts";

/** Tells what happened: makes the event and sends it to our webhook. */
export type Tell = (type: string, resourceType: string, resource: object) => void;

export function approveOrder(store: Store, tell: Tell, order: Order, payer: Payer, by: Order["by"]): void {
  Object.assign(order, { status: "APPROVED", payer, by });
  tell("CHECKOUT.ORDER.APPROVED", "checkout-order", presentOrder(store, order));
}

/** Takes the money. Throws Refusal as PayPal does. */
export function captureOrder(store: Store, tell: Tell, id: string): Order {
  const order = get(store.orders, id);
  if (order.status === "COMPLETED") throw new Refusal(422, "ORDER_ALREADY_CAPTURED");
  if (order.status !== "APPROVED" || !order.payer) throw new Refusal(422, "ORDER_NOT_APPROVED");
  if (order.by === "declined") {
    order.status = "PAYER_ACTION_REQUIRED";
    throw new Refusal(422, "INSTRUMENT_DECLINED");
  }
  const { amount, custom_id, payer } = order;
  const payment = makePayment(store, { amount, custom_id, payer, order: id });
  Object.assign(order, { status: "COMPLETED", capture: payment.id });
  if (order.by === "check") payment.status = "PENDING";
  tell(`PAYMENT.CAPTURE.${payment.status}`, "capture", presentCapture(payment));
  return order;
}

/** What the bank says about a check. */
export function settle(store: Store, tell: Tell, id: string, outcome: "COMPLETED" | "DECLINED"): Payment {
  const payment = get(store.payments, id);
  if (payment.status !== "PENDING") throw new Refusal(422, "CAPTURE_STATUS_NOT_VALID");
  Object.assign(payment, { status: outcome, update_time: nowText() });
  tell(
    outcome === "COMPLETED" ? "PAYMENT.CAPTURE.COMPLETED" : "PAYMENT.CAPTURE.DENIED",
    "capture",
    presentCapture(payment),
  );
  return payment;
}

export function approveSubscription(store: Store, tell: Tell, subscription: Subscription, payer: Payer): void {
  Object.assign(subscription, { status: "ACTIVE", subscriber: payer });
  tell("BILLING.SUBSCRIPTION.ACTIVATED", "subscription", presentSubscription(subscription));
  charge(store, tell, subscription, payer, true);
}

/** The next payment of a subscription. */
export function renew(store: Store, tell: Tell, id: string): Payment {
  const subscription = get(store.subscriptions, id);
  if (subscription.status !== "ACTIVE" || !subscription.subscriber)
    throw new Refusal(422, "SUBSCRIPTION_STATUS_INVALID");
  return charge(store, tell, subscription, subscription.subscriber, false);
}

/** The next payment could not be taken; the third time PayPal suspends the subscription. */
export function failRenewal(store: Store, tell: Tell, id: string): void {
  const subscription = get(store.subscriptions, id);
  subscription.failures += 1;
  subscription.lastFailure = { amount: subscription.amount, time: nowText() };
  tell("BILLING.SUBSCRIPTION.PAYMENT.FAILED", "subscription", presentSubscription(subscription));
  if (subscription.failures < 3) return;
  subscription.status = "SUSPENDED";
  tell("BILLING.SUBSCRIPTION.SUSPENDED", "subscription", presentSubscription(subscription));
}

export function changeState(store: Store, tell: Tell, id: string, verb: string): void {
  const subscription = get(store.subscriptions, id);
  const moves = {
    cancel: { from: ["ACTIVE", "SUSPENDED"], to: "CANCELLED", told: "CANCELLED" },
    suspend: { from: ["ACTIVE"], to: "SUSPENDED", told: "SUSPENDED" },
    activate: { from: ["SUSPENDED"], to: "ACTIVE", told: "RE-ACTIVATED" },
  } as const;
  const move = moves[verb as keyof typeof moves];
  if (!move) throw new Refusal(404, "INVALID_RESOURCE_ID");
  if (!(move.from as readonly string[]).includes(subscription.status))
    throw new Refusal(422, "SUBSCRIPTION_STATUS_INVALID");
  subscription.status = move.to;
  tell(`BILLING.SUBSCRIPTION.${move.told}`, "subscription", presentSubscription(subscription));
}

/** Gives money back, all that is left unless `amount` says less; `reversed`: a bank took it. */
export function refund(store: Store, tell: Tell, id: string, amount?: Money, reversed = false): Refund {
  const payment = get(store.payments, id);
  const { currency_code } = payment.amount;
  const left = minor(payment.amount) - payment.refunded;
  if (left === 0) throw new Refusal(422, "CAPTURE_FULLY_REFUNDED");
  const part = amount ? minor(amount) : left;
  if (amount && amount.currency_code !== currency_code) throw new Refusal(422, "REFUND_CAPTURE_CURRENCY_MISMATCH");
  if (part > left) throw new Refusal(422, "REFUND_AMOUNT_EXCEEDED", "/amount/value");
  payment.refunded += part;
  const made: Refund = { id: newId(), payment: id, amount: major(part, currency_code), create_time: nowText() };
  store.refunds[made.id] = made;
  const sale = payment.subscription !== undefined;
  const type = `PAYMENT.${sale ? "SALE" : "CAPTURE"}.${reversed ? "REVERSED" : "REFUNDED"}`;
  tell(type, "refund", sale ? presentSaleRefund(made) : presentRefund(made));
  return made;
}

export function dispute(store: Store, tell: Tell, id: string): string {
  const { amount } = get(store.payments, id);
  const made = { dispute_id: `PP-D-${newId(5)}`, payment: id, amount, create_time: nowText() };
  store.disputes[made.dispute_id] = made;
  tell("CUSTOMER.DISPUTE.CREATED", "dispute", presentDispute(store, made.dispute_id, "OPEN"));
  return made.dispute_id;
}

/** When the donor wins, their bank gets the money. */
export function resolve(
  store: Store,
  tell: Tell,
  id: string,
  outcome: "RESOLVED_SELLER_FAVOUR" | "RESOLVED_BUYER_FAVOUR",
): void {
  const { payment } = get(store.disputes, id);
  tell("CUSTOMER.DISPUTE.RESOLVED", "dispute", presentDispute(store, id, "RESOLVED", outcome));
  if (outcome === "RESOLVED_BUYER_FAVOUR") refund(store, tell, payment, undefined, true);
}

/** What PayPal keeps of a payment. */
export function feeOf({ amount }: Pick<Payment, "amount">): Money {
  return major(Math.round(minor(amount) * 0.015) + 35, amount.currency_code);
}

/** All euros go to the bank. */
export function withdraw(store: Store): Withdrawal {
  const sum = (all: readonly { amount: Money }[]) =>
    all.filter(({ amount }) => amount.currency_code === "EUR").reduce((total, { amount }) => total + minor(amount), 0);
  const came = Object.values(store.payments).filter(({ status }) => status === "COMPLETED");
  const went = [...Object.values(store.refunds), ...Object.values(store.withdrawals)];
  const left = sum(came) - sum(came.map((each) => ({ amount: feeOf(each) }))) - sum(went);
  if (left <= 0) throw new Refusal(422, "INSUFFICIENT_FUNDS");
  const made: Withdrawal = { id: newId(), amount: major(left, "EUR"), create_time: nowText() };
  store.withdrawals[made.id] = made;
  return made;
}

export function get<T>(things: Record<string, T>, id: string): T {
  const thing = Object.hasOwn(things, id) ? things[id] : undefined;
  if (thing === undefined) throw new Refusal(404, "INVALID_RESOURCE_ID");
  return thing;
}

function charge(store: Store, tell: Tell, subscription: Subscription, payer: Payer, first: boolean): Payment {
  const { id, amount } = subscription;
  // Our reference is on the first payment only: whoever counts on it for the others is found out.
  const custom_id = first ? subscription.custom_id : undefined;
  const payment = makePayment(store, { amount, custom_id, payer, subscription: id });
  subscription.failures = 0;
  tell("PAYMENT.SALE.COMPLETED", "sale", presentSale(payment));
  return payment;
}

type Paid = Pick<Payment, "amount" | "custom_id" | "payer"> & Partial<Payment>;

function makePayment(store: Store, paid: Paid): Payment {
  const time = nowText();
  const about = { id: newId(), status: "COMPLETED" as const, create_time: time, update_time: time, refunded: 0 };
  const payment: Payment = { order: undefined, subscription: undefined, ...paid, ...about };
  store.payments[payment.id] = payment;
  return payment;
}

const api = "https://api.paypal.com";

export function presentOrder(store: Store, order: Order): object {
  const { id, status, create_time, reference_id, custom_id, description, amount, payer, capture } = order;
  const payment = capture === undefined ? undefined : store.payments[capture];
  const payments = payment ? { payments: { captures: [presentCapture(payment)] } } : {};
  const unit = { reference_id, custom_id, description, amount, ...payments };
  return { id, intent: "CAPTURE", status, create_time, purchase_units: [unit], ...(payer ? { payer } : {}) };
}

function presentCapture({ id, status, amount, custom_id, create_time, update_time, order }: Payment): object {
  const links = [
    { href: `${api}/v2/payments/captures/${id}`, rel: "self", method: "GET" },
    { href: `${api}/v2/payments/captures/${id}/refund`, rel: "refund", method: "POST" },
    { href: `${api}/v2/checkout/orders/${order}`, rel: "up", method: "GET" },
  ];
  const supplementary_data = { related_ids: { order_id: order } };
  const seller_receivable_breakdown = { gross_amount: amount, paypal_fee: feeOf({ amount }) };
  return {
    ...{ id, status, amount, custom_id, final_capture: true, supplementary_data, create_time, update_time, links },
    ...(status === "COMPLETED" ? { seller_receivable_breakdown } : {}),
  };
}

function presentRefund({ id, amount, create_time, payment }: Refund): object {
  const links = [
    { href: `${api}/v2/payments/refunds/${id}`, rel: "self", method: "GET" },
    { href: `${api}/v2/payments/captures/${payment}`, rel: "up", method: "GET" },
  ];
  return { id, amount, status: "COMPLETED", create_time, update_time: create_time, links };
}

function presentSale({ id, amount, custom_id, create_time, update_time, subscription }: Payment): object {
  return {
    ...{ id, state: "completed", payment_mode: "INSTANT_TRANSFER", billing_agreement_id: subscription },
    amount: { total: amount.value, currency: amount.currency_code, details: { subtotal: amount.value } },
    transaction_fee: { value: feeOf({ amount }).value, currency: amount.currency_code },
    ...(custom_id ? { custom: custom_id } : {}),
    ...{ create_time, update_time, links: [{ href: `${api}/v1/payments/sale/${id}`, rel: "self", method: "GET" }] },
  };
}

// The first API writes what goes back with a minus.
function presentSaleRefund({ id, amount, create_time, payment }: Refund): object {
  const money = { total: `-${amount.value}`, currency: amount.currency_code };
  return { id, sale_id: payment, state: "completed", amount: money, create_time, update_time: create_time };
}

function presentDispute(store: Store, id: string, status: string, outcome?: string): object {
  const { dispute_id, payment, amount, create_time } = get(store.disputes, id);
  const disputed_transactions = [{ seller_transaction_id: payment }];
  const dispute_outcome = outcome ? { dispute_outcome: { outcome_code: outcome, amount_refunded: amount } } : {};
  const times = { create_time, update_time: nowText() };
  return {
    dispute_id,
    ...times,
    disputed_transactions,
    reason: "UNAUTHORISED",
    status,
    dispute_amount: amount,
    ...dispute_outcome,
  };
}

export function presentSubscription(subscription: Subscription): object {
  const { id, status, plan_id, custom_id, create_time, subscriber, amount, failures, lastFailure } = subscription;
  const last_failed_payment = lastFailure ? { last_failed_payment: lastFailure } : {};
  const cycle = { sequence: 1, tenure_type: "REGULAR", total_cycles: 0, pricing_scheme: { fixed_price: amount } };
  const billing_info = { failed_payments_count: failures, ...last_failed_payment };
  return { id, status, plan_id, custom_id, create_time, subscriber, billing_info, plan: { billing_cycles: [cycle] } };
}
