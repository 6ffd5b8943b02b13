// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The frame of every page: who we are, where you can go, the language, and how to reach us.
import { type Html, html } from "./html.ts";
import { languageName } from "./language.ts";
import type { Translate } from "./translate.ts";

/** What the frame says about the organisation; a part of the organisation profile. */
export interface PageOrganisation {
  name: string;
  website: string;
  contact: { email: string; address: string[] };
  languages: { interface: string[] };
}

export interface NavigationLink {
  href: string;
  text: string;
}

export interface PageOptions {
  t: Translate;
  organisation: PageOrganisation;
  /** Address of the stylesheet. */
  stylesheet: string;
  /** The page's only h1, and the first half of its title. */
  title: string;
  /** Where the title is not in the language of the page. */
  titleLanguage?: string | undefined;
  content: Html;
  /** What else stands in the head, such as the addresses of other languages. */
  head?: Html | undefined;
  /** Address of this page with its query, for the language switch; absent where a GET cannot show it again. */
  path?: string | undefined;
  /** Where the organisation's name leads. */
  home?: string;
  navigation?: readonly NavigationLink[];
  /** Stands after the links, for a button such as "sign out". */
  navigationEnd?: Html | undefined;
  /** Says that something was done. */
  notice?: string | undefined;
  /** The page shows a form again because of mistakes in it. */
  wrong?: boolean;
}

/** A whole page. */
export function page(options: PageOptions): Html {
  const { t, organisation, title, content, path, notice, home = "/" } = options;
  return html`<!doctype html>
<html lang="${t.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${options.wrong ? `${t("Mistake")}: ` : ""}${title} – ${organisation.name}</title>
<link rel="stylesheet" href="${options.stylesheet}">
<link rel="icon" href="data:,">
${options.head ?? ""}
</head>
<body>
<a class="skip" href="#content">${t("Skip to the content")}</a>
<header>
<a class="organisation" href="${home}">${organisation.name}</a>
${navigationOf(t, options)}
</header>
<main id="content" tabindex="-1">
${notice ? html`<p class="notice done" role="status">${notice}</p>` : ""}
<h1${langOf(options)}>${title}</h1>
${content}
</main>
<footer>
${path === undefined ? "" : languageSwitch(t, organisation.languages.interface, path)}
<address>${organisation.contact.address.map((line) => html`<span>${line}</span> `)}</address>
<p><a href="mailto:${organisation.contact.email}">${organisation.contact.email}</a> · <a href="${organisation.website}">${new URL(organisation.website).host}</a></p>
</footer>
</body>
</html>`;
}

function langOf({ titleLanguage, t }: PageOptions): Html | "" {
  return titleLanguage === undefined || titleLanguage === t.language ? "" : html` lang="${titleLanguage}"`;
}

function navigationOf(t: Translate, { navigation = [], navigationEnd, path = "" }: PageOptions): Html | "" {
  if (navigation.length === 0 && navigationEnd === undefined) return "";
  const here = path.split("?")[0];
  const links = navigation.map(({ href, text }) => {
    const current = href.split("?")[0] === here ? html` aria-current="page"` : "";
    return html`<li><a href="${href}"${current}>${text}</a></li>`;
  });
  const end = navigationEnd === undefined ? "" : html`<li>${navigationEnd}</li>`;
  return html`<nav aria-label="${t("Pages")}"><ul>${links}${end}</ul></nav>`;
}

function languageSwitch(t: Translate, languages: readonly string[], path: string): Html | "" {
  if (languages.length < 2) return "";
  const links = languages.map((language) => {
    const current = language === t.language ? html` aria-current="true"` : "";
    return html`<li><a href="${withLanguage(path, language)}" lang="${language}" hreflang="${language}"${current}>${languageName(language)}</a></li>`;
  });
  return html`<nav class="languages" aria-label="${t("Language")}"><ul>${links}</ul></nav>`;
}

function withLanguage(path: string, language: string): string {
  const url = new URL(`http://page${path}`);
  url.searchParams.set("lang", language);
  return url.pathname + url.search;
}
