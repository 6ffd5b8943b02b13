// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/leave`: what would go and what the law keeps, one button that asks for it, and one that takes it back.

import { cancelMyErasure, requestMyErasure, showMyErasure } from "@cdb/api/leaving.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { readForm } from "../../read-form.ts";
import type { Env, Visit } from "../../visit.ts";
import { showSettings, showSignInAgain } from "./frame.ts";

type Plan = Answer<typeof showMyErasure>;

export function leave(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => view(c, await back.asVisitor(c).call(showMyErasure)));
  app.post("/", async (c) => {
    const form = await readForm(c);
    try {
      if (form.text("stay") === "yes") await back.asVisitor(c).call(cancelMyErasure);
      else await back.asVisitor(c).call(requestMyErasure, { body: {} });
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === "sign-in-again")
        return showSignInAgain(c, "/settings/leave");
      throw error;
    }
    return c.redirect("/settings/leave", 303);
  });
  return app;
}

function view(c: Visit, plan: Plan): Response | Promise<Response> {
  const { t, site } = c.var;
  const day = formatDay(plan.planned ?? plan.dueAt, t.language, site.organisation.timeZone);
  const words = names(t);
  const list = (entries: string[]) => html`<ul>${entries.map((entry) => html`<li>${words[entry] ?? entry}</li>`)}</ul>`;
  const stays = plan.stays
    ? html`<h2>${t("The law makes us keep these, locked, until {day}", { day: formatDay(plan.stays.until, t.language, site.organisation.timeZone) })}</h2>${list(plan.stays.what)}`
    : html`<p>${t("Nothing is kept.")}</p>`;
  return showSettings(c, {
    title: plan.planned ? t("Your data are deleted on {day}", { day }) : t("Delete my data"),
    content: html`<p class="lead">${plan.planned ? t("Until then you can take it back.") : t("You can take it back until {day}. After that it cannot be undone.", { day })}</p>
      <h2>${t("This is deleted")}</h2>${list(plan.goes)}${stays}${button(t, plan)}`,
  });
}

function button(t: Translate, { planned }: Plan): Html {
  return planned
    ? html`<form method="post">${hidden("stay", "yes")}<p class="actions"><button>${t("Keep my data")}</button></p></form>`
    : html`<form method="post">${hidden("stay", "no")}<p class="actions"><button class="second">${t("Delete my data")}</button></p></form>`;
}

function names(t: Translate): Record<string, string> {
  return {
    email: t("Email address"),
    language: t("Language"),
    birthday: t("Birthday"),
    roles: t("What you do with us"),
    consents: t("What you agreed to"),
    signatures: t("Your signatures"),
    account: t("Your account"),
    messages: t("Our mails to you"),
    "history-values": t("Earlier values of your data"),
    name: t("Name"),
    postalAddress: t("Postal address"),
    donations: t("Your donations"),
  };
}
