// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/news/feed.xml`: the archive as an Atom feed (RFC 4287), one for each language.
import { listNewsInFull, type WrittenShape } from "@cdb/api/news.ts";
import { type Html, html, raw } from "@cdb/theme/html.ts";
import type { Back } from "../back.ts";
import type { Visit } from "../visit.ts";
import { showWritten } from "../written.ts";
import { readLanguage } from "./news-language.ts";

export async function showFeed(c: Visit, back: Back): Promise<Response> {
  const language = readLanguage(c);
  const { mailings } = await back.asProgram.call(listNewsInFull, { query: { language } });
  const newest = mailings[0]?.sentAt ?? undefined;
  if (newest !== undefined) c.header("Last-Modified", new Date(newest).toUTCString());
  c.header("Content-Type", "application/atom+xml; charset=utf-8");
  return c.body(String(feedOf(c, language, mailings, newest)));
}

// The addresses serve as ids: they do not change, and each language is an entry of its own.
function feedOf(
  { var: { t, site } }: Visit,
  language: string,
  mailings: readonly WrittenShape[],
  newest = "1970-01-01T00:00:00Z",
): Html {
  const self = `${site.url}/news/feed.xml?language=${language}`;
  const { name, languages } = site.organisation;
  return html`${raw('<?xml version="1.0" encoding="utf-8"?>')}
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}">
<id>${self}</id>
<title>${plain(t("What {name} wrote", { name }))}</title>
<updated>${newest}</updated>
<author><name>${plain(name)}</name><uri>${site.organisation.website}</uri></author>
<link rel="self" type="application/atom+xml" href="${self}"/>
<link rel="alternate" type="text/html" hreflang="${language}" href="${site.url}/news?language=${language}"/>
${languages.mail.filter((other) => other !== language).map((other) => html`<link rel="related" type="application/atom+xml" hreflang="${other}" href="${site.url}/news/feed.xml?language=${other}"/>\n`)}${mailings.map((mailing) => entryOf(site.url, mailing))}</feed>
`;
}

function entryOf(url: string, { name, language, sentAt, subject, purpose, html: written }: WrittenShape): Html {
  const address = `${url}/news/${name}?language=${language}`;
  return html`<entry xml:lang="${language}">
<id>${address}</id>
<title>${plain(subject)}</title>
<link rel="alternate" type="text/html" hreflang="${language}" href="${address}"/>
<published>${sentAt}</published>
<updated>${sentAt}</updated>
<category term="${purpose}"/>
<content type="html">${plain(String(showWritten(written)))}</content>
</entry>
`;
}

// XML has no place for control characters, not even escaped.
function plain(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "");
}
