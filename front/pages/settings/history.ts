// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/history`: who did what to the person's data, and who looked at them.

import type { Answer } from "@cdb/api/operation.ts";
import { listMyHistory } from "@cdb/api/people.ts";
import { localeOf } from "@cdb/runtime/locale.ts";
import { html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env } from "../../visit.ts";
import { deed } from "./deeds.ts";
import { showSettings } from "./frame.ts";

type Entry = Answer<typeof listMyHistory>["entries"][number];

export function history(back: Back): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const { entries } = await back.asVisitor(c).call(listMyHistory);
    const { t, site } = c.var;
    const format = { dateStyle: "medium", timeStyle: "short", timeZone: site.organisation.timeZone } as const;
    const time = new Intl.DateTimeFormat(localeOf(t.language), format);
    const items = entries.map(
      ({ at, actor, record, verb }) =>
        html`<li><strong>${actors(t)[actor]}:</strong> ${deed(t, record, verb)} <span class="quiet">${time.format(new Date(at))}</span></li>`,
    );
    return showSettings(c, {
      title: t("What was done to your data"),
      content: html`<p class="lead">${t("Every change, and every time somebody who works for us looked at them, newest first.")}</p>
        <ul class="entries">${items}</ul>`,
    });
  });
}

function actors(t: Translate): Record<Entry["actor"], string> {
  return {
    you: t("You yourself"),
    person: t("Somebody on our staff"),
    administrator: t("Somebody on our staff"),
    program: t("Our web site"),
    worker: t("Our system"),
  };
}
