// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk of the fake Stripe: what time, banks and staff would do, by button or by POST.
import { Hono } from "hono";
import { html } from "hono/html";
import type { Stripe } from "stripe";
import type { Courier } from "../courier.ts";
import { type Payout, payOut, settlePayout } from "./balance.ts";
import { dispute, failRenewal, refund, renew, settle, type Tell, winDispute } from "./money.ts";
import { layout } from "./page.ts";
import { Refusal } from "./parameters.ts";
import type { Event, Store } from "./store.ts";

const shown = 50;
const mostTimes = 1000;

export function buildDesk(store: Store, tell: Tell, courier: Courier): Hono {
  const desk = new Hono();
  desk.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error;
    return c.text(error.message, error.status);
  });
  const act = (path: string, what: (id: string, query: Record<string, string>) => unknown) =>
    desk.post(path, async (c) => {
      const done = await what(c.req.param("id") ?? "", c.req.query());
      store.save();
      return c.req.header("Accept")?.includes("text/html") ? c.redirect("/", 303) : c.json({ done });
    });
  act("/test/renew/:id", (id) => renew(store, tell, id).id);
  act("/test/settle/:id", (id, query) => settle(store, tell, id, query.outcome === "failed" ? "failed" : "succeeded"));
  act("/test/refund/:id", (id, query) => refund(store, tell, { payment_intent: id, ...query }).id);
  act("/test/dispute/:id", (id) => dispute(store, tell, id).id);
  act("/test/payout/:id", (currency) => payOut(store, tell, currency).id);
  act("/test/paid-out/:id", (id, { outcome }) =>
    settlePayout(store, tell, id, outcome === "failed" ? "failed" : "paid"),
  );
  act("/test/win/:id", (id) => winDispute(store, tell, id));
  act("/test/fail/:id", (id) => failRenewal(store, tell, id).id);
  act("/test/resend/:id", (id, query) => courier.resend(id, Math.min(Number(query.times ?? 1) || 1, mostTimes)));
  desk.get("/test/notices", (c) => c.json(noticesOf(store)));
  desk.get("/", (c) => c.html(deskPage(store)));
  return desk;
}

export interface ToldNotice {
  id: string;
  type: string;
  /** The name of the thing it tells of. */
  about: string;
  attempts: number;
  lastStatus: number | null;
  delivered: boolean;
}

/** All events so far, oldest first. */
export function noticesOf(store: Store): ToldNotice[] {
  return store.all<Event>("event").map(({ id, type, data }) => {
    const { attempts = 0, lastStatus = null, delivered = false } = store.deliveries[id] ?? {};
    return { id, type, about: (data.object as { id: string }).id, attempts, lastStatus, delivered };
  });
}

function deskPage(store: Store): ReturnType<typeof html> {
  const button = (path: string, words: string) =>
    html`<form method="post" action="/test/${path}"><button>${words}</button></form>`;
  const subscriptions = store.all<Stripe.Subscription>("subscription").slice(-shown).reverse();
  const intents = store.all<Stripe.PaymentIntent>("payment_intent").slice(-shown).reverse();
  const payouts = store.all<Payout>("payout").slice(-shown).reverse();
  const notices = noticesOf(store).slice(-shown).reverse();
  return layout(
    "Desk",
    html`<h2>Payments</h2><table>${intents.map(
      ({ id, amount, currency, status }) =>
        html`<tr><td>${id}</td><td>${amount} ${currency}</td><td>${status}</td><td>${
          status === "processing"
            ? [
                button(`settle/${id}?outcome=succeeded`, "Money arrives"),
                button(`settle/${id}?outcome=failed`, "Bank refuses"),
              ]
            : ""
        }${status === "succeeded" ? [button(`refund/${id}`, "Refund"), button(`dispute/${id}`, "Dispute")] : ""}</td></tr>`,
    )}</table>
    <h2>Payouts</h2><p>${button("payout/eur", "Pay out all euros")}</p><table>${payouts.map(
      ({ id, amount, currency, status }) =>
        html`<tr><td>${id}</td><td>${amount} ${currency}</td><td>${status}</td><td>${
          status === "in_transit"
            ? [
                button(`paid-out/${id}?outcome=paid`, "Arrives"),
                button(`paid-out/${id}?outcome=failed`, "Bank refuses"),
              ]
            : ""
        }</td></tr>`,
    )}</table>
    <h2>Subscriptions</h2><table>${subscriptions.map(
      ({ id, description }) =>
        html`<tr><td>${id}</td><td>${description}</td><td>${button(`renew/${id}`, "Next payment")}</td><td>${button(`fail/${id}`, "Card declined")}</td></tr>`,
    )}</table>
    <h2>Notices</h2><table>${notices.map(
      ({ id, type, attempts, lastStatus }) =>
        html`<tr><td>${type}</td><td>${attempts} ×</td><td>${lastStatus ?? "–"}</td><td>${button(`resend/${id}?times=20`, "Tell 20 times")}</td></tr>`,
    )}</table>`,
  );
}
