// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How a page of auth is framed: in the reader's language, with the organisation's name, under strict headers.
import type { Organisation } from "@cdb/runtime/organisation.ts";
import type { Html } from "@cdb/theme/html.ts";
import { chooseLanguage } from "@cdb/theme/language.ts";
import { type NavigationLink, page } from "@cdb/theme/layout.ts";
import { openStylesheet, type Stylesheet } from "@cdb/theme/serve-stylesheet.ts";
import { openTranslations, type Translate } from "@cdb/theme/translate.ts";
import type { KoaContextWithOIDC } from "oidc-provider";

export interface Shown {
  title: string;
  content: Html;
  /** The form is shown again because of mistakes in it. */
  wrong?: boolean;
  navigation?: readonly NavigationLink[];
  /** Says that something was done. */
  notice?: string | undefined;
}

/** One reader's view: texts in their language, and the frame. */
export interface View {
  t: Translate;
  organisation: Organisation;
  /** Where to go on when nothing else is left. */
  home: string;
  show(shown: Shown): Html;
}

/** What we know about a reader's language, and of the address they are at. */
export interface Reader {
  acceptLanguage: string | undefined;
  /** Chosen on a page of ours. */
  lang: string | undefined;
  /** `ui_locales` of the client (OpenID Connect Core 3.1.2.1). */
  uiLocales?: unknown;
  /** The page's address, where a GET shows it again. */
  path?: string | undefined;
}

export class Views {
  readonly stylesheet: Stylesheet;
  readonly organisation: Organisation;
  readonly #home: string;
  readonly #translations = openTranslations(new URL("translations", import.meta.url).pathname);

  constructor(organisation: Organisation, folder: string, frontUrl: string) {
    this.organisation = organisation;
    this.stylesheet = openStylesheet(folder);
    this.#home = frontUrl;
  }

  /** The view of whoever reads a page of the library's. */
  of(ctx: KoaContextWithOIDC): View {
    const { lang } = ctx.query;
    return this.for({
      acceptLanguage: ctx.get("Accept-Language"),
      lang: typeof lang === "string" ? lang : undefined,
      uiLocales: ctx.oidc?.params?.ui_locales,
    });
  }

  for(reader: Reader): View {
    const locales = typeof reader.uiLocales === "string" ? reader.uiLocales.slice(0, 100).split(" ") : [];
    const wishes = [reader.lang, ...locales.map((locale) => locale.slice(0, 2).toLowerCase())];
    const t = this.#translations(chooseLanguage(this.organisation.languages.interface, wishes, reader.acceptLanguage));
    const frame = { t, organisation: this.organisation, stylesheet: this.stylesheet.address, home: this.#home };
    return {
      t,
      organisation: this.organisation,
      home: this.#home,
      show: (shown) => page({ ...frame, path: reader.path, ...shown }),
    };
  }
}

/** Answers a request of the library's with a page. */
export async function put(ctx: KoaContextWithOIDC, page: Html, status = ctx.status): Promise<void> {
  ctx.body = String(await page);
  ctx.type = "html";
  ctx.status = status;
}

/** Headers of every page. Browsers hold `form-action` against redirects too: `targets` are where a form may lead. */
export function pageHeaders(issuer: string, targets: string[] = [], hasScript = false): Record<string, string> {
  const actions = ["'self'", ...new Set(targets.map(sourceOf))].join(" ");
  return {
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; img-src data:; " +
      (hasScript ? "script-src 'self'; connect-src 'self'; " : "script-src 'none'; ") +
      `form-action ${actions}; frame-ancestors 'none'; base-uri 'none'`,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...(issuer.startsWith("https:") ? { "Strict-Transport-Security": "max-age=63072000; includeSubDomains" } : {}),
  };
}

/** Lets a form of this answer lead to these addresses too. */
export function addFormTargets(response: KoaContextWithOIDC["response"], targets: unknown[]): void {
  const sources = targets.filter((target) => typeof target === "string").map(sourceOf);
  const policy = response.get("Content-Security-Policy");
  response.set("Content-Security-Policy", policy.replace("form-action", ["form-action", ...sources].join(" ")));
}

function sourceOf(address: string): string {
  const url = URL.parse(address);
  // Some of these addresses are a visitor's, and a host may hold what separates directives.
  if (!url || !/^[\w.:[\]-]*$/.test(url.host)) return "'self'";
  return url.origin === "null" ? url.protocol : url.origin;
}
