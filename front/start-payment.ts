// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sends a visitor to the provider's page to pay; nothing is booked before the provider tells us.
import { randomUUID } from "node:crypto";
import { admitPayment } from "@cdb/api/pledges.ts";
import type { Interval, MoneyShape } from "@cdb/api/shapes.ts";
import { ProviderRefused, ProviderUnavailable } from "@cdb/providers/errors.ts";
import type { PaypalProvider } from "@cdb/providers/paypal.ts";
import type { Checkout, StripeProvider } from "@cdb/providers/stripe.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { readAmount } from "@cdb/theme/money.ts";
import type { Back } from "./back.ts";
import { networkAddress } from "./network-address.ts";
import { show, type Visit } from "./visit.ts";

/** Who takes payments for us; PayPal only where it is set up. */
export interface Providers {
  stripe: StripeProvider;
  paypal?: PaypalProvider | undefined;
}

export interface Payable {
  reference: string;
  amount: MoneyShape;
  interval: Interval;
  method: "card" | "paypal";
  email?: string | undefined;
  /** From the form: pressing the button twice starts one payment. */
  key: string;
  /** Where to go on afterwards, for those who come from elsewhere. */
  successUrl?: string | undefined;
  cancelUrl?: string | undefined;
}

/** Redirects to the payment page; a page with other ways to pay when there is none to be had. */
export async function startPayment(c: Visit, back: Back, providers: Providers, payable: Payable): Promise<Response> {
  const { reference, email = "" } = payable;
  const attempt = { reference, email, signedIn: c.var.session !== undefined, ...networkAddress(c) };
  const { outcome } = await back.asProgram.call(admitPayment, { body: attempt });
  if (outcome !== "admitted") return showLater(c, payable, outcome);
  const { url, organisation } = c.var.site;
  const { method, ...asked } = payable;
  const checkout: Checkout = {
    ...asked,
    language: c.var.t.language,
    description: c.var.t("{name}, reference {reference}", { name: organisation.name, reference: payable.reference }),
    successUrl: payable.successUrl ?? `${url}/thanks`,
    cancelUrl: payable.cancelUrl ?? `${url}/cancelled?reference=${encodeURIComponent(payable.reference)}`,
  };
  try {
    const { stripe, paypal } = providers;
    if (method === "card") return c.redirect(await startCheckout(stripe, checkout), 303);
    if (!paypal) throw new ProviderUnavailable("PayPal is not set up here");
    // What is given once has to be taken by us when the donor comes back; a subscription takes by itself.
    const returnUrl = `${url}/paypal/return?reference=${encodeURIComponent(payable.reference)}`;
    const successUrl = payable.interval === "once" ? returnUrl : checkout.successUrl;
    return c.redirect((await paypal.startCheckout({ ...checkout, successUrl })).url, 303);
  } catch (error) {
    if (error instanceof ProviderUnavailable || error instanceof ProviderRefused) return showOtherWays(c, payable);
    throw error;
  }
}

async function startCheckout(stripe: StripeProvider, checkout: Checkout): Promise<string> {
  try {
    return (await stripe.startCheckout(checkout)).url;
  } catch (error) {
    const code = error instanceof ProviderRefused ? error.code : "";
    // Stripe asks for the address itself; a key that was used before means that the page was in another language then.
    if (code === "email") return startCheckout(stripe, { ...checkout, email: undefined });
    if (code === "repeated-key") return (await stripe.startCheckout({ ...checkout, key: randomUUID() })).url;
    throw error;
  }
}

function showOtherWays(c: Visit, { reference, method }: Payable): Response | Promise<Response> {
  const { t } = c.var;
  const title =
    method === "card"
      ? t("Paying by card does not work at the moment")
      : t("Paying by PayPal does not work at the moment");
  const lead = t("We are sorry. What you told us is kept, and no money has moved.");
  return show(c, { title, content: waysToPay(c, reference, lead) }, 503);
}

// Said without a word about what it is against; honest donors who meet it lose nothing.
function showLater(
  c: Visit,
  { reference }: Payable,
  outcome: "too-many" | "confirm-first",
): Response | Promise<Response> {
  const { t } = c.var;
  const lead =
    outcome === "too-many"
      ? t("There were many attempts to pay. Please come back in an hour, or pay by bank transfer. No money has moved.")
      : t(
          "There are many attempts to pay at the moment. Please follow the link in the mail that we sent you, then try again here, or pay by bank transfer. No money has moved.",
        );
  return show(c, { title: t("Please try again later"), content: waysToPay(c, reference, lead) }, 429);
}

function waysToPay({ var: { t, site } }: Visit, reference: string, lead: string): Html {
  const path = encodeURIComponent(reference);
  const transfer = site.organisation.donations.methods.includes("transfer");
  return html`<p class="lead">${lead}</p><p>${t("Your reference: {reference}", { reference })}</p>
    <p class="actions"><a class="button" href="/payonline/${path}">${t("Try again")}</a>
    ${transfer ? html`<a class="button second" href="/transfer/${path}">${t("Pay by bank transfer")}</a>` : ""}</p>`;
}

/** Minor units, or the code of what is wrong; `kind` is that of the reference. */
export function readGift(
  text: string,
  { currency, donations }: Organisation,
  kind: "donation" | "merchandise",
): { amount: number } | { mistake: string } {
  const read = readAmount(text, currency);
  if ("mistake" in read) return read;
  if (read.amount < donations.minimum) return { mistake: "amount-too-small" };
  if (kind === "merchandise" && read.amount > donations.merchandiseMaximum) return { mistake: "merchandise-too-large" };
  return read.amount >= donations.below ? { mistake: "amount-too-large" } : read;
}
