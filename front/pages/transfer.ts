// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/transfer/<reference>`: how to pay by bank transfer, with a code that banking apps scan.

import type { Answer } from "@cdb/api/operation.ts";
import { showPayable } from "@cdb/api/pledges.ts";
import { epcText } from "@cdb/providers/epc.ts";
import { qrSvg } from "@cdb/runtime/qr.ts";
import { type Html, html, raw } from "@cdb/theme/html.ts";
import { formatMoney } from "@cdb/theme/money.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { Refused } from "../refused.ts";
import { type Env, show, type Visit } from "../visit.ts";
import { howOften } from "./donate-form.ts";

type Payable = Answer<typeof showPayable>;

export function transfer(back: Back): Hono<Env> {
  return new Hono<Env>().get("/transfer/:reference", async (c) => {
    const payable = await loadPayable(back, c.req.param("reference"));
    const { t, site } = c.var;
    const sentence =
      payable.interval === null || payable.interval === "once"
        ? t("Please transfer the money to this account. Quote the reference and nothing else.")
        : t("Please set up a standing order to this account. Quote the reference and nothing else.");
    const card = site.organisation.donations.methods.includes("card");
    return show(c, {
      title: t("Pay by bank transfer"),
      content: html`<p class="lead">${sentence}</p>
        <div class="card">${facts(c, payable)}</div>
        ${code(c, payable)}
        <p>${t("We thank you by mail as soon as the money is there. That takes one to three working days.")}</p>
        ${card ? html`<p><a href="/payonline/${encodeURIComponent(payable.reference)}">${t("Pay by card instead")}</a></p>` : ""}`,
    });
  });
}

/** What a reference stands for. Throws for one that nobody knows or that has ended. */
export async function loadPayable(back: Back, reference: string): Promise<Payable> {
  if (!showPayable.params.safeParse({ reference }).success) throw new Refused(404, "reference-unknown");
  const payable = await back.asProgram.call(showPayable, { params: { reference } });
  if (payable.ended) throw new Refused(410, "pledge-ended");
  return payable;
}

/** `€20 every month`; null: it is whatever the giver wants. */
export function amountWords(t: Translate, { amount, interval }: Payable): string | null {
  if (amount === null) return null;
  const money = formatMoney(amount, t.language);
  return interval === null || interval === "once" ? money : `${money} ${howOften(t, interval)}`;
}

function facts(c: Visit, payable: Payable): Html {
  const { t, site } = c.var;
  const { bank } = site.organisation;
  const { reference } = payable;
  const money = amountWords(t, payable);
  return html`<dl class="facts">
    ${money ? html`<dt>${t("Amount")}</dt><dd>${money}</dd>` : ""}
    <dt>${t("Account holder")}</dt><dd>${bank.holder}</dd>
    <dt>IBAN</dt><dd class="code">${bank.iban.replace(/(.{4})(?=.)/g, "$1 ")}</dd>
    <dt>BIC</dt><dd class="code">${bank.bic}</dd>
    <dt>${t("Bank")}</dt><dd>${bank.name}</dd>
    <dt>${t("Reference")}</dt><dd class="code"><strong>${reference}</strong></dd></dl>`;
}

// The code exists for euros only.
function code({ var: { t, site } }: Visit, { amount, reference }: Payable): Html | "" {
  if (amount?.currency !== "EUR") return "";
  const { holder, iban, bic } = site.organisation.bank;
  const text = epcText({ holder, iban, bic, amount, reference });
  const label = t("Code with the account, the amount and the reference written above");
  return html`<h2>${t("Or scan this with your banking app")}</h2><div class="qr">${raw(qrSvg(text, { label }))}</div>
    <p class="quiet">${t("Please check what your app shows before you send the money.")}</p>`;
}
