// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/payonline/<reference>`: pay what a reference stands for by card or PayPal, without signing in.
import { randomUUID } from "node:crypto";
import type { Answer } from "@cdb/api/operation.ts";
import type { showPayable } from "@cdb/api/pledges.ts";
import { emptyForm, errorSummary, type FormState, field, hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatMoney } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import { z } from "zod";
import type { Back } from "../back.ts";
import { fieldSentence } from "../problem-words.ts";
import { readForm } from "../read-form.ts";
import { type Providers, readGift, startPayment } from "../start-payment.ts";
import { type Env, show, type Visit } from "../visit.ts";
import { amountWords, loadPayable } from "./transfer.ts";

type Payable = Answer<typeof showPayable>;

export function payonline(back: Back, providers: Providers): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/payonline/:reference", async (c) =>
    showPayForm(c, await loadPayable(back, c.req.param("reference")), emptyForm),
  );
  app.post("/payonline/:reference", async (c) => {
    const form = await readForm(c);
    const payable = await loadPayable(back, c.req.param("reference"));
    const { organisation } = c.var.site;
    const kind = payable.kind === "merchandise" ? "merchandise" : "donation";
    const read = payable.amount ?? readGift(form.text("amount"), organisation, kind);
    if ("mistake" in read) {
      const errors = { amount: fieldSentence(c, "amount", read.mistake) };
      return showPayForm(c, payable, { values: form.values, errors });
    }
    return startPayment(c, back, providers, {
      reference: payable.reference,
      amount: { amount: read.amount, currency: payable.amount?.currency ?? organisation.currency },
      interval: payable.interval ?? "once",
      method: form.text("method") === "paypal" ? "paypal" : "card",
      key: z.uuid().safeParse(form.text("key")).data ?? randomUUID(),
    });
  });
  return app;
}

function showPayForm(c: Visit, payable: Payable, form: FormState): Response | Promise<Response> {
  const { t, site } = c.var;
  const wrong = Object.keys(form.errors).length > 0;
  const money = amountWords(t, payable);
  const amountField = () =>
    field(form, {
      name: "amount",
      label: t("Amount"),
      hint: t("In {currency}.", { currency: site.organisation.currency }),
      inputmode: "decimal",
      autocomplete: "off",
      width: "short",
      required: true,
    });
  const content = html`${errorSummary(t, form)}
    <form method="post" novalidate>${hidden("key", String(form.values.key || randomUUID()))}
    <div class="card"><dl class="facts">
    <dt>${t("To")}</dt><dd>${site.organisation.name}</dd>
    <dt>${t("Reference")}</dt><dd class="code">${payable.reference}</dd>
    ${money ? html`<dt>${t("Amount")}</dt><dd>${money}</dd>` : ""}</dl></div>
    ${money ? "" : amountField()}
    ${payButtons(c, payable)}</form>
    ${site.organisation.donations.methods.includes("transfer") ? html`<p><a href="/transfer/${encodeURIComponent(payable.reference)}">${t("Pay by bank transfer instead")}</a></p>` : ""}`;
  return show(c, { title: t("Pay online"), content, wrong }, wrong ? 422 : 200);
}

function payButtons({ var: { t, site } }: Visit, { amount }: Payable): Html {
  const { methods } = site.organisation.donations;
  const money = amount && formatMoney(amount, t.language);
  const [card, paypal] = [methods.includes("card"), methods.includes("paypal")];
  const byCard = html`<button name="method" value="card">${money ? t("Pay {amount} by card", { amount: money }) : t("Pay by card")}</button>`;
  const byPaypal = html`<button name="method" value="paypal"${card ? html` class="second"` : ""}>${money ? t("Pay {amount} by PayPal", { amount: money }) : t("Pay by PayPal")}</button>`;
  return html`${card ? html`<p>${t("You pay on the page of our payment provider Stripe. We never see the number of your card.")}</p>` : ""}
    ${paypal ? html`<p>${t("With PayPal you pay on PayPal's page.")}</p>` : ""}
    <p class="actions">${card ? byCard : ""} ${paypal ? byPaypal : ""}</p>`;
}
