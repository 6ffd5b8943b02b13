// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/export`: everything that is kept about the person, to read and to take away.

import { exportMe } from "@cdb/api/leaving.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env } from "../../visit.ts";
import { showSettings } from "./frame.ts";

type Table = Answer<typeof exportMe>["tables"][number];

export function exportPage(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/", async (c) => {
    const { tables, recipients } = await back.asVisitor(c).call(exportMe);
    const { t } = c.var;
    const full = tables.filter(({ rows }) => rows.length > 0);
    return showSettings(c, {
      title: t("Everything we keep about you"),
      content: html`<p class="lead">${t("This is all there is, as our database has it. Take it with you as a file that other programs read.")}</p>
        <p class="actions"><a class="button" href="/settings/export/data.json" download="my-data.json">${t("Download")}</a></p>
        ${full.map((table) => section(t, table))}
        <h2>${t("Who else gets something of it")}</h2><ul>${recipients.map((recipient) => html`<li lang="en">${recipient}</li>`)}</ul>`,
    });
  });
  app.get("/data.json", async (c) => {
    const exported = await back.asVisitor(c).call(exportMe);
    c.header("Content-Disposition", 'attachment; filename="my-data.json"');
    return c.json(exported);
  });
  return app;
}

function section(t: Translate, { table, rows, purpose, kept }: Table): Html {
  const title = titles(t)[table] ?? table;
  const lines = rows.slice(0, 50).map(
    (row) =>
      html`<p class="mail">${Object.entries(row)
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
        .join("\n")}</p>`,
  );
  const rest = rows.length > 50 ? html`<p>${t("The file has all {count} of them.", { count: rows.length })}</p>` : "";
  return html`<details><summary><strong>${title}</strong> <span class="quiet">${rows.length}</span></summary>
    <p class="quiet" lang="en">${purpose} · ${kept}</p>${lines}${rest}</details>`;
}

function titles(t: Translate): Record<string, string> {
  return {
    person: t("You"),
    consent: t("What you agreed to"),
    signature: t("Your signatures"),
    account: t("Your account"),
    pledge: t("Your pledges"),
    notice: t("What payment providers told us"),
    payment: t("Payments"),
    donation: t("Your donations"),
    message: t("Our mails to you"),
    mailing_recipient: t("Mailings that you got"),
    signed_link: t("Links in our mails"),
    history: t("What was done to your data"),
    history_detail: t("From what to what it was changed"),
    erasure: t("Your wishes to be deleted"),
    person_stats: t("Figures that follow from the rest"),
  };
}
