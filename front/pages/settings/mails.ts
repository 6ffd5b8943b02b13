// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/mails`: every mail to the person, with its text.
import { listMyMessages } from "@cdb/api/people.ts";
import { html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env } from "../../visit.ts";
import { older, readBefore, showSettings } from "./frame.ts";

export function mails(back: Back): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const { messages, more } = await back.asVisitor(c).call(listMyMessages, { query: readBefore(c) });
    const { t, site } = c.var;
    const items = messages.map(({ subject, text, queuedAt, sentAt }) => {
      const day = formatDay(sentAt ?? queuedAt, t.language, site.organisation.timeZone);
      const state = sentAt === null ? html` <span class="quiet">${t("on its way")}</span>` : "";
      return html`<details><summary><strong>${subject || t("Not written yet")}</strong> <span class="quiet">${day}</span>${state}</summary>
        <p class="mail">${text}</p></details>`;
    });
    return showSettings(c, {
      title: t("Our mails to you"),
      content: html`<p class="lead">${t("Links that let somebody in are taken out once a mail is sent.")}</p>
        ${items.length > 0 ? items : html`<p>${t("There is none yet.")}</p>`}${older(c, messages.at(-1)?.id, more)}`,
    });
  });
}
