// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Stripe behind a door: starts payments on its hosted page and reads its notices into our words.
import type { Interval, MoneyShape } from "@cdb/api/shapes.ts";
import { Stripe } from "stripe";
import { ProviderRefused, ProviderUnavailable, type RefusalCode } from "./errors.ts";
import type { MoneyLister } from "./money-list.ts";
import type { RenewalProvider } from "./renewal.ts";
import { listStripeMoney } from "./stripe-list.ts";
import { type ReadNotice, toNotice, toStripeAmount } from "./stripe-notice.ts";
import { alignSubscription } from "./stripe-renewal.ts";
import { readSignedEvent } from "./stripe-signature.ts";

/** Pinned for our calls; the webhook endpoint at Stripe has to be set to the same. */
export const stripeApiVersion = "2026-10-28.endive";

export interface StripeSettings {
  secretKey: string;
  /** All secrets that may sign at present: while one is exchanged for another there are two. */
  webhookSecrets: string[];
  /** Where Stripe is; absent: the real one. */
  apiUrl?: string | undefined;
  maxNetworkRetries?: number;
}

export interface Checkout {
  /** Ours; comes back with every notice about this money. */
  reference: string;
  amount: MoneyShape;
  interval: Interval;
  email?: string | undefined;
  /** Two letters; where Stripe does not speak it, the browser's language is used. */
  language: string;
  /** What the donor reads on the page and on the statement of the payment. */
  description: string;
  /** May hold `{CHECKOUT_SESSION_ID}`. Books nothing: only notices do. */
  successUrl: string;
  cancelUrl: string;
  /** The same key with the same content starts one payment, however often it is asked for. */
  key: string;
}

export interface StripeProvider {
  /** Gives the address of the page to send the donor to. Throws ProviderUnavailable or ProviderRefused. */
  startCheckout(checkout: Checkout): Promise<{ url: string }>;
  /**
   * Reads what was posted to our webhook: the bytes as they came and the header `Stripe-Signature`; `now` in milliseconds.
   * Throws ForgedNotice, or UnreadableNotice when it is genuine but of a shape we do not know. Stripe is asked only about
   * genuine refunds (which payment was it?); then it may throw ProviderUnavailable.
   */
  readNotice(rawBody: string | Uint8Array, signatureHeader: string | null, now?: number): Promise<ReadNotice>;
}

const answerWithinMs = 15_000;

export function openStripe(settings: StripeSettings): StripeProvider & RenewalProvider & MoneyLister {
  const stripe = new Stripe(settings.secretKey, {
    apiVersion: stripeApiVersion,
    maxNetworkRetries: settings.maxNetworkRetries ?? 2,
    timeout: answerWithinMs,
    telemetry: false,
    ...(settings.apiUrl ? placeOf(settings.apiUrl) : {}),
  });
  const live = /^[a-z]+_live_/.test(settings.secretKey);
  return {
    async startCheckout(checkout) {
      const session = await stripe.checkout.sessions
        .create(sessionParams(checkout), { idempotencyKey: `checkout-${checkout.key}` })
        .catch((error) => {
          throw translated(error);
        });
      if (!session.url) throw new ProviderRefused("other", "Stripe made a payment without a page to pay on");
      return { url: session.url };
    },
    listMoney: (from, to) =>
      listStripeMoney(stripe, from, to, live, (intent) => paymentName(stripe, intent)).catch((error) => {
        throw translated(error);
      }),
    alignRenewal: (renewal, wish) =>
      alignSubscription(stripe, renewal, wish).catch((error) => {
        throw translated(error);
      }),
    async readNotice(rawBody, signatureHeader, now = Date.now()) {
      const { event, raw } = readSignedEvent(rawBody, signatureHeader, settings.webhookSecrets, now);
      const read = toNotice(event, raw, live);
      if (read.kind !== "notice" || !read.notice.original) return read;
      return { ...read, notice: { ...read.notice, original: await paymentName(stripe, read.notice.original) } };
    },
  };
}

