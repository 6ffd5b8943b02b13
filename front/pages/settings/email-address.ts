// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/email-address`: another email address, which a mail to it confirms.
import type { Answer } from "@cdb/api/operation.ts";
import { removeMySecondaryEmail, requestEmailChange, showMe } from "@cdb/api/people.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import { errorSummary, type FormState, field, fieldset, radio } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { fieldErrors } from "../../problem-words.ts";
import { checkBody, checkMailable, readForm } from "../../read-form.ts";
import type { Env, Visit } from "../../visit.ts";
import { showSettings, showSignInAgain } from "./frame.ts";
import { tellOfSilence } from "./silent-address.ts";

export function emailAddress(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => {
    return view(c, { values: {}, errors: {} }, await back.asVisitor(c).call(showMe));
  });
  app.post("/second/remove", async (c) => {
    await readForm(c);
    await back.asVisitor(c).call(removeMySecondaryEmail);
    return c.redirect("/settings/email-address?done=1", 303);
  });
  app.post("/", async (c) => {
    const form = await readForm(c);
    const again = (errors: Record<string, string>) => view(c, { values: form.values, errors });
    const email = form.text("email").trim();
    const which = form.text("which") === "secondary" ? "secondary" : "primary";
    const checked = await checkMailable(c, checkBody(c, requestEmailChange.body, { email, which }), email, "email");
    if ("errors" in checked) return again(checked.errors);
    try {
      await back.asVisitor(c).call(requestEmailChange, { body: checked.body });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.problem.code === "sign-in-again") return showSignInAgain(c, "/settings/email-address");
      const errors = fieldErrors(c, error.problem);
      if (!errors) throw error;
      return again(errors);
    }
    return showAsked(c);
  });
  return app;
}

function view(c: Visit, form: FormState, me?: Answer<typeof showMe>): Response | Promise<Response> {
  const { t } = c.var;
  const wrong = Object.keys(form.errors).length > 0;
  const choices = [
    radio(form, { name: "which", value: "primary", label: t("Write to this one from now on"), preset: true }),
    radio(form, {
      name: "which",
      value: "secondary",
      label: t("Keep it as my second address"),
      hint: t("We write there only when the first does not answer."),
    }),
  ];
  const content = html`${errorSummary(t, form)}
    ${me ? html`<p class="lead">${t("At present we write to {email}.", { email: me.email })}</p>${tellOfSilence(t, me)}${second(t, me)}` : ""}
    <form method="post" novalidate>
    ${field(form, { name: "email", label: t("New email address"), hint: t("We send a mail there; the link in it makes the change."), type: "email", autocomplete: "email", required: true, spellcheck: false })}
    ${fieldset(form, { name: "which", legend: t("What is it for?"), content: html`${choices}` })}
    <p class="actions"><button>${t("Continue")}</button></p></form>`;
  return showSettings(c, { title: t("Email addresses"), content }, wrong ? 422 : 200);
}

function second(t: Translate, { secondaryEmail }: Answer<typeof showMe>): Html | "" {
  if (secondaryEmail === null) return "";
  return html`<div class="card"><h2>${t("Your second email address")}</h2><p>${secondaryEmail}</p>
    <form method="post" action="/settings/email-address/second/remove"><button class="second">${t("Remove it")}</button></form></div>`;
}

function showAsked(c: Visit): Response | Promise<Response> {
  const { t } = c.var;
  const lead = t("If the new address can be used, a mail is on its way to it. Its link makes the change.");
  return showSettings(c, { title: t("Please check your mailbox"), content: html`<p class="lead">${lead}</p>` });
}
