// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk of the fake PayPal: what time, banks and staff would do, by button or by POST.
import { Hono } from "hono";
import { html } from "hono/html";
import type { Courier } from "../courier.ts";
import { changeState, dispute, failRenewal, refund, renew, resolve, settle, type Tell, withdraw } from "./money.ts";
import { layout } from "./page.ts";
import { Refusal } from "./refusal.ts";
import type { Store } from "./store.ts";

const shown = 50;
const mostTimes = 1000;

export function buildDesk(
  store: Store,
  tell: Tell,
  courier: Courier,
  tellIpn: (payment: string) => Promise<number>,
): Hono {
  const desk = new Hono();
  desk.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error;
    return c.text(error.message, error.status);
  });
  const act = (path: string, what: (id: string, query: Record<string, string>) => unknown) =>
    desk.post(`/test/${path}/:id`, async (c) => {
      const done = await what(c.req.param("id"), c.req.query());
      store.save();
      return c.req.header("Accept")?.includes("text/html") ? c.redirect("/", 303) : c.json({ done: done ?? true });
    });
  act("renew", (id) => renew(store, tell, id).id);
  act("fail", (id) => failRenewal(store, tell, id));
  act("cancel", (id) => changeState(store, tell, id, "cancel"));
  act("settle", (id, { outcome }) => settle(store, tell, id, outcome === "denied" ? "DECLINED" : "COMPLETED").id);
  act("refund", (id) => refund(store, tell, id).id);
  act("dispute", (id) => dispute(store, tell, id));
  act("win", (id) => resolve(store, tell, id, "RESOLVED_SELLER_FAVOUR"));
  act("lose", (id) => resolve(store, tell, id, "RESOLVED_BUYER_FAVOUR"));
  act("withdraw", () => withdraw(store).id);
  act("ipn", (id) => tellIpn(id));
  act("resend", (id, query) => courier.resend(id, Math.min(Number(query.times ?? 1) || 1, mostTimes)));
  desk.get("/test/notices", (c) => c.json(noticesOf(store)));
  desk.get("/", (c) => c.html(deskPage(store)));
  return desk;
}

export interface ToldNotice {
  id: string;
  type: string;
  attempts: number;
  lastStatus: number | null;
  delivered: boolean;
}

/** All events so far, oldest first. */
export function noticesOf(store: Store): ToldNotice[] {
  return Object.values(store.events).map(({ id, event_type: type }) => {
    const { attempts = 0, lastStatus = null, delivered = false } = store.deliveries[id] ?? {};
    return { id, type, attempts, lastStatus, delivered };
  });
}

function deskPage(store: Store): ReturnType<typeof html> {
  const button = (path: string, words: string) =>
    html`<form method="post" action="/test/${path}"><button>${words}</button></form>`;
  const last = <T>(things: Record<string, T>) => Object.values(things).slice(-shown).reverse();
  const pending = (id: string) => [
    button(`settle/${id}?outcome=completed`, "Money arrives"),
    button(`settle/${id}?outcome=denied`, "Bank refuses"),
  ];
  const done = (id: string) => [
    button(`refund/${id}`, "Refund"),
    button(`dispute/${id}`, "Dispute"),
    button(`ipn/${id}`, "Tell by IPN"),
  ];
  return layout(
    "Desk",
    html`<h2>Payments</h2><table>${last(store.payments).map(
      ({ id, amount, status }) =>
        html`<tr><td>${id}</td><td>${amount.value} ${amount.currency_code}</td><td>${status}</td><td>${status === "PENDING" ? pending(id) : done(id)}</td></tr>`,
    )}</table>
    <h2>Withdrawals</h2><p>${button("withdraw/EUR", "Send all euros to the bank")}</p><table>${last(
      store.withdrawals,
    ).map(({ id, amount }) => html`<tr><td>${id}</td><td>${amount.value} ${amount.currency_code}</td></tr>`)}</table>
    <h2>Subscriptions</h2><table>${last(store.subscriptions).map(
      ({ id, amount, status }) =>
        html`<tr><td>${id}</td><td>${amount.value} ${amount.currency_code}</td><td>${status}</td><td>${[button(`renew/${id}`, "Next payment"), button(`fail/${id}`, "Payment fails"), button(`cancel/${id}`, "Donor cancels")]}</td></tr>`,
    )}</table>
    <h2>Disputes</h2><table>${last(store.disputes).map(
      ({ dispute_id: id, payment }) =>
        html`<tr><td>${id}</td><td>${payment}</td><td>${[button(`win/${id}`, "We win"), button(`lose/${id}`, "We lose")]}</td></tr>`,
    )}</table>
    <h2>Notices</h2><table>${noticesOf(store)
      .slice(-shown)
      .reverse()
      .map(
        ({ id, type, attempts, lastStatus }) =>
          html`<tr><td>${type}</td><td>${attempts} ×</td><td>${lastStatus ?? "–"}</td><td>${button(`resend/${id}?times=20`, "Tell 20 times")}</td></tr>`,
      )}</table>`,
  );
}