/** A renewal has the name of its invoice, which neither the refund nor the payment intent tells. */
async function paymentName(stripe: Stripe, intent: string): Promise<string> {
  const payment = { type: "payment_intent", payment_intent: intent } as const;
  const { data } = await stripe.invoicePayments.list({ payment, limit: 1 }).catch((error) => {
    throw translated(error);
  });
  const invoice = data[0]?.invoice;
  return (typeof invoice === "string" ? invoice : invoice?.id) ?? intent;
}

function placeOf(apiUrl: string): { host: string; port: number; protocol: "http" | "https" } {
  const { hostname, port, protocol } = new URL(apiUrl);
  const plain = protocol === "http:";
  return { host: hostname, port: port ? Number(port) : plain ? 80 : 443, protocol: plain ? "http" : "https" };
}

function sessionParams(checkout: Checkout): Stripe.Checkout.SessionCreateParams {
  const { amount, interval, reference, description } = checkout;
  // Stripe copies the session's metadata neither to the payment nor to the subscription: both are told.
  const metadata = { reference };
  const recurring = interval === "once" ? {} : { recurring: recurrence[interval] };
  return {
    ui_mode: "hosted_page",
    client_reference_id: reference,
    metadata,
    locale: locales.has(checkout.language) ? checkout.language : "auto",
    ...(checkout.email ? { customer_email: checkout.email } : {}),
    success_url: checkout.successUrl,
    cancel_url: checkout.cancelUrl,
    // Money arrives in the currency that was promised, not in one that Stripe picks for the visitor.
    adaptive_pricing: { enabled: false },
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: amount.currency.toLowerCase(),
          unit_amount: toStripeAmount(amount),
          product_data: { name: description },
          ...recurring,
        },
      },
    ],
    ...(interval === "once"
      ? { mode: "payment", submit_type: "donate", payment_intent_data: { metadata, description } }
      : { mode: "subscription", subscription_data: { metadata, description } }),
  };
}

type Recurrence = { interval: "month" | "year"; interval_count: number };
const recurrence: Record<Exclude<Interval, "once">, Recurrence> = {
  monthly: { interval: "month", interval_count: 1 },
  quarterly: { interval: "month", interval_count: 3 },
  yearly: { interval: "year", interval_count: 1 },
};

const locales = new Set(
  "bg cs da de el en es et fi fr hr hu id it ja ko lt lv ms mt nb nl pl pt ro ru sk sl sv th tr vi zh".split(" "),
);

// Stripe's sentences may repeat an address that was typed; only codes and parameter names go further.
function translated(error: unknown): Error {
  const { StripeError, StripeConnectionError, StripeAPIError, StripeRateLimitError } = Stripe.errors;
  if (!(error instanceof StripeError)) return error instanceof Error ? error : new Error("Stripe's library failed");
  const place = [error.code, error.param, error.requestId].filter(Boolean).join(", ") || "no code";
  const trouble = [StripeConnectionError, StripeAPIError, StripeRateLimitError].some((kind) => error instanceof kind);
  if (trouble) return new ProviderUnavailable(`Stripe does not answer as it should (${error.type}: ${place})`);
  return new ProviderRefused(refusalCode(error), `Stripe refused what we asked (${error.type}: ${place})`);
}

function refusalCode(error: InstanceType<typeof Stripe.errors.StripeError>): RefusalCode {
  const { StripeAuthenticationError, StripePermissionError, StripeIdempotencyError } = Stripe.errors;
  if (error instanceof StripeAuthenticationError || error instanceof StripePermissionError) return "credentials";
  if (error instanceof StripeIdempotencyError) return "repeated-key";
  if (error.param?.endsWith("[currency]")) return "currency";
  if (error.param?.endsWith("[unit_amount]") || error.code?.startsWith("amount_too_")) return "amount";
  if (error.param === "customer_email" || error.code === "email_invalid") return "email";
  return "other";
}
