// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/donations/<reference>`: one pledge, to be given another amount, ended, or taken up again.
import type { Answer, Input } from "@cdb/api/operation.ts";
import { changeMyPledge, listMyPledges } from "@cdb/api/pledges.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { errorSummary, type FormState, field, hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatDay, formatMoney, readAmount, typedAmount } from "@cdb/theme/money.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { fieldErrors, fieldSentence } from "../../problem-words.ts";
import { type Form, readForm } from "../../read-form.ts";
import { Refused } from "../../refused.ts";
import type { Env, Visit } from "../../visit.ts";
import { howOften } from "../donate-form.ts";
import { pledgeState } from "./donations.ts";
import { showSettings } from "./frame.ts";

type Pledge = Answer<typeof listMyPledges>["pledges"][number];

export function pledge(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/:reference", async (c) => {
    const own = await find(c, back);
    return view(c, own, { values: { amount: typedAmount(own.amount, c.var.t.language) }, errors: {} });
  });
  app.post("/:reference", async (c) => {
    const form = await readForm(c);
    const own = await find(c, back);
    const wish = readWish(c, own, form);
    if ("errors" in wish) return view(c, own, { values: form.values, errors: wish.errors });
    try {
      await back.asVisitor(c).call(changeMyPledge, { params: { reference: own.reference }, body: wish });
    } catch (error) {
      const errors = error instanceof ProblemError ? fieldErrors(c, error.problem) : undefined;
      if (!errors) throw error;
      return view(c, own, { values: form.values, errors });
    }
    return c.redirect(`/settings/donations/${encodeURIComponent(own.reference)}?done=1`, 303);
  });
  return app;
}

async function find(c: Visit, back: Back): Promise<Pledge> {
  const { pledges } = await back.asVisitor(c).call(listMyPledges);
  const own = pledges.find(({ reference }) => reference === c.req.param("reference"));
  if (!own) throw new Refused(404, "page-unknown");
  return own;
}

type Verb = NonNullable<Input<typeof changeMyPledge>["body"]["do"]>;
type Wish = { amount: Pledge["amount"] } | { do: Verb } | { errors: Record<string, string> };
const verbs: readonly string[] = ["end", "pause", "resume"] satisfies Verb[];

function readWish(c: Visit, own: Pledge, form: Form): Wish {
  const wanted = form.text("do");
  if (verbs.includes(wanted)) return { do: wanted as Verb };
  if (wanted !== "change") throw new Refused(422, "form-incomplete");
  const read = readAmount(form.text("amount"), own.amount.currency);
  if ("mistake" in read) return { errors: { amount: fieldSentence(c, "amount", read.mistake) } };
  return { amount: { amount: read.amount, currency: own.amount.currency } };
}

function view(c: Visit, own: Pledge, form: FormState): Response | Promise<Response> {
  const { t } = c.var;
  const wrong = Object.keys(form.errors).length > 0;
  const facts = html`<dl class="facts"><dt>${t("Reference")}</dt><dd><span class="code">${own.reference}</span></dd>
    <dt>${t("Amount")}</dt><dd>${formatMoney(own.amount, t.language)} ${howOften(t, own.interval)}</dd>
    <dt>${t("State")}</dt><dd>${pledgeState(t, own.state)}</dd>
    ${own.nextDueOn ? html`<dt>${t("Due next")}</dt><dd>${formatDay(own.nextDueOn, t.language)}${own.renews ? ` (${t("paid by itself")})` : ""}</dd>` : ""}</dl>`;
  const content = html`${errorSummary(t, form)}<div class="card">${facts}</div>${buttons(t, own, form)}`;
  return showSettings(c, { title: t("Your pledge"), content }, wrong ? 422 : 200);
}

function buttons(t: Translate, { state, amount, interval, method, renews }: Pledge, form: FormState): Html | "" {
  if (state === "fulfilled") return "";
  if (state !== "open")
    return html`<form method="post">${hidden("do", "resume")}<p class="actions"><button>${t("Resume it")}</button></p></form>`;
  const pause = html`<h2>${t("Pause it")}</h2><p>${t("Nothing is due before you take it up again.")}</p>
    <form method="post">${hidden("do", "pause")}<p class="actions"><button class="second">${t("Pause it")}</button></p></form>`;
  const hint = t("Applies from the next time on. In {currency}.", { currency: amount.currency });
  return html`<form method="post" novalidate>${hidden("do", "change")}
    ${renews && method === "paypal" ? html`<p>${t("Another amount needs your consent at PayPal: the payments there end, and when the next one is due we send you a link.")}</p>` : ""}
    ${field(form, { name: "amount", label: t("Another amount"), hint, inputmode: "decimal", autocomplete: "off", width: "short" })}
    <p class="actions"><button>${t("Change it")}</button></p></form>
    ${interval === "once" ? "" : pause}
    <h2>${t("End this pledge")}</h2><p>${t("Nothing more is due for it, and we do not remind you of it.")}</p>
    <form method="post">${hidden("do", "end")}<p class="actions"><button class="second">${t("End this pledge")}</button></p></form>`;
}
