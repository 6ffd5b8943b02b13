// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The web site: reads its settings, makes its doors to back, auth and Stripe, serves the pages.
import { openPaypal, type PaypalProvider } from "@cdb/providers/paypal.ts";
import { openStripe } from "@cdb/providers/stripe.ts";
import { type Config, ConfigError } from "@cdb/runtime/config.ts";
import { type Organisation, readOrganisation } from "@cdb/runtime/organisation.ts";
import { runProgram } from "@cdb/runtime/program.ts";
import { listen, listenPrivately } from "@cdb/runtime/serve.ts";
import { openStylesheet } from "@cdb/theme/serve-stylesheet.ts";
import { openTranslations } from "@cdb/theme/translate.ts";
import { buildApp } from "./app.ts";
import { openBack } from "./back.ts";
import { settings } from "./config.ts";
import { openMailDomains } from "./mail-domains.ts";
import { Sessions } from "./session.ts";
import { SignIn } from "./sign-in.ts";

await runProgram("front", settings, async (config, log) => {
  const signIn = new SignIn(config.AUTH_URL, config.FRONT_CLIENT_SECRET, config.FRONT_URL);
  const sessions = new Sessions(config.SESSION_SECRET, config.FRONT_URL, signIn);
  const stripe = openStripe({
    secretKey: config.STRIPE_SECRET_KEY,
    webhookSecrets: config.STRIPE_WEBHOOK_SECRET,
    apiUrl: config.STRIPE_API_URL,
  });
  const organisation = readOrganisation(config.ORGANISATION);
  const paypal = findPaypal(config, organisation);
  const site = {
    organisation,
    url: config.FRONT_URL,
    accountUrl: `${config.AUTH_URL}/account`,
    /** Where forms of ours may lead to, besides our own pages. */
    formTargets: [
      config.AUTH_URL,
      ...stripePages(config.STRIPE_API_URL),
      ...(paypal ? paypalPages(config.PAYPAL_API_URL) : []),
    ],
    stylesheet: openStylesheet(config.ORGANISATION),
    mailDomains: openMailDomains(config.EMAIL_DNS, log),
    translator: openTranslations(new URL("translations", import.meta.url).pathname),
  };
  const app = buildApp(site, openBack(config.BACK_URL, sessions, signIn), signIn, sessions, { stripe, paypal }, log);
  const listening = await listen(app.fetch, config.FRONT_PORT);
  const checks = { back: () => answers(config.BACK_URL), auth: () => answers(config.AUTH_URL) };
  const health = await listenPrivately(checks, config.FRONT_HEALTH_PORT);
  return {
    stop: async () => {
      await Promise.all([listening.stop(), health.stop()]);
    },
  };
});

/** The fake has its page where its API is, under the name that the browser uses. */
function stripePages(fakeUrl: string | undefined): string[] {
  if (fakeUrl === undefined) return ["https://checkout.stripe.com"];
  return [fakeUrl, fakeUrl.replace("//127.0.0.1", "//localhost")];
}

function paypalPages(apiUrl = "https://api-m.paypal.com"): string[] {
  const fake = /^https?:\/\/(localhost|127\.0\.0\.1)(:|$)/.test(apiUrl);
  return fake ? [apiUrl, apiUrl.replace("//127.0.0.1", "//localhost")] : ["https://*.paypal.com"];
}

/** Also without being offered PayPal goes on: there may be donors whose payments renew. */
function findPaypal(config: Config<typeof settings>, organisation: Organisation): PaypalProvider | undefined {
  const { PAYPAL_CLIENT_ID: clientId, PAYPAL_CLIENT_SECRET: clientSecret, PAYPAL_WEBHOOK_ID: webhookId } = config;
  if (clientId && clientSecret && webhookId)
    return openPaypal({
      ...{ clientId, clientSecret, webhookId, apiUrl: config.PAYPAL_API_URL },
      ...{ receivers: config.PAYPAL_RECEIVERS, organisation: organisation.name },
    });
  if (!organisation.donations.methods.includes("paypal")) return undefined;
  const needed = "PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET and PAYPAL_WEBHOOK_ID";
  throw new ConfigError([`${needed}: are needed, for the organisation profile offers PayPal`]);
}

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_500), redirect: "manual" });
  await response.body?.cancel();
  if (response.status >= 500) throw new Error(`${url} answers ${response.status}`);
}
