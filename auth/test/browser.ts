// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A browser for tests: keeps cookies by path, follows redirects within auth, submits forms. It runs no scripts.
export interface Page {
  status: number;
  url: string;
  text: string;
  headers: Headers;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

export class Browser {
  readonly #issuer: string;
  #cookies: Cookie[] = [];
  readonly headers: Record<string, string> = {};

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** Opens an address; stops at the first page, or at the first address outside of auth. */
  open(url: string): Promise<Page> {
    return this.#go(url, { method: "GET" });
  }

  /** Sends a form as a page of auth would. */
  send(url: string, fields: Record<string, string>): Promise<Page> {
    return this.#go(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Origin: this.#issuer },
    });
  }

  /** Sends a form, and does not go where the answer leads. */
  sendAndStay(url: string, fields: Record<string, string>): Promise<Page> {
    return this.#go(
      url,
      { method: "POST", body: new URLSearchParams(fields), headers: { Origin: this.#issuer } },
      false,
    );
  }

  /** Takes over the cookies of these names that another one has, as a neighbouring site can plant them. */
  takeOver(other: Browser, names: string[]): void {
    this.#cookies.push(...other.#cookies.filter(({ name }) => names.includes(name)));
  }

  /** Sends the only form of a page, with its hidden fields. */
  submit(page: Page, fields: Record<string, string> = {}): Promise<Page> {
    const [, action = ""] = /<form method="post" action="([^"]+)"/.exec(page.text) ?? [];
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
    const kept = Object.fromEntries(hidden.map(([, name, value]) => [name, value]));
    return this.send(new URL(action.replaceAll("&amp;", "&"), page.url).href, { ...kept, ...fields });
  }

  cookie(name: string): string | undefined {
    return this.#cookies.find((cookie) => cookie.name === name)?.value;
  }

  forget(name: string): void {
    this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name);
  }

  async #go(url: string, init: RequestInit, goesOn = true): Promise<Page> {
    if (!url.startsWith(this.#issuer)) return { status: 0, url, text: "", headers: new Headers() };
    const { pathname } = new URL(url);
    const cookies = this.#cookies.filter(
      ({ path }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, "/")),
    );
    const headers = { ...this.headers, ...init.headers, Cookie: cookies.map((c) => `${c.name}=${c.value}`).join("; ") };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    this.#keep(response.headers.getSetCookie());
    const location = response.headers.get("Location");
    const text = await response.text();
    if (location && goesOn && response.status >= 300 && response.status < 400)
      return this.#go(new URL(location, url).href, { method: "GET" });
    return { status: response.status, url, text, headers: response.headers };
  }

  #keep(lines: string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(/;\s*/);
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? "/";
      this.#cookies = this.#cookies.filter((cookie) => cookie.name !== name || cookie.path !== path);
      if (value !== "") this.#cookies.push({ name, value, path });
    }
  }
}
