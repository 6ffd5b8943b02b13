// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page where a donor pays at the fake Stripe: no JavaScript, any browser.
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { completeSession, decline, type PayBy, type Tell } from "./money.ts";
import { nowSeconds, type Session, type Store } from "./store.ts";

type Html = ReturnType<typeof html>;

/** What each test number does, as with Stripe (https://docs.stripe.com/testing). */
const goodCard = "4242424242424242";
const declinedCard = "4000000000000002";

export function buildPage(store: Store, tell: Tell): Hono {
  const page = new Hono();
  page.get("/c/pay/:id", (c) => {
    const session = store.find<Session>("checkout.session", c.req.param("id"));
    return isOpen(session) ? c.html(payPage(store, session)) : closed(c);
  });
  page.post("/c/pay/:id", async (c) => {
    const session = store.find<Session>("checkout.session", c.req.param("id"));
    const form = new URLSearchParams(await c.req.text());
    // Pressed twice, or back and again: the money is there already.
    if (session?.status === "complete") return c.redirect(successUrl(session), 303);
    if (!isOpen(session)) return closed(c);
    if (form.get("action") === "cancel") return c.redirect(session.cancel_url ?? session.success_url ?? "/", 303);
    const mistake = pay(store, tell, session, form);
    store.save();
    return mistake ? c.html(payPage(store, session, mistake, form), 402) : c.redirect(successUrl(session), 303);
  });
  return page;
}

function isOpen(session: Session | undefined): session is Session {
  return session?.status === "open" && session.expires_at > nowSeconds();
}

function closed(c: Context): Response | Promise<Response> {
  return c.html(layout("This page is closed", html`<p>It was paid, it is too old, or it never was.</p>`), 404);
}

function successUrl(session: Session): string {
  return (session.success_url ?? "/").replaceAll("{CHECKOUT_SESSION_ID}", session.id);
}

function pay(store: Store, tell: Tell, session: Session, form: URLSearchParams): string | undefined {
  const name = (form.get("name") ?? "").trim();
  const email = session.customer_email ?? (form.get("email") ?? "").trim();
  const by: PayBy = form.get("by") === "sepa_debit" ? "sepa_debit" : "card";
  const card = (form.get("card") ?? "").replaceAll(" ", "");
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return "Your email address is incomplete.";
  if (name === "") return "Your name is missing.";
  if (by === "card" && card === declinedCard) {
    decline(store, tell, session);
    return "Your card was declined. Try another one.";
  }
  if (by === "card" && card !== goodCard) return "Your card number is invalid. This fake knows test numbers only.";
  completeSession(store, tell, session, { name, email }, by);
}

function payPage(store: Store, session: Session, mistake = "", typed = new URLSearchParams()): Html {
  const order = store.orders[session.id];
  const every = order?.interval ? ` every ${order.interval}` : "";
  const debit = typed.get("by") === "sepa_debit";
  const amount = amountText(session.amount_total ?? 0, session.currency ?? "eur");
  const known = session.customer_email;
  return layout(
    `Pay ${amount}${every}`,
    html`<p>${order?.description}</p>
      ${mistake ? html`<p role="alert"><strong>${mistake}</strong></p>` : ""}
      <form method="post">
        <label>Email <input name="email" type="email" autocomplete="email" required value="${known ?? typed.get("email") ?? ""}" ${known ? "readonly" : ""}></label>
        <label>Name <input name="name" autocomplete="name" required maxlength="300" value="${typed.get("name") ?? "Test Donor"}"></label>
        <fieldset><legend>How</legend>
          <label><input type="radio" name="by" value="card" ${debit ? "" : "checked"}> Card</label>
          <label>Card number <input name="card" inputmode="numeric" value="${typed.get("card") ?? "4242 4242 4242 4242"}" aria-describedby="numbers"></label>
          <p id="numbers">4242 4242 4242 4242 is good, 4000 0000 0000 0002 is declined.</p>
          <label><input type="radio" name="by" value="sepa_debit" ${debit ? "checked" : ""}> SEPA direct debit (the bank decides later, on the <a href="/">desk</a>)</label>
        </fieldset>
        <button name="action" value="pay">Pay ${amount}</button>
        <button name="action" value="cancel" formnovalidate>Cancel</button>
      </form>`,
  );
}

export function layout(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} – fake Stripe</title>
<style>:root{color-scheme:light dark;font:1rem/1.5 system-ui}body{max-width:40rem;margin:2rem auto;padding:0 1rem}
label{display:block;margin:.5rem 0}input:not([type=radio]){display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4rem}
button{font:inherit;padding:.5rem 1rem;margin:.5rem .5rem 0 0}table{border-collapse:collapse;display:block;overflow-x:auto}td,th{text-align:left;padding:.2rem .6rem .2rem 0}td form{display:inline}</style></head>
<body><main><p><em>This is a fake of Stripe for development. No money moves.</em></p><h1>${title}</h1>${body}</main></body></html>`;
}

// ISK counts in hundredths at Stripe.
function amountText(amount: number, currency: string): string {
  const form = new Intl.NumberFormat("en", { style: "currency", currency });
  const decimals = currency === "isk" ? 2 : (form.resolvedOptions().maximumFractionDigits ?? 2);
  const digits = String(amount).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return form.format(`${whole}.${digits.slice(whole.length)}0` as Intl.StringNumericLiteral);
}
