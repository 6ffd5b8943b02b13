// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How money moves at the fake Stripe: paid, on its way, failed, renewed, given back; each step tells its events.

import type { Stripe } from "stripe";
import { feeOf, move } from "./balance.ts";
import { stringsOf } from "./checkout.ts";
import { Refusal, type Tree } from "./parameters.ts";
import type { Session, Store } from "./store.ts";
import { endSubscription, itemsOf } from "./subscription.ts";

type Charge = Stripe.Charge;
type Intent = Stripe.PaymentIntent;
type Invoice = Stripe.Invoice;
type InvoicePayment = Stripe.InvoicePayment;
type Subscription = Stripe.Subscription;

export interface Payer {
  name: string;
  email: string;
}

export type PayBy = "card" | "sepa_debit";
/** Tells what happened: makes the event and sends it to our webhook. */
export type Tell = (type: string, object: object, previous?: object) => void;

/** The donor pressed "pay" and the card is good, or the debit is ordered. */
export function completeSession(store: Store, tell: Tell, session: Session, payer: Payer, by: PayBy): void {
  const order = store.orders[session.id] ?? { description: "", metadata: {}, interval: null };
  const unknown = { address: null, business_name: null, phone: null, tax_exempt: null, tax_ids: null };
  session.customer_details = { ...unknown, ...payer, individual_name: payer.name };
  const once = session.mode === "payment";
  session.customer = once ? null : session.id.replace("cs_test", "cus");
  // The payments of a subscription know nothing of its metadata.
  const metadata = once ? order.metadata : {};
  const intent = makeIntent(store, { ...session, description: order.description, metadata }, by);
  if (once) session.payment_intent = intent.id;
  else {
    const subscription = makeSubscription(store, session, {
      ...order,
      items: itemsOf(session.amount_total ?? 0, session.currency ?? "", order.interval),
    });
    session.subscription = subscription.id;
    session.invoice = makeInvoice(store, subscription, intent, "subscription_create", payer).id;
    tell("customer.subscription.created", subscription);
  }
  Object.assign(session, { status: "complete", url: null });
  if (by === "card") arrive(store, tell, intent, payer);
  tell("checkout.session.completed", session);
}

export function decline(store: Store, tell: Tell, session: Session): void {
  const metadata = session.mode === "payment" ? (store.orders[session.id]?.metadata ?? {}) : {};
  const intent = makeIntent(store, { ...session, description: null, metadata }, "card");
  intent.status = "requires_payment_method";
  tell("payment_intent.payment_failed", intent);
}

/** The bank decided about a direct debit. */
export function settle(store: Store, tell: Tell, intentId: string, outcome: "succeeded" | "failed"): void {
  const intent = store.find<Intent>("payment_intent", intentId);
  if (intent?.status !== "processing") throw new Refusal(404, `No such payment under way: '${intentId}'`);
  const session = sessionOf(store, intent);
  const { name, email } = session?.customer_details ?? {};
  if (outcome === "failed") {
    intent.status = "requires_payment_method";
    tell("payment_intent.payment_failed", intent);
  } else arrive(store, tell, intent, { name: name ?? "", email: email ?? "" });
  if (session) tell(`checkout.session.async_payment_${outcome}`, session);
}

/** The next period begins and is paid, or the subscription that was to end is over. Gives the newest invoice. */
export function renew(store: Store, tell: Tell, subscriptionId: string): Invoice {
  const subscription = store.find<Subscription>("subscription", subscriptionId);
  const last = store.find<Invoice>("invoice", subscription?.latest_invoice);
  if (!subscription || !last) throw new Refusal(404, `No such subscription: '${subscriptionId}'`);
  if (subscription.status === "canceled") throw new Refusal(400, "A canceled subscription does not renew.");
  if (subscription.cancel_at_period_end) {
    endSubscription(subscription, tell);
    return last;
  }
  if (subscription.pause_collection) return last;
  const payer = { name: last.customer_name ?? "", email: last.customer_email ?? "" };
  const { currency } = last;
  const amount_total = subscription.items.data[0]?.price.unit_amount ?? last.total;
  const { customer, description } = subscription;
  const intent = makeIntent(store, { amount_total, currency, customer, description, metadata: {} }, "card");
  const invoice = makeInvoice(store, subscription, intent, "subscription_cycle", payer);
  arrive(store, tell, intent, payer);
  return invoice;
}

