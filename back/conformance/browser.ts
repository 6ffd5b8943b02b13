// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Plays the person's browser: keeps cookies, follows redirects within the provider, sends forms. It runs no scripts.

import { type Form, formsIn } from "./html-form.ts";
import { Unmet } from "./module.ts";

export interface Page {
  url: URL;
  /** 0 outside of the provider: nothing is fetched there. */
  status: number;
  text: string;
  forms: Form[];
  /** The provider sent the browser to another site: where the journey ends. */
  isOutside: boolean;
}

interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
}

const mostRedirects = 20;
const answerWithinMs = 20_000;

export class Browser {
  readonly #origins: ReadonlySet<string>;
  #cookies: Cookie[] = [];

  /** `origins`: those of the provider; it never sends anything elsewhere. */
  constructor(origins: ReadonlySet<string>) {
    this.#origins = origins;
  }

  open(url: URL): Promise<Page> {
    return this.#go(url, { method: "GET" }, 0);
  }

  /** As a form on a page of the provider's, or of another site, would. */
  post(url: URL, fields: Record<string, string>, origin: string = url.origin): Promise<Page> {
    const body = new URLSearchParams(fields);
    return this.#go(url, { method: "POST", body, headers: { Origin: origin } }, 0);
  }

  submit(page: Page, form: Form, typed: Record<string, string>): Promise<Page> {
    const url = new URL(form.action || page.url.href, page.url);
    const fields = { ...form.values, ...typed };
    if (form.method === "POST") return this.post(url, fields, page.url.origin);
    url.search = new URLSearchParams(fields).toString();
    return this.open(url);
  }

  async #go(url: URL, init: RequestInit, redirects: number): Promise<Page> {
    if (!this.#origins.has(url.origin)) return { url, status: 0, text: "", forms: [], isOutside: true };
    if (redirects > mostRedirects) throw new Unmet("it redirects without end");
    const response = await fetch(url, {
      ...init,
      headers: { Accept: "text/html", ...init.headers, Cookie: this.#cookiesFor(url) },
      redirect: "manual",
      signal: AbortSignal.timeout(answerWithinMs),
    });
    this.#keep(url, response.headers.getSetCookie());
    const location = response.headers.get("Location");
    const text = await response.text();
    if (response.status >= 300 && response.status < 400 && location)
      return this.#go(new URL(location, url), { method: "GET" }, redirects + 1);
    return { url, status: response.status, text, forms: formsIn(text), isOutside: false };
  }

  #cookiesFor({ hostname, pathname }: URL): string {
    const fits = ({ host, path }: Cookie) =>
      host === hostname && (pathname === path || pathname.startsWith(path.replace(/\/?$/, "/")));
    return this.#cookies
      .filter(fits)
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  #keep({ hostname: host, pathname }: URL, lines: string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(/;\s*/);
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      const told = (attribute: string) =>
        attributes.find((text) => text.toLowerCase().startsWith(`${attribute}=`))?.slice(attribute.length + 1);
      const path = told("path") ?? pathname.replace(/\/[^/]*$/, "") ?? "/";
      const isOver = Date.parse(told("expires") ?? "") < Date.now() || Number(told("max-age") ?? 1) <= 0;
      this.#cookies = this.#cookies.filter((it) => it.name !== name || it.path !== path || it.host !== host);
      if (!isOver) this.#cookies.push({ name, value, host, path: path || "/" });
    }
  }
}
