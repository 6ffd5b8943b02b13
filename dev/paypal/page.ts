// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page where a donor approves a payment at the fake PayPal: no JavaScript, any browser.
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { approveOrder, approveSubscription, type Tell } from "./money.ts";
import { newId, type Order, type Store, type Subscription } from "./store.ts";

type Html = ReturnType<typeof html>;

export function buildPage(store: Store, tell: Tell): Hono {
  const page = new Hono();
  page.get("/checkoutnow", (c) => {
    const order = store.orders[c.req.query("token") ?? ""];
    return order?.status === "PAYER_ACTION_REQUIRED" ? c.html(orderPage(order)) : closed(c);
  });
  page.post("/checkoutnow", async (c) => {
    const order = store.orders[c.req.query("token") ?? ""];
    if (!order) return closed(c);
    const form = new URLSearchParams(await c.req.text());
    if (form.get("action") === "cancel") return c.redirect(withQuery(order.cancel_url, { token: order.id }), 303);
    const payer = readPayer(form);
    if (!payer) return c.html(orderPage(order, "Your name or email address is incomplete."), 422);
    if (order.status === "PAYER_ACTION_REQUIRED") approveOrder(store, tell, order, payer, readBy(form));
    store.save();
    const answer = { token: order.id, PayerID: order.payer?.payer_id ?? payer.payer_id };
    return c.redirect(withQuery(order.return_url, answer), 303);
  });
  page.get("/webapps/billing/subscriptions", (c) => {
    const subscription = find(store, c);
    return subscription?.status === "APPROVAL_PENDING" ? c.html(subscriptionPage(store, subscription)) : closed(c);
  });
  page.post("/webapps/billing/subscriptions", async (c) => {
    const subscription = find(store, c);
    if (!subscription) return closed(c);
    const form = new URLSearchParams(await c.req.text());
    const names = { subscription_id: subscription.id, ba_token: subscription.ba_token, token: subscription.ba_token };
    if (form.get("action") === "cancel") return c.redirect(withQuery(subscription.cancel_url, names), 303);
    const payer = readPayer(form);
    if (!payer) return c.html(subscriptionPage(store, subscription, "Your name or email address is incomplete."), 422);
    if (subscription.status === "APPROVAL_PENDING") approveSubscription(store, tell, subscription, payer);
    store.save();
    return c.redirect(withQuery(subscription.return_url, names), 303);
  });
  return page;
}

function find(store: Store, c: Context): Subscription | undefined {
  return Object.values(store.subscriptions).find(({ ba_token }) => ba_token === c.req.query("ba_token"));
}

function withQuery(address: string, more: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
  return url.href;
}

function readPayer(form: URLSearchParams) {
  const email_address = (form.get("email") ?? "").trim();
  const [, given_name = "", surname = ""] = /^(\S+) ?(.*)$/s.exec((form.get("name") ?? "").trim()) ?? [];
  if (given_name === "" || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email_address)) return undefined;
  return { name: { given_name, surname }, email_address, payer_id: newId(13) };
}

function readBy(form: URLSearchParams): Order["by"] {
  const by = form.get("by");
  return by === "check" || by === "declined" ? by : "balance";
}

function closed(c: Context): Response | Promise<Response> {
  return c.html(layout("This page is closed", html`<p>It was approved, or it never was.</p>`), 404);
}

function orderPage(order: Order, mistake = ""): Html {
  const ways = html`<fieldset><legend>Pay with</legend>
    <label><input type="radio" name="by" value="balance" checked> PayPal balance</label>
    <label><input type="radio" name="by" value="check"> Bank account (the bank decides later, on the <a href="/">desk</a>)</label>
    <label><input type="radio" name="by" value="declined"> A card that is declined</label></fieldset>`;
  return approvalPage(amountText(order.amount), order.description, ways, "Complete purchase", mistake);
}

function subscriptionPage(store: Store, { amount, plan_id }: Subscription, mistake = ""): Html {
  const { interval = "", name = "" } = store.plans[plan_id] ?? {};
  return approvalPage(`${amountText(amount)} every ${interval}`, name, html``, "Agree and subscribe", mistake);
}

function approvalPage(what: string, about: string, ways: Html, agree: string, mistake: string): Html {
  return layout(
    `Pay ${what}`,
    html`<p>${about}</p>${mistake ? html`<p role="alert"><strong>${mistake}</strong></p>` : ""}
      <form method="post">
        <label>Email <input name="email" type="email" autocomplete="email" required value="paypal-donor@example.com"></label>
        <label>Name <input name="name" autocomplete="name" required maxlength="300" value="Pat Donor"></label>
        ${ways}
        <button name="action" value="approve">${agree}</button>
        <button name="action" value="cancel" formnovalidate>Cancel and return</button>
      </form>`,
  );
}

function amountText({ value, currency_code }: { value: string; currency_code: string }): string {
  return `${value} ${currency_code}`;
}

export function layout(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} – fake PayPal</title>
<style>:root{color-scheme:light dark;font:1rem/1.5 system-ui}body{max-width:40rem;margin:2rem auto;padding:0 1rem}
label{display:block;margin:.5rem 0}input:not([type=radio]){display:block;width:100%;box-sizing:border-box;font:inherit;padding:.4rem}
button{font:inherit;padding:.5rem 1rem;margin:.5rem .5rem 0 0}table{border-collapse:collapse;display:block;overflow-x:auto}td,th{text-align:left;padding:.2rem .6rem .2rem 0}td form{display:inline}</style></head>
<body><main><p><em>This is a fake of PayPal for development. No money moves.</em></p><h1>${title}</h1>${body}</main></body></html>`;
}
