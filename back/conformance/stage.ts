// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the modules play on: the provider under test, its two clients, a person, and the browsers in which they sign in.
import { setTimeout as pause } from "node:timers/promises";
import { Browser, type Page } from "./browser.ts";
import { type Begun, Client, type ClientName, type Metadata, type Tokens, type Wish } from "./client.ts";
import type { Listener } from "./listener.ts";
import { expect, Unmet } from "./module.ts";

export interface Setup {
  issuer: string;
  clients: readonly [ClientName, ClientName];
  person: { username: string; password: string };
  /** What the sign-in page calls the two fields. */
  fields: { username: string; password: string };
  listener: Listener;
  /** Further origins that belong to the provider, where its sign-in page is elsewhere. */
  origins?: string[];
  /** How long codes are kept before they are tried again, where a module is named so. */
  codeAge?: number;
}

export interface Flow {
  tokens: Tokens;
  landing: Page;
  browser: Browser;
  begun: Begun;
}

const mostPages = 6;

export class Stage {
  readonly issuer: string;
  readonly metadata: Metadata;
  readonly first: Client;
  readonly second: Client;
  readonly listener: Listener;
  readonly codeAge: number;
  readonly #setup: Setup;
  readonly #origins: Set<string>;
  #signedIn: Promise<Browser> | undefined;

  constructor(setup: Setup, metadata: Metadata) {
    this.#setup = setup;
    this.issuer = setup.issuer;
    this.metadata = metadata;
    this.listener = setup.listener;
    this.codeAge = setup.codeAge ?? 30;
    // A wrong issuer in the metadata is one module's finding, not that of all.
    const trusted = { ...metadata, issuer: setup.issuer };
    const [first, second] = setup.clients;
    this.first = new Client(trusted, first, setup.listener.base);
    this.second = new Client(trusted, second, setup.listener.base);
    const told = ["authorization_endpoint", "end_session_endpoint"].map((name) =>
      String(metadata[name] ?? setup.issuer),
    );
    this.#origins = new Set([setup.issuer, ...told, ...(setup.origins ?? [])].map((url) => new URL(url).origin));
  }

  newBrowser(): Browser {
    return new Browser(this.#origins);
  }

  /** A browser in which the person is signed in; shared, so nobody may sign out or in again in it. */
  signedIn(): Promise<Browser> {
    this.#signedIn ??= (async () => {
      const browser = this.newBrowser();
      await this.arrive(browser, await browser.open(this.first.begin().url));
      return browser;
    })();
    return this.#signedIn;
  }

  /** One whole sign-in, from the client's request to its tokens. */
  async flow(
    wish: Wish = {},
    { client = this.first, browser }: { client?: Client; browser?: Browser } = {},
  ): Promise<Flow> {
    // The second client is one that must use PKCE, the first one that need not.
    const begun = client === this.second ? await client.beginWithPkce(wish) : client.begin(wish);
    const used = browser ?? (await this.signedIn());
    const landing = await this.arrive(used, await used.open(begun.url));
    return { tokens: await begun.take(landing), landing, browser: used, begun };
  }

  /** Plays the person until the provider sends them away: types, allows, confirms. */
  async arrive(browser: Browser, start: Page): Promise<Page> {
    let page = start;
    let passwords = 0;
    for (let seen = 0; !page.isOutside; seen += 1) {
      // Once only: whoever guesses is locked out somewhere.
      if (this.asksForPassword(page)) passwords += 1;
      expect(passwords < 2, "username and password are not taken");
      expect(seen < mostPages, `it shows page after page, the last one: ${describe(page)}`);
      page = await this.#answer(browser, page);
    }
    return page;
  }

  /** As `arrive`, but a page without a question is an end, too. */
  async leave(browser: Browser, start: Page): Promise<Page> {
    let page = start;
    for (let seen = 0; !page.isOutside && page.forms.length > 0 && seen < mostPages; seen += 1)
      page = await this.#answer(browser, page);
    return page;
  }

  asksForPassword(page: Page): boolean {
    return page.forms.some(({ asked }) => asked.includes(this.#setup.fields.password));
  }

  /** Whether the session is still there: asked without a page. */
  async isSignedIn(browser: Browser, client: Client = this.first): Promise<boolean> {
    const page = await browser.open(client.begin({ prompt: "none" }).url);
    expect(page.isOutside, `prompt=none shows a page: ${describe(page)}`);
    return page.url.searchParams.has("code");
  }

  pause(seconds: number): Promise<void> {
    return pause(seconds * 1000);
  }

  #answer(browser: Browser, page: Page): Promise<Page> {
    const { fields, person } = this.#setup;
    const known: Record<string, string> = { [fields.username]: person.username, [fields.password]: person.password };
    const form = page.forms.find(({ asked }) => asked.some((name) => name in known)) ?? page.forms[0];
    if (!form || page.status >= 500) throw new Unmet(`it stops at a page: ${describe(page)}`);
    const strange = form.asked.filter((name) => !(name in known));
    if (strange.length > 0 && strange.length === form.asked.length)
      throw new Unmet(`it asks for ${strange.join(", ")}, which these checks do not have`);
    const typed = form.asked.filter((name) => name in known).map((name) => [name, known[name] ?? ""]);
    return browser.submit(page, form, Object.fromEntries(typed));
  }
}

/** A page in few words: its status and heading. */
export function describe({ status, text, url, isOutside }: Page): string {
  if (isOutside) return `${url.origin}${url.pathname}`;
  const [, title = ""] = /<(?:h1|title)\b[^>]*>(.*?)<\/(?:h1|title)>/is.exec(text) ?? [];
  return `${status} ${
    title
      .replace(/<[^>]*>/g, "")
      .trim()
      .slice(0, 80) || url.pathname.split("/")[1]
  }`;
}
