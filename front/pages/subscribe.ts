// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/subscribe`: choose what to hear about.
import { inLanguage, mailPurposes } from "@cdb/runtime/organisation.ts";
import { checkbox, emptyForm, errorSummary, type FormState, field, fieldset, hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import { readReferrer } from "../read-form.ts";
import { type Env, show, type Visit } from "../visit.ts";

export function subscribePage(): Hono<Env> {
  return new Hono<Env>().get("/subscribe", (c) => {
    const referrer = readReferrer(c.req.query("referrer") ?? "");
    return showSubscribeForm(c, { ...emptyForm, values: { referrer } });
  });
}

/** `wants_info` is about the purpose `info`, `wants_newsletter_info` about `newsletter`. */
export function fieldOfPurpose(purpose: string): string {
  return purpose === "info" ? "wants_info" : `wants_${purpose}_info`;
}

/** The form; after a POST it says that something is wrong with it. */
export async function showSubscribeForm(c: Visit, form: FormState): Promise<Response> {
  const { t, site } = c.var;
  const again = c.req.method === "POST";
  const choices = mailPurposes(site.organisation).map(({ name, wording }) =>
    checkbox(form, { name: fieldOfPurpose(name), value: "yes", label: inLanguage(wording, t.language) }),
  );
  const content = html`${errorSummary(t, form)}
    <p class="lead">${t("Tell us what you want to hear about. We send a mail first, to be sure that it was you.")}</p>
    <form method="post" action="/subscribe" novalidate>
    ${hidden("language", t.language)}${hidden("referrer", String(form.values.referrer ?? ""))}
    ${field(form, { name: "name", label: t("Name"), autocomplete: "name", required: true })}
    ${field(form, { name: "email1", label: t("Email address"), type: "email", autocomplete: "email", required: true, spellcheck: false })}
    ${checkbox(form, { name: "category", value: "o", label: t("I am registering an organisation; the name above is its name.") })}
    ${fromElsewhere(c, form)}
    ${fieldset(form, { name: "wishes", legend: t("What do you want to get?"), content: html`${choices}` })}
    <div class="away" aria-hidden="true"><label for="password">${t("Leave this empty")}</label>
    <input id="password" name="password" type="text" tabindex="-1" autocomplete="off"></div>
    <p class="actions"><button>${t("Continue")}</button></p></form>
    <p><a href="/news">${t("What we wrote so far")}</a></p>`;
  return show(c, { title: t("Stay informed"), content, wrong: again }, again ? 422 : 200);
}

/** What our own form does not ask for and somebody else's did: kept, and to be put right. */
function fromElsewhere({ var: { t, site } }: Visit, form: FormState): Html {
  const isTold = (name: string) => String(form.values[name] ?? "").trim() !== "";
  const address = [
    field(form, { name: "address", label: t("Street and number"), autocomplete: "street-address", rows: 3 }),
    field(form, { name: "zip", label: t("Postcode"), autocomplete: "postal-code", width: "short" }),
    field(form, { name: "city", label: t("Town"), autocomplete: "address-level2" }),
    field(form, { name: "country", label: t("Country"), autocomplete: "country", width: "short" }),
  ];
  const signed = site.organisation.campaigns
    .map((campaign) => `signed_${campaign}_on`)
    .filter((name) => isTold(name) && form.errors[name] === undefined);
  return html`${["address", "zip", "city", "country"].some(isTold) ? address : ""}
    ${signed.map((name) => hidden(name, String(form.values[name])))}`;
}

export async function showSubscribed(c: Visit): Promise<Response> {
  const { t } = c.var;
  return show(c, {
    title: t("Please check your mailbox"),
    content: html`<p class="lead">${t("We have written to you. Please open the link in our mail; only then are you on our list.")}</p>
      <p>${t("Nothing there after some minutes? Please check your spam folder.")}</p>`,
  });
}
