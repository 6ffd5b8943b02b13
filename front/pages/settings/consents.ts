// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/consents`: what the person gets from us, one button for each, and what was sent for it last.
import { listMyNews } from "@cdb/api/news.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { setMyConsent, showMe } from "@cdb/api/people.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { networkAddress } from "../../network-address.ts";
import { readForm } from "../../read-form.ts";
import { Refused } from "../../refused.ts";
import type { Env, Visit } from "../../visit.ts";
import { showSettings } from "./frame.ts";

type Consents = Answer<typeof showMe>["consents"];
type News = Answer<typeof listMyNews>["mailings"];

export function consents(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => {
    const me = back.asVisitor(c);
    return view(c, (await me.call(showMe)).consents, (await me.call(listMyNews)).mailings);
  });
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

function view(c: Visit, states: Consents, news: News): Response | Promise<Response> {
  const { t, site } = c.var;
  const cards = site.organisation.purposes.map(({ name, title, wording, permits }) => {
    const state = states.find((consent) => consent.purpose === name);
    const button = state?.granted
      ? html`<button class="second">${t("Stop this")}</button>`
      : html`<button>${t("Yes, I agree")}</button>`;
    const sent = news.filter(({ purpose }) => purpose === name);
    return html`<section class="card"><h2 id="${name}">${inLanguage(title, t.language)}</h2>
      <p><q>${inLanguage(wording, t.language)}</q></p><p class="quiet">${sinceWords(c, permits === "mails", state)}</p>
      <form method="post" aria-labelledby="${name}">${hidden("purpose", name)}${hidden("granted", state?.granted ? "no" : "yes")}${button}</form>
      ${sent.length > 0 ? showNews(c, sent) : ""}</section>`;
  });
  return showSettings(c, {
    title: t("What you get from us"),
    content: html`<p class="lead">${t("Every change takes effect at once.")}</p>${cards}
      <p><a href="/news">${t("What we wrote so far")}</a></p>
      <p><a href="/settings/consents/proof">${t("What you agreed to, word for word")}</a></p>`,
  });
}

function sinceWords({ var: { t, site } }: Visit, isOfMails: boolean, state: Consents[number] | undefined): string {
  const day = state?.since ? formatDay(state.since, t.language, site.organisation.timeZone) : undefined;
  if (day && state?.granted) return t("You agreed on {day}.", { day });
  if (day) return t("You stopped this on {day}.", { day });
  return isOfMails ? t("You do not get this.") : t("You have not agreed to this.");
}

/** What was sent for it last, so that people see what they agree to. */
function showNews({ var: { t, site } }: Visit, sent: News): Html {
  const items = sent.map(({ name, webName, subject, language, sentAt }) => {
    const address = webName === null ? `/news/${name}?language=${language}` : `/mailings/${webName}`;
    const day = formatDay(sentAt, t.language, site.organisation.timeZone);
    return html`<li><a href="${address}" lang="${language}">${subject}</a> <span class="quiet">${day}</span></li>`;
  });
  return html`<h3>${t("Sent last")}</h3><ul class="entries">${items}</ul>`;
}