/** Gives money back, all that is left unless `params.amount` says less. */
export function refund(store: Store, tell: Tell, params: Tree): Stripe.Refund {
  const intent = store.find<Intent>("payment_intent", params.payment_intent);
  const charge = store.find<Charge>("charge", intent?.latest_charge ?? params.charge);
  if (!charge) throw new Refusal(404, "No such charge", { code: "resource_missing", param: "payment_intent" });
  const left = charge.amount - charge.amount_refunded;
  const amount = params.amount === undefined ? left : Number(params.amount);
  if (left === 0)
    throw new Refusal(400, `Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" });
  if (amount < 1 || amount > left)
    throw new Refusal(400, `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: "amount",
    });
  const previous = { amount_refunded: charge.amount_refunded, refunded: charge.refunded };
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  const { currency, payment_intent } = charge;
  const about = { amount, currency, charge: charge.id, payment_intent, metadata: stringsOf(params.metadata) };
  const refunded = store.make<Stripe.Refund>("refund", "re", { ...about, status: "succeeded" });
  move(store, { type: "refund", amount: -amount, fee: 0, currency, source: refunded.id });
  tell("refund.created", refunded);
  tell("charge.refunded", charge, previous);
  return refunded;
}

/** The donor's bank does not take a refund: Stripe has the money again. */
export function failRefund(store: Store, tell: Tell, id: string): void {
  const refunded = store.find<Stripe.Refund>("refund", id);
  if (refunded?.status !== "succeeded") throw new Refusal(404, `No such refund: '${id}'`);
  const { amount, currency } = refunded;
  Object.assign(refunded, { status: "failed", failure_reason: "expired_or_canceled_card" });
  move(store, { type: "refund_failure", amount, fee: 0, currency, source: id });
  tell("refund.updated", refunded);
  tell("refund.failed", refunded);
}

const disputeFee = 2_000;

/** The donor's bank takes a payment back; told again with "reinstated" when the dispute was won. */
export function dispute(store: Store, tell: Tell, intentId: string): Stripe.Dispute {
  const intent = store.find<Intent>("payment_intent", intentId);
  if (intent?.status !== "succeeded") throw new Refusal(404, `No such payment: '${intentId}'`);
  const { amount, currency } = intent;
  const disputed = store.make<Stripe.Dispute>("dispute", "dp", {
    ...{ amount, currency, payment_intent: intent.id, charge: String(intent.latest_charge) },
    ...{ reason: "fraudulent", status: "needs_response", metadata: {} },
  });
  move(store, { type: "adjustment", amount: -amount, fee: disputeFee, currency, source: disputed.id });
  tell("charge.dispute.created", disputed);
  tell("charge.dispute.funds_withdrawn", disputed);
  return disputed;
}

export function winDispute(store: Store, tell: Tell, id: string): void {
  const disputed = store.find<Stripe.Dispute>("dispute", id);
  if (disputed?.status !== "needs_response") throw new Refusal(404, `No such open dispute: '${id}'`);
  disputed.status = "won";
  const { amount, currency } = disputed;
  move(store, { type: "adjustment", amount, fee: 0, currency, source: id });
  tell("charge.dispute.funds_reinstated", disputed);
  tell("charge.dispute.closed", disputed);
}

/** The next period begins and the card is declined. Gives the invoice. */
export function failRenewal(store: Store, tell: Tell, subscriptionId: string): Invoice {
  const subscription = store.find<Subscription>("subscription", subscriptionId);
  const last = store.find<Invoice>("invoice", subscription?.latest_invoice);
  if (!subscription || !last) throw new Refusal(404, `No such subscription: '${subscriptionId}'`);
  const { customer, description } = subscription;
  const { currency, total: amount_total } = last;
  const intent = makeIntent(store, { amount_total, currency, customer, description, metadata: {} }, "card");
  intent.status = "requires_payment_method";
  const payer = { name: last.customer_name ?? "", email: last.customer_email ?? "" };
  const invoice = makeInvoice(store, subscription, intent, "subscription_cycle", payer);
  subscription.status = "past_due";
  tell("invoice.payment_failed", invoice);
  return invoice;
}

