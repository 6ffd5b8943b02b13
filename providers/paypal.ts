// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// PayPal behind a door: starts payments on its page, takes approved money, reads its notices into our words.
import { createHash } from "node:crypto";
import { ForgedNotice, ProviderRefused } from "./errors.ts";
import type { MoneyLister } from "./money-list.ts";
import { emailOrNothing, oneLine } from "./notice-text.ts";
import { type CallPaypal, type Json, openPaypalApi, PaypalRefusal } from "./paypal-api.ts";
import { type CertificateHome, openCertificates } from "./paypal-certificates.ts";
import { readIpn } from "./paypal-ipn.ts";
import { toPaypalValue } from "./paypal-money.ts";
import { fullName, objectOf, type ReadPaypalNotice, toPaypalNotice } from "./paypal-notice.ts";
import { alignPaypalRenewal, type FindPlan, getSubscription, openPlans, pricedPlan } from "./paypal-renewal.ts";
import { checkSignature, type ReadHeader } from "./paypal-signature.ts";
import { listPaypalMoney, listTransactions, type PaypalTransaction } from "./paypal-transactions.ts";
import type { RenewalProvider } from "./renewal.ts";
import type { Checkout } from "./stripe.ts";

export interface PaypalSettings {
  clientId: string;
  clientSecret: string;
  /** PayPal's number for our webhook; absent where no notices are read. */
  webhookId?: string | undefined;
  /** Absent: the real PayPal. */
  apiUrl?: string | undefined;
  /** Accounts of ours by whose IPN we are told; none: no IPN is believed. */
  receivers?: string[] | undefined;
  /** What donors read on PayPal's page. */
  organisation: string;
}

/** `captured`: the money moves, a notice tells so. `not-approved`, `declined`: it does not. `unknown`: no order of ours. */
export type Capture = "captured" | "not-approved" | "declined" | "unknown";

export interface PaypalProvider extends RenewalProvider, MoneyLister {
  /** Gives the address of the page to send the donor to. Throws ProviderUnavailable or ProviderRefused. */
  startCheckout(checkout: Checkout): Promise<{ url: string }>;
  /** Takes the money that the donor approved; safe to repeat. Throws ProviderUnavailable or ProviderRefused. */
  captureOrder(order: string): Promise<Capture>;
  /**
   * Reads what was posted to our webhook: the bytes as they came, and its headers; `now` in milliseconds. Throws ForgedNotice,
   * UnreadableNotice, or ProviderUnavailable when PayPal is needed to understand it and does not answer.
   */
  readNotice(rawBody: Uint8Array, header: ReadHeader, now?: number): Promise<ReadPaypalNotice>;
  /** Reads an IPN: the bytes as they came. Throws as `readNotice` does. */
  readIpn(rawBody: Uint8Array): Promise<ReadPaypalNotice>;
  /** All money that moved at PayPal between two moments (ISO 8601), as PayPal lists it, some hours late. */
  listTransactions(from: string, to: string): Promise<PaypalTransaction[]>;
}

const liveUrl = "https://api-m.paypal.com";
// Marks our orders among those of other programs that use the same account.
const ours = "community-database";

export function openPaypal(settings: PaypalSettings): PaypalProvider {
  const { clientId, clientSecret, apiUrl = liveUrl, webhookId, organisation, receivers = [] } = settings;
  const home = homeOf(apiUrl);
  const call = openPaypalApi({ clientId, clientSecret, apiUrl });
  const findPlan = openPlans(call, organisation);
  const findKey = openCertificates(home);
  const askAt = typeof home === "object" ? `${apiUrl}/cgi-bin/webscr` : `https://${ipnHosts[home]}/cgi-bin/webscr`;
  return {
    startCheckout: async (checkout) => {
      const made =
        checkout.interval === "once"
          ? await startOrder(call, checkout, organisation)
          : await startSubscription(call, findPlan, checkout, organisation);
      return { url: approvalPage(made, home) };
    },
    captureOrder: (order) => captureOrder(call, order),
    alignRenewal: (renewal, wish) => alignPaypalRenewal(call, renewal, wish),
    async readNotice(rawBody, header, now = Date.now()) {
      if (!webhookId || webhookId === "WEBHOOK_ID") throw new ForgedNotice("There is no webhook of ours at PayPal.");
      await checkSignature(rawBody, header, webhookId, findKey, now);
      return completed(call, toPaypalNotice(textOf(rawBody)));
    },
    async readIpn(rawBody) {
      if (receivers.length === 0) throw new ForgedNotice("No account of ours is told of by IPN.");
      const accounts = receivers.map((each) => each.toLowerCase());
      const read = await readIpn(rawBody, { askAt, receivers: accounts, live: home === "live" });
      return completed(call, read);
    },
    listTransactions: (from, to) => listTransactions(call, from, to),
    listMoney: (from, to) => listPaypalMoney(call, from, to),
  };
}

const ipnHosts = { live: "ipnpb.paypal.com", sandbox: "ipnpb.sandbox.paypal.com" };

