// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/consents/proof`: what the person agreed to and withdrew, word for word, on one page to print.

import { listMyConsentFacts, showMe } from "@cdb/api/people.ts";
import { localeOf } from "@cdb/runtime/locale.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env } from "../../visit.ts";
import { showSettings } from "./frame.ts";

export function consentProof(back: Back): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const me = back.asVisitor(c);
    const [{ facts, signatures }, { name, email }] = await Promise.all([me.call(listMyConsentFacts), me.call(showMe)]);
    const { t, site } = c.var;
    const { purposes, timeZone } = site.organisation;
    const words = { requested: t("asked for"), granted: t("agreed"), withdrawn: t("stopped") };
    const time = new Intl.DateTimeFormat(localeOf(t.language), { dateStyle: "long", timeStyle: "medium", timeZone });
    const items = facts.map(({ purpose, fact, wording, wordingLanguage, at, channel, network }) => {
      const title = purposes.find(({ name }) => name === purpose)?.title;
      return html`<section class="card"><h2>${title ? inLanguage(title, t.language) : purpose}: ${words[fact]}</h2>
        <p lang="${wordingLanguage}"><q>${wording}</q></p>
        <p class="quiet">${[time.format(new Date(at)), whereWords(t, channel), network].filter(Boolean).join(" · ")}</p></section>`;
    });
    const signed = signatures.map(({ campaign, signedOn, confirmed }) => {
      const values = { campaign, day: formatDay(signedOn, t.language) };
      return html`<li>${confirmed ? t("“{campaign}”, on {day}", values) : t("“{campaign}”, on {day}, not confirmed yet", values)}</li>`;
    });
    return showSettings(c, {
      title: t("What you agreed to"),
      content: html`<p class="lead">${t("Every step is kept as you made it, newest first. You can print this page.")}</p>
        <p><strong>${name}</strong>, ${email}</p>
        ${items.length > 0 ? items : html`<p>${t("There is none yet.")}</p>`}
        ${signed.length > 0 ? html`<h2>${t("Campaigns you signed")}</h2><ul>${signed}</ul>` : ""}`,
    });
  });
}

// An address of a page is the same in each language; of the rest the records speak English.
function whereWords(t: Translate, channel: string): string {
  const words: Record<string, string> = {
    complaint: t("marked as spam"),
    administrator: t("Somebody on our staff"),
    "signed command": t("a link in a mail"),
    erasure: t("the deletion of your data"),
  };
  return words[channel] ?? (channel.startsWith("import ") ? t("a list that we took over") : channel);
}