function arrive(store: Store, tell: Tell, intent: Intent, payer: Payer): void {
  const { amount, currency, customer, description, metadata } = intent;
  const charge = store.make<Charge>("charge", "ch", {
    ...{ amount, amount_refunded: 0, currency, customer, description, metadata: { ...metadata } },
    ...{ paid: true, payment_intent: intent.id, refunded: false, status: "succeeded" },
    billing_details: { ...payer, address: null, phone: null, tax_id: null },
  });
  Object.assign(intent, { status: "succeeded", amount_received: amount, latest_charge: charge.id });
  const [by] = intent.payment_method_types;
  const type = by === "sepa_debit" ? "payment" : "charge";
  const moved = move(store, { type, amount, fee: feeOf(amount, by), currency, source: charge.id });
  charge.balance_transaction = moved.id;
  tell("payment_intent.succeeded", intent);
  tell("charge.succeeded", charge);
  const session = sessionOf(store, intent);
  if (session) session.payment_status = "paid";
  const payment = paymentOf(store, intent);
  const invoice = store.find<Invoice>("invoice", payment?.invoice);
  if (!invoice || !payment) return;
  Object.assign(payment, { status: "paid", amount_paid: amount });
  Object.assign(invoice, { status: "paid", amount_paid: amount, amount_remaining: 0 });
  for (const type of ["invoice.paid", "invoice.payment_succeeded"]) tell(type, invoice);
}

function paymentOf(store: Store, intent: Intent): InvoicePayment | undefined {
  return store.all<InvoicePayment>("invoice_payment").find((each) => each.payment.payment_intent === intent.id);
}

function sessionOf(store: Store, intent: Intent): Session | undefined {
  const invoice = paymentOf(store, intent)?.invoice;
  return store
    .all<Session>("checkout.session")
    .find((each) => each.payment_intent === intent.id || (invoice && each.invoice === invoice));
}

type Ordered = Pick<Session, "amount_total" | "currency" | "customer"> & Pick<Intent, "description" | "metadata">;

function makeIntent(store: Store, ordered: Ordered, by: PayBy): Intent {
  const { amount_total, currency, customer, description, metadata } = ordered;
  return store.make<Intent>("payment_intent", "pi", {
    ...{ amount: amount_total ?? 0, amount_received: 0, currency: currency ?? "", customer, description },
    ...{ metadata: { ...metadata }, latest_charge: null, payment_method_types: [by], status: "processing" },
  });
}

type About = { description: string; metadata: Record<string, string>; items: Subscription["items"] };

function makeSubscription(store: Store, session: Session, { description, metadata, items }: About): Subscription {
  return store.make<Subscription>("subscription", "sub", {
    ...{ customer: session.customer ?? "", currency: session.currency ?? "", description },
    ...{ metadata: { ...metadata }, latest_invoice: null, status: "active", items },
    cancel_at_period_end: false,
  });
}

function makeInvoice(store: Store, subscription: Subscription, intent: Intent, reason: string, payer: Payer): Invoice {
  const { amount, currency } = intent;
  const subscription_details = { subscription: subscription.id, metadata: { ...subscription.metadata } };
  const invoice = store.make<Invoice>("invoice", "in", {
    ...{ amount_due: amount, amount_paid: 0, amount_remaining: amount, total: amount, currency, metadata: {} },
    ...{ billing_reason: reason, customer: subscription.customer, status: "open" },
    ...{ customer_name: payer.name, customer_email: payer.email },
    parent: { type: "subscription_details", quote_details: null, subscription_details },
  });
  subscription.latest_invoice = invoice.id;
  store.make<InvoicePayment>("invoice_payment", "inpay", {
    ...{ amount_paid: null, currency, invoice: invoice.id, status: "open" },
    payment: { type: "payment_intent", payment_intent: intent.id },
  });
  return invoice;
}
