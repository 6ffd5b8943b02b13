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
import { keptWords, recipientWords, tableWords } from "./export-words.ts";
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
        <h2>${t("Who else receives some of it")}</h2><ul>${recipients.map((recipient) => html`<li>${recipientWords(t)[recipient] ?? recipient}</li>`)}</ul>`,
    });
  });
  app.get("/data.json", async (c) => {
    const exported = await back.asVisitor(c).call(exportMe);
    c.header("Content-Disposition", 'attachment; filename="my-data.json"');
    return c.json(exported);
  });
  return app;
}

function section(t: Translate, { table, rows, kept }: Table): Html {
  const { title, purpose } = tableWords(t)[table] ?? { title: table, purpose: "" };
  const why = [purpose, keptWords(t)[kept] ?? ""].filter((words) => words !== "").join(" · ");
  const lines = rows.slice(0, 50).map(
    (row) =>
      html`<p class="mail">${Object.entries(row)
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
        .join("\n")}</p>`,
  );
  const rest = rows.length > 50 ? html`<p>${t("The file has all {count} of them.", { count: rows.length })}</p>` : "";
  return html`<details><summary><strong>${title}</strong> <span class="quiet">${rows.length}</span></summary>
    <p class="quiet">${why}</p>${lines}${rest}</details>`;
}
