// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sends a visitor to the provider's page to pay; nothing is booked before the provider tells us.
import { randomUUID } from "node:crypto";
import type { Interval, MoneyShape } from "@cdb/api/shapes.ts";
import { ProviderRefused, ProviderUnavailable } from "@cdb/providers/errors.ts";
import type { Checkout, StripeProvider } from "@cdb/providers/stripe.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { html } from "@cdb/theme/html.ts";
import { readAmount } from "@cdb/theme/money.ts";
import { show, type Visit } from "./visit.ts";

export interface Payable {
  reference: string;
  amount: MoneyShape;
  interval: Interval;
  email?: string | undefined;
  /** From the form: pressing the button twice starts one payment. */
  key: string;
  /** Where to go on afterwards, for those who come from elsewhere. */
  successUrl?: string | undefined;
  cancelUrl?: string | undefined;
}

/** Redirects to the payment page; a page with other ways to pay when there is none to be had. */
export async function startPayment(c: Visit, stripe: StripeProvider, payable: Payable): Promise<Response> {
  const { url, organisation } = c.var.site;
  const checkout: Checkout = {
    ...payable,
    language: c.var.t.language,
    description: c.var.t("{name}, reference {reference}", { name: organisation.name, reference: payable.reference }),
    successUrl: payable.successUrl ?? `${url}/thanks`,
    cancelUrl: payable.cancelUrl ?? `${url}/cancelled?reference=${encodeURIComponent(payable.reference)}`,
  };
  try {
    return c.redirect(await startCheckout(stripe, checkout), 303);
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

function showOtherWays(c: Visit, { reference }: Payable): Response | Promise<Response> {
  const { t, site } = c.var;
  const path = encodeURIComponent(reference);
  const transfer = site.organisation.donations.methods.includes("transfer");
  return show(
    c,
    {
      title: t("Paying by card does not work at the moment"),
      content: html`<p class="lead">${t("We are sorry. What you told us is kept, and no money has moved.")}</p>
        <p>${t("Your reference: {reference}", { reference })}</p>
        <p class="actions"><a class="button" href="/payonline/${path}">${t("Try again")}</a>
        ${transfer ? html`<a class="button second" href="/transfer/${path}">${t("Pay by bank transfer")}</a>` : ""}</p>`,
    },
    503,
  );
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
