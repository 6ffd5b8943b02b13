// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Front with its neighbours: small servers that behave as back and auth do, and a visitor with a browser's cookies.
import { after } from "node:test";
import { ProviderRefused, ProviderUnavailable } from "@cdb/providers/errors.ts";
import type { PaypalProvider } from "@cdb/providers/paypal.ts";
import { type Checkout, openStripe, type StripeProvider } from "@cdb/providers/stripe.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { openStylesheet } from "@cdb/theme/serve-stylesheet.ts";
import { openTranslations } from "@cdb/theme/translate.ts";
import type { Hono } from "hono";
import { buildApp } from "../app.ts";
import { openBack } from "../back.ts";
import type { MailDomains } from "../mail-domains.ts";
import { Sessions } from "../session.ts";
import { SignIn } from "../sign-in.ts";
import type { Env } from "../visit.ts";
import { type FakeAuth, startAuth } from "./auth.ts";
import { type FakeBack, startBack } from "./back.ts";

export interface Town {
  app: Hono<Env>;
  back: FakeBack;
  auth: FakeAuth;
  stripe: FakeStripe;
  visitor(headers?: Record<string, string>): Visitor;
}

export interface TownWish {
  mailDomains?: MailDomains;
  url?: string;
  secrets?: string[];
  paypal?: PaypalProvider;
  log?: Parameters<typeof buildApp>[5];
}

export async function openTown(wish: TownWish = {}): Promise<Town> {
  const [back, auth] = await Promise.all([startBack(), startAuth()]);
  after(() => Promise.all([back.stop(), auth.stop()]));
  return openFront(back, auth, wish);
}

/** One more front before the same neighbours. */
export function openFront(back: FakeBack, auth: FakeAuth, wish: TownWish = {}): Town {
  const url = wish.url ?? "http://front.example.org";
  const organisationFolder = new URL("../../organisations/example", import.meta.url).pathname;
  const stripe = new FakeStripe();
  const signIn = new SignIn(auth.url, "developmentfrontsecret", url);
  const sessions = new Sessions(wish.secrets ?? ["a secret for sessions in tests"], url, signIn);
  const site = {
    organisation: readOrganisation(organisationFolder),
    url,
    accountUrl: `${auth.url}/account`,
    formTargets: [auth.url, "https://checkout.stripe.com", "https://*.paypal.com"],
    stylesheet: openStylesheet(organisationFolder),
    mailDomains: wish.mailDomains ?? { check: async () => "accepts" as const },
    translator: openTranslations(new URL("../translations", import.meta.url).pathname),
  };
  const log = wish.log ?? openLog("test", "silent");
  const app = buildApp(
    site,
    openBack(back.url, sessions, signIn),
    signIn,
    sessions,
    { stripe, paypal: wish.paypal },
    log,
  );
  return { app, back, auth, stripe, visitor: (headers) => new Visitor(app, url, headers) };
}

/** The door to Stripe, with the behaviour that front counts on. */
export class FakeStripe implements StripeProvider {
  readonly checkouts: Checkout[] = [];
  failure: "none" | "down" | "refuses-email" = "none";
  readonly #keys = new Map<string, string>();
  readonly readNotice: StripeProvider["readNotice"];

  constructor() {
    const real = openStripe({ secretKey: "sk_test_of-the-tests", webhookSecrets: ["whsec_of-the-tests"] });
    this.readNotice = real.readNotice;
  }

  async startCheckout(checkout: Checkout): Promise<{ url: string }> {
    if (this.failure === "down") throw new ProviderUnavailable("down");
    if (this.failure === "refuses-email" && checkout.email) throw new ProviderRefused("email", "no");
    const content = JSON.stringify(checkout);
    if (this.#keys.has(checkout.key) && this.#keys.get(checkout.key) !== content)
      throw new ProviderRefused("repeated-key", "no");
    if (!this.#keys.has(checkout.key)) this.checkouts.push(checkout);
    this.#keys.set(checkout.key, content);
    return { url: `https://checkout.stripe.com/c/pay/${this.checkouts.length}` };
  }
}

export interface Seen {
  status: number;
  headers: Headers;
  text: string;
  location: string | null;
}

export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #app: Hono<Env>;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(app: Hono<Env>, url: string, headers: Record<string, string> = {}) {
    this.#app = app;
    this.#url = url;
    this.#headers = headers;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Seen> {
    return this.send("GET", path, undefined, headers);
  }

  /** Sends a form as the page at the same address does; a string is sent as it is. */
  post(
    path: string,
    fields: Record<string, string | string[]> | string,
    headers: Record<string, string> = {},
  ): Promise<Seen> {
    const body = typeof fields === "string" ? fields : encode(fields);
    const type = "application/x-www-form-urlencoded";
    return this.send("POST", path, body, { Origin: this.#url, "Content-Type": type, ...headers });
  }

  async send(method: string, path: string, body: string | undefined, headers: Record<string, string>): Promise<Seen> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await this.#app.request(`${this.#url}${path}`, {
      method,
      body: body ?? null,
      headers: { ...this.#headers, ...(cookie && { Cookie: cookie }), ...headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, location: response.headers.get("location") };
  }

  /** To auth, which knows them, and back. */
  async signIn(path = "/sign-in"): Promise<Seen> {
    const { location } = await this.get(path);
    const back = await fetch(location ?? "", { redirect: "manual" });
    const target = new URL(back.headers.get("location") ?? "");
    return this.get(target.pathname + target.search);
  }
}

function encode(fields: Record<string, string | string[]>): string {
  const pairs = Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  return new URLSearchParams(pairs).toString();
}

/** A uuid as the forms bear it. */
export function keyIn(seen: Seen): string {
  return /name="key" value="([0-9a-f-]{36})"/.exec(seen.text)?.[1] ?? "";
}
