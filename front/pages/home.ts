// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/`: what a visitor can do here.
import { listNews } from "@cdb/api/news.ts";
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { type Env, show } from "../visit.ts";

export function home(back: Back): Hono<Env> {
  const hasNews = watchArchive(back);
  return new Hono<Env>().get("/", (c) => {
    const { t, site, session } = c.var;
    const { name } = site.organisation;
    const card = (title: string, text: string, href: string, button: string, first = false) =>
      html`<section class="card"><h2>${title}</h2><p>${text}</p>
        <p><a class="button${first ? "" : " second"}" href="${href}">${button}</a></p></section>`;
    return show(c, {
      title: t("Good to have you here"),
      content: html`<p class="lead">${t("{name} depends on people who give, who stay informed and who take part.", { name })}</p>
        <div class="tiles">
        ${card(t("Donate"), t("Once, in less than a minute, without an account."), "/donate", t("Donate"), true)}
        ${card(t("Become a supporter"), t("A regular gift lets us plan ahead. You can change or end it at any time."), "/support", t("Become a supporter"))}
        ${card(t("Stay informed"), t("Choose what you want to hear about, and stop it with one click."), "/subscribe", t("Choose"))}
        ${card(t("Volunteer"), t("Translate, help at booths, build things: there is something for everybody."), "/volunteer", t("Take part"))}
        ${
          session
            ? card(t("My data"), t("See and change what we know about you."), "/settings", t("My data"))
            : card(t("My data"), t("Sign in to see and change what we know about you."), "/sign-in", t("Sign in"))
        }</div>
        ${hasNews() ? html`<p><a href="/news">${t("What we wrote")}</a></p>` : ""}`,
    });
  });
}

const askAgainMs = 60_000;

// The first page waits for nobody: it says what was so when somebody looked at it before.
function watchArchive({ asProgram }: Back): () => boolean {
  let [hasNews, askedAt] = [false, 0];
  const ask = async () => {
    hasNews = (await asProgram.call(listNews, { query: { language: "en" } })).mailings.length > 0;
  };
  return () => {
    if (Date.now() - askedAt > askAgainMs) {
      askedAt = Date.now();
      // Where back does not answer, other pages tell.
      ask().catch(() => {});
    }
    return hasNews;
  };
}
