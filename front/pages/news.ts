// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/news` and `/news/<name>`: the archive of mailings that everybody may read.
import { listNews, showNews, type WrittenShape } from "@cdb/api/news.ts";
import type { Answer } from "@cdb/api/operation.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { publish } from "../publish.ts";
import { Refused } from "../refused.ts";
import { type Env, type Shown, show, type Visit } from "../visit.ts";
import { showWritten } from "../written.ts";
import { showFeed } from "./news-feed.ts";
import { headOf, languageLinks, readLanguage, speak } from "./news-language.ts";

type Headline = Omit<WrittenShape, "html">;

export function news(back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.use("/news/*", publish());
  app.get("/news", async (c) => {
    const [language, page] = [readLanguage(c), readPage(c)];
    const list = await back.asProgram.call(listNews, { query: { language, page } });
    if (page > list.pages) throw new Refused(404, "page-unknown");
    return showList(c, language, page, list);
  });
  app.get("/news/feed.xml", (c) => showFeed(c, back));
  app.get("/news/:name", (c) => showOne(c, back));
  return app;
}

async function showOne(c: Visit, back: Back): Promise<Response> {
  const name = c.req.param("name") ?? "";
  if (!/^[a-z][a-z0-9-]{1,79}$/.test(name)) throw new Refused(404, "page-unknown");
  const query = { language: readLanguage(c) };
  const mailing = await back.asProgram.call(showNews, { params: { name }, query });
  speak(c, mailing.language);
  const path = `/news/${name}?`;
  const head = headOf(c, path, mailing.language, mailing.languages);
  const end = html`<p><a href="/news?language=${mailing.language}">${c.var.t("All that we wrote")}</a></p>`;
  return showMailing(c, mailing, { path, head, end });
}

/** One text with its day and the ways on, in the language that it is in. */
export function showMailing(
  c: Visit,
  mailing: WrittenShape,
  { path, end, ...rest }: { path: string; end: Html } & Pick<Shown, "head" | "notice">,
): Response | Promise<Response> {
  const { language, languages, subject, html: written } = mailing;
  return show(c, {
    ...rest,
    ...{ title: subject, titleLanguage: language, fixed: true },
    content: html`<p class="quiet">${dayOf(c, mailing)}</p>${languageLinks(c, path, language, languages)}
      <article class="written" lang="${language}">${showWritten(written)}</article>
      <section class="card">${wayToGetIt(c)}${end}</section>`,
  });
}

function showList(
  c: Visit,
  language: string,
  page: number,
  { mailings, pages }: Answer<typeof listNews>,
): Response | Promise<Response> {
  const { t, site } = c.var;
  const path = page === 1 ? "/news?" : `/news?page=${page}&`;
  const { mail } = site.organisation.languages;
  const items = mailings.map(
    (
      mailing,
    ) => html`<li><a href="/news/${mailing.name}?language=${mailing.language}" lang="${mailing.language}">${mailing.subject}</a>
      <span class="quiet">${dayOf(c, mailing)}</span></li>`,
  );
  return show(c, {
    ...{ title: t("What we wrote"), fixed: true, head: headOf(c, path, language, mail) },
    content: html`${languageLinks(c, path, language, mail)}
      ${items.length > 0 ? html`<ul class="entries">${items}</ul>` : html`<p>${t("There is none yet.")}</p>`}
      ${pageLinks(c, language, page, pages)}
      <section class="card">${wayToGetIt(c)}
      <p><a href="/news/feed.xml?language=${language}" type="application/atom+xml">${t("As a feed")}</a></p></section>`,
  });
}

function dayOf({ var: { t, site } }: Visit, { sentAt, purpose }: Headline): string {
  const title = site.organisation.purposes.find(({ name }) => name === purpose)?.title;
  const day = sentAt === null ? "" : formatDay(sentAt, t.language, site.organisation.timeZone);
  return [day, title ? inLanguage(title, t.language) : ""].filter((words) => words !== "").join(" · ");
}

function pageLinks({ var: { t } }: Visit, language: string, page: number, pages: number): Html | "" {
  if (pages < 2) return "";
  const link = (to: number, rel: string, words: string) =>
    html`<li><a rel="${rel}" href="/news?language=${language}&amp;page=${to}">${words}</a></li>`;
  return html`<nav aria-label="${t("More")}"><ul>${page > 1 ? link(page - 1, "prev", t("Newer ones")) : ""}
    ${page < pages ? link(page + 1, "next", t("Older ones")) : ""}</ul></nav>`;
}

function wayToGetIt({ var: { t } }: Visit): Html {
  return html`<p>${t("Would you like to get this by mail?")} <a href="/subscribe">${t("Stay informed")}</a></p>`;
}

function readPage(c: Visit): number {
  const page = c.req.query("page") ?? "1";
  if (!/^[1-9]\d{0,4}$/.test(page)) throw new Refused(404, "page-unknown");
  return Number(page);
}
