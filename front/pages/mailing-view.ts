// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/mailings/<number>-<code>`: the web view of a mailing, for who has the address from the footer of their mail.
import { showWebView } from "@cdb/api/news.ts";
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { publish } from "../publish.ts";
import { Refused } from "../refused.ts";
import type { Env } from "../visit.ts";
import { showMailing } from "./news.ts";
import { readLanguage, speak } from "./news-language.ts";

export function mailingView(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.use("/mailings/*", publish());
  app.get("/mailings/:webName", async (c) => {
    const webName = c.req.param("webName");
    if (!/^\d{1,9}-[0-9a-f]{20}$/.test(webName)) throw new Refused(404, "mailing-unknown");
    const query = { language: readLanguage(c) };
    const mailing = await back.asProgram.call(showWebView, { params: { webName }, query });
    speak(c, mailing.language);
    const isSent = mailing.sentAt !== null;
    // Who tests a mailing sees it as it is at this moment.
    if (!isSent) c.header("Cache-Control", "private, no-store");
    // The address is for those who got it; what everybody may find stands in the archive.
    c.header("X-Robots-Tag", "noindex");
    const canonical = `${c.var.site.url}/news/${mailing.name}?language=${mailing.language}`;
    return showMailing(c, mailing, {
      path: `/mailings/${webName}?`,
      ...(!isSent && { notice: c.var.t("This has not been sent yet.") }),
      ...(mailing.archived && { head: html`<link rel="canonical" href="${canonical}">` }),
      end: html`<p><a href="/settings/consents">${c.var.t("What you get from us")}</a></p>`,
    });
  });
  return app;
}
