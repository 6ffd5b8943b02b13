// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/consents`: what the person gets from us, one button for each.
import type { Answer } from "@cdb/api/operation.ts";
import { setMyConsent, showMe } from "@cdb/api/people.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { hidden } from "@cdb/theme/form.ts";
import { html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { networkAddress } from "../../network-address.ts";
import { readForm } from "../../read-form.ts";
import { Refused } from "../../refused.ts";
import type { Env, Visit } from "../../visit.ts";
import { showSettings } from "./frame.ts";

type Consents = Answer<typeof showMe>["consents"];

export function consents(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => view(c, (await back.asVisitor(c).call(showMe)).consents));
  app.post("/", async (c) => {
    const form = await readForm(c);
    const [purpose, granted] = [form.text("purpose"), form.text("granted")];
    const known = c.var.site.organisation.purposes.some(({ name }) => name === purpose);
    if (!known || !["yes", "no"].includes(granted)) throw new Refused(422, "form-incomplete");
    const body = { granted: granted === "yes", channel: "/settings/consents", ...networkAddress(c) };
    await back.asVisitor(c).call(setMyConsent, { params: { purpose }, body });
    return c.redirect("/settings/consents?done=1", 303);
  });
  return app;
}

function view(c: Visit, states: Consents): Response | Promise<Response> {
  const { t, site } = c.var;
  const { purposes, timeZone } = site.organisation;
  const cards = purposes.map(({ name, title, wording, permits }) => {
    const state = states.find((consent) => consent.purpose === name);
    const day = state?.since ? formatDay(state.since, t.language, timeZone) : "";
    const not = permits === "mails" ? t("You do not get this.") : t("You have not agreed to this.");
    const since = state?.granted ? t("You agreed on {day}.", { day }) : not;
    const button = state?.granted
      ? html`<button class="second">${t("Stop this")}</button>`
      : html`<button>${t("Yes, I agree")}</button>`;
    return html`<section class="card"><h2 id="${name}">${inLanguage(title, t.language)}</h2>
      <p>“${inLanguage(wording, t.language)}”</p><p class="quiet">${since}</p>
      <form method="post" aria-labelledby="${name}">${hidden("purpose", name)}${hidden("granted", state?.granted ? "no" : "yes")}${button}</form></section>`;
  });
  return showSettings(c, {
    title: t("What you get from us"),
    content: html`<p class="lead">${t("Every change takes effect at once.")}</p>${cards}
      <p><a href="/news">${t("What we wrote so far")}</a></p>
      <p><a href="/settings/consents/proof">${t("What you agreed to, word for word")}</a></p>`,
  });
}
