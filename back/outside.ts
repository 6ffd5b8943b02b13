// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The payment providers as back needs them: to renew pledges and to list money; PayPal only where it is set up.
import { openPaypal } from "@cdb/providers/paypal.ts";
import { openStripe } from "@cdb/providers/stripe.ts";
import type { Providers } from "./worker/open-worker.ts";

export interface OutsideSettings {
  STRIPE_SECRET_KEY?: string | undefined;
  STRIPE_API_URL?: string | undefined;
  PAYPAL_CLIENT_ID?: string | undefined;
  PAYPAL_CLIENT_SECRET?: string | undefined;
  PAYPAL_API_URL?: string | undefined;
}

/** `name`: of the organisation, as donors read it at PayPal. */
export function openProviders(settings: OutsideSettings, name: string): Omit<Providers, "auth"> {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_URL, PAYPAL_API_URL: apiUrl } = settings;
  const { PAYPAL_CLIENT_ID: clientId, PAYPAL_CLIENT_SECRET: clientSecret } = settings;
  const stripe = secretKey && openStripe({ secretKey, webhookSecrets: [], apiUrl: STRIPE_API_URL });
  const paypal = clientId && clientSecret && openPaypal({ clientId, clientSecret, apiUrl, organisation: name });
  return {
    renewals: { ...(stripe && { card: stripe }), ...(paypal && { paypal }) },
    listers: { ...(stripe && { stripe }), ...(paypal && { paypal }) },
  };
}
