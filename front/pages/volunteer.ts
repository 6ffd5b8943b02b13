// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/volunteer`: somebody wants to work with us. A mail confirms the address; then a coordinator decides.
import { ProblemError } from "@cdb/api/problems.ts";
import { register } from "@cdb/api/registrations.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { emptyForm, errorSummary, type FormState, field, select } from "@cdb/theme/form.ts";
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { networkAddress } from "../network-address.ts";
import { fieldErrors } from "../problem-words.ts";
import { checkBody, checkMailable, type Form, readForm } from "../read-form.ts";
import { type Env, show, type Visit } from "../visit.ts";
import { showSubscribed } from "./subscribe.ts";

const fieldNames = { "volunteer.team": "team", "volunteer.message": "message" };

export function volunteer(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/volunteer", (c) => view(c, emptyForm));
  app.post("/volunteer", async (c) => {
    const form = await readForm(c);
    const again = (errors: Record<string, string>) => view(c, { values: form.values, errors });
    const checked = await checkMailable(c, read(c, form), form.text("email").trim(), "email");
    if ("errors" in checked) return again(checked.errors);
    try {
      // A person does not see the field; a program that fills it in learns nothing.
      if (form.text("password") === "") await back.asProgram.call(register, { body: checked.body });
      return showSubscribed(c);
    } catch (error) {
      const errors = error instanceof ProblemError ? fieldErrors(c, error.problem, fieldNames) : undefined;
      if (!errors) throw error;
      return again(errors);
    }
  });
  return app;
}

function read(c: Visit, form: Form) {
  const wish = {
    name: form.text("name"),
    email: form.text("email").trim(),
    language: c.var.t.language,
    volunteer: { team: form.text("team"), message: form.text("message").replace(/\r\n?/g, "\n") },
    origin: { channel: "/volunteer", ...networkAddress(c) },
  };
  return checkBody(c, register.body, wish, fieldNames);
}

function view(c: Visit, form: FormState): Response | Promise<Response> {
  const { t, site } = c.var;
  const again = c.req.method === "POST";
  const { teams } = site.organisation.volunteering;
  const choices = teams.map(({ name, title }) => [name, inLanguage(title, t.language)] as const);
  const options = [["", t("Where help is needed")] as const, ...choices];
  const content = html`${errorSummary(t, form)}
    <p class="lead">${t("Work with us. Tell us who you are; a coordinator answers you.")}</p>
    <form method="post" novalidate>
    ${field(form, { name: "name", label: t("Name"), autocomplete: "name", required: true })}
    ${field(form, { name: "email", label: t("Email address"), type: "email", autocomplete: "email", required: true, spellcheck: false })}
    ${select(form, { name: "team", label: t("What would you like to do?"), options })}
    ${field(form, { name: "message", label: t("What should we know?"), hint: t("What you can do, what you like, how much time you have. You may leave it empty."), rows: 5 })}
    <div class="away" aria-hidden="true"><label for="password">${t("Leave this empty")}</label>
    <input id="password" name="password" type="text" tabindex="-1" autocomplete="off"></div>
    <p class="actions"><button>${t("Continue")}</button></p></form>`;
  return show(c, { title: t("Volunteer"), content, wrong: again }, again ? 422 : 200);
}
