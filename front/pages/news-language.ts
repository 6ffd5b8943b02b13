// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// In which language a mailing is read: the address says it, `?language=de`, and the page around it speaks it too where it can.
import { type Html, html } from "@cdb/theme/html.ts";
import { languageName } from "@cdb/theme/language.ts";
import { Refused } from "../refused.ts";
import type { Visit } from "../visit.ts";

/** The one that the address names, else the reader's. Throws Refused with 404 for one that the organisation does not write. */
export function readLanguage(c: Visit): string {
  const asked = c.req.query("language");
  if (asked === undefined) return c.var.t.language;
  if (!c.var.site.organisation.languages.mail.includes(asked)) throw new Refused(404, "page-unknown");
  speak(c, asked);
  return asked;
}

export function speak(c: Visit, language: string): void {
  const { site } = c.var;
  if (site.organisation.languages.interface.includes(language)) c.set("t", site.translator(language));
}

/** Links to the same in other languages; `path` as `/news/news-1?`. */
export function languageLinks(c: Visit, path: string, current: string, languages: readonly string[]): Html | "" {
  if (languages.length < 2) return "";
  const links = languages.map(
    (language) =>
      html`<li><a href="${path}language=${language}" lang="${language}" hreflang="${language}"${language === current ? html` aria-current="true"` : ""}>${languageName(language)}</a></li>`,
  );
  return html`<nav class="languages" aria-label="${c.var.t("Language")}"><ul>${links}</ul></nav>`;
}

/** For the head: where this is, where the same is in other languages, and where the feed is. */
export function headOf(c: Visit, path: string, current: string, languages: readonly string[]): Html {
  const { url, organisation } = c.var.site;
  const address = `${url}${path}language=`;
  return html`<link rel="canonical" href="${address}${current}">
${languages.map((language) => html`<link rel="alternate" hreflang="${language}" href="${address}${language}">\n`)}<link rel="alternate" type="application/atom+xml" title="${organisation.name}" href="${url}/news/feed.xml?language=${current}">`;
}
