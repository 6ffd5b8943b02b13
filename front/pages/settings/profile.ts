// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/profile`: name, language and birthday.
import { showMe } from "@cdb/api/people.ts";
import { errorSummary, type FormState, field, hidden, select } from "@cdb/theme/form.ts";
import { html } from "@cdb/theme/html.ts";
import { languageName } from "@cdb/theme/language.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { readForm } from "../../read-form.ts";
import type { Sessions } from "../../session.ts";
import type { Env, Visit } from "../../visit.ts";
import { type Again, change } from "./change-me.ts";
import { complaint, showSettings } from "./frame.ts";

export function profile(back: Back, sessions: Sessions): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => {
    const { name, language, birthday, version } = await back.asVisitor(c).call(showMe);
    const values = { name, language, birthday: birthday ?? "", version: String(version) };
    return view(c, { values, errors: {} });
  });
  app.post("/", async (c) => {
    const form = await readForm(c);
    const birthday = form.text("birthday").trim() || null;
    const wish = { name: form.text("name"), language: form.text("language"), birthday };
    const again = await change(c, back, form, wish, {});
    if (again) return view(c, again.form, again);
    await sessions.keepLanguage(c, wish.language);
    // Chosen just now: it also counts against what was chosen on this device before, and after signing out.
    sessions.chooseLanguage(c, wish.language);
    return c.redirect("/settings/profile?done=1", 303);
  });
  return app;
}

function view(c: Visit, form: FormState, again?: Again): Response | Promise<Response> {
  const { t, site } = c.var;
  const { mail, interface: pages } = site.organisation.languages;
  const languages = [...new Set([...pages, ...mail])].map((code) => [code, languageName(code)] as const);
  const content = html`${complaint(again?.sentence)}${errorSummary(t, form)}
    <form method="post" novalidate>${hidden("version", String(form.values.version ?? ""))}
    ${field(form, { name: "name", label: t("Name"), autocomplete: "name", required: true })}
    ${select(form, { name: "language", label: t("Language"), hint: t("In which we write to you."), options: languages })}
    ${field(form, { name: "birthday", label: t("Birthday"), hint: t("Only if you like, for example 1980-12-31."), type: "date", autocomplete: "bday", width: "short" })}
    <p class="actions"><button>${t("Save")}</button></p></form>`;
  return showSettings(c, { title: t("Name, language, birthday"), content }, again?.status);
}