/** Throws for an address that is neither PayPal's nor on this machine. */
export function homeOf(apiUrl: string): CertificateHome {
  const { protocol, hostname, origin } = new URL(apiUrl);
  if (["localhost", "127.0.0.1", "[::1]"].includes(hostname)) return { fake: origin };
  if (protocol === "https:" && /(^|\.)sandbox\.paypal\.com$/.test(hostname)) return "sandbox";
  if (protocol === "https:" && /(^|\.)paypal\.com$/.test(hostname)) return "live";
  throw new Error("PayPal's API can only be at paypal.com, or a fake of it on this machine.");
}

function textOf(rawBody: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(rawBody);
  } catch {
    throw new ForgedNotice("The notice is not text.");
  }
}

/** Payments of a subscription need not tell our reference: the subscription does, and who gives. */
async function completed(call: CallPaypal, read: ReadPaypalNotice): Promise<ReadPaypalNotice> {
  if (read.kind !== "notice" || !read.notice.renewal || read.notice.reference !== "") return read;
  const subscription = await getSubscription(call, read.notice.renewal);
  const subscriber = objectOf(subscription?.subscriber);
  const payer = { name: fullName(objectOf(subscriber.name)), email: emailOrNothing(subscriber.email_address) };
  const reference = oneLine(subscription?.custom_id, 140);
  const known = read.notice.payer.name !== "" || read.notice.payer.email !== "";
  return { ...read, notice: { ...read.notice, reference, ...(known ? {} : { payer }) } };
}

async function startOrder(call: CallPaypal, checkout: Checkout, organisation: string): Promise<Json> {
  const { amount, reference, description, successUrl, cancelUrl, language } = checkout;
  const body = {
    intent: "CAPTURE",
    purchase_units: [
      {
        ...{ reference_id: ours, custom_id: reference, description: description.slice(0, 127) },
        amount: { currency_code: amount.currency, value: toPaypalValue(amount) },
      },
    ],
    payment_source: {
      paypal: {
        experience_context: {
          ...{ brand_name: organisation.slice(0, 127), return_url: successUrl, cancel_url: cancelUrl },
          ...{ shipping_preference: "NO_SHIPPING", user_action: "PAY_NOW", ...localeOf(language) },
        },
      },
    },
  };
  return call({ method: "POST", path: "/v2/checkout/orders", body, key: keyOf(checkout.key, body) });
}

async function startSubscription(
  call: CallPaypal,
  findPlan: FindPlan,
  checkout: Checkout,
  organisation: string,
): Promise<Json> {
  const { amount, interval, reference, successUrl, cancelUrl, language } = checkout;
  if (interval === "once") throw new TypeError("what is given once needs no subscription");
  const body = {
    plan_id: await findPlan(interval, amount.currency),
    plan: pricedPlan(amount),
    custom_id: reference,
    application_context: {
      ...{ brand_name: organisation.slice(0, 127), return_url: successUrl, cancel_url: cancelUrl },
      ...{ shipping_preference: "NO_SHIPPING", user_action: "SUBSCRIBE_NOW", ...localeOf(language) },
    },
  };
  return call({ method: "POST", path: "/v1/billing/subscriptions", body, key: keyOf(checkout.key, body) });
}

/** The same form with the same content is one payment; with other content it is another one. */
function keyOf(key: string, body: Json): string {
  return createHash("sha256")
    .update(`${key} ${JSON.stringify(body)}`)
    .digest("hex")
    .slice(0, 36);
}

const locales = new Set("da de en es fi fr it nl no pl pt sv".split(" "));

function localeOf(language: string): { locale?: string } {
  return locales.has(language) ? { locale: `${language}-${new Intl.Locale(language).maximize().region}` } : {};
}

function approvalPage({ links }: Json, home: CertificateHome): string {
  for (const { rel, href } of Array.isArray(links) ? links.map(objectOf) : []) {
    if ((rel !== "payer-action" && rel !== "approve") || typeof href !== "string" || !URL.canParse(href)) continue;
    const { protocol, hostname } = new URL(href);
    if (
      typeof home === "object"
        ? hostname === "localhost" || hostname === "127.0.0.1"
        : protocol === "https:" && /(^|\.)paypal\.com$/.test(hostname)
    )
      return href;
  }
  throw new ProviderRefused("other", "PayPal made a payment without a page to approve it on");
}

async function captureOrder(call: CallPaypal, id: string): Promise<Capture> {
  if (!/^[A-Z0-9]{10,40}$/.test(id)) return "unknown";
  const path = `/v2/checkout/orders/${id}`;
  try {
    const order = await call({ method: "GET", path });
    const [unit] = Array.isArray(order.purchase_units) ? order.purchase_units : [];
    if (objectOf(unit).reference_id !== ours) return "unknown";
    if (order.status === "COMPLETED") return "captured";
    if (order.status !== "APPROVED") return "not-approved";
    await call({ method: "POST", path: `${path}/capture`, key: `capture-${id}` });
    return "captured";
  } catch (error) {
    if (!(error instanceof PaypalRefusal)) throw error;
    if (error.issues.includes("ORDER_ALREADY_CAPTURED")) return "captured";
    if (error.issues.includes("ORDER_NOT_APPROVED")) return "not-approved";
    if (error.issues.includes("INSTRUMENT_DECLINED")) return "declined";
    if (error.status === 404) return "unknown";
    throw error;
  }
}
