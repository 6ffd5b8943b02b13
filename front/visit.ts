// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One request of one visitor: what is known about it, and how a page is shown to them.
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { page } from "@cdb/theme/layout.ts";
import type { Stylesheet } from "@cdb/theme/serve-stylesheet.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Context } from "hono";
import type { MailDomains } from "./mail-domains.ts";
import type { Session } from "./session.ts";

/** What is the same for every visitor. */
export interface Site {
  organisation: Organisation;
  url: string;
  /** The pages of auth about how one signs in. */
  accountUrl: string;
  /** Where forms of ours may lead to, besides our own pages. */
  formTargets: string[];
  stylesheet: Stylesheet;
  mailDomains: MailDomains;
  translator(language: string): Translate;
}

export type Env = {
  Variables: {
    site: Site;
    t: Translate;
    /** The reader chose the language of this page themselves. */
    languageChosen: boolean;
    session: Session | undefined;
    correlationId: string;
  };
};
export type Visit = Context<Env>;

export interface Shown {
  title: string;
  titleLanguage?: string;
  content: Html;
  head?: Html;
  notice?: string | undefined;
  /** The page shows a form again because of mistakes in it. */
  wrong?: boolean;
  /** No language switch: the address must stay as it is. */
  fixed?: boolean;
}

type Status = 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 503;

/** Answers with a page in the visitor's language. */
export function show(c: Visit, { fixed, ...shown }: Shown, status: Status = 200): Response | Promise<Response> {
  const { t, site, session } = c.var;
  const repeatable = (c.req.method === "GET" || c.req.method === "HEAD") && !fixed;
  const text = page({
    ...shown,
    t,
    organisation: site.organisation,
    stylesheet: site.stylesheet.address,
    path: repeatable ? c.req.path + new URL(c.req.url).search : undefined,
    navigation: [
      { href: "/donate", text: t("Donate") },
      { href: "/subscribe", text: t("Stay informed") },
      session ? { href: "/settings", text: t("My data") } : { href: "/sign-in", text: t("Sign in") },
    ],
    navigationEnd: session ? signOutButton(t) : undefined,
  });
  return c.html(text, status);
}

function signOutButton(t: Translate): Html {
  return html`<form method="post" action="/sign-out"><button class="link">${t("Sign out")}</button></form>`;
}
