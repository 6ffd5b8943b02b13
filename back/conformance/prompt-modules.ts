// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Of the plan "Basic": when a person is asked to sign in (again), and when not.
import type { Wish } from "./client.ts";
import { expect, type Module } from "./module.ts";
import { describe, type Flow, type Stage } from "./stage.ts";

const longAgo = "10000";

/** Signs in, and again with this wish after a while: the person must be asked, and the proof is a new one. */
function again(name: string, wish: Wish, waitSeconds: number): Module {
  return {
    name,
    check: async (stage) => {
      const { tokens, browser } = await signInAnew(stage);
      await stage.pause(waitSeconds);
      const begun = stage.first.begin({ max_age: longAgo, ...wish });
      const page = await browser.open(begun.url);
      expect(!page.isOutside && stage.asksForPassword(page), `it does not ask to sign in again: ${describe(page)}`);
      const fresh = (await begun.take(await stage.arrive(browser, page))).claims();
      const [before, after] = [provedAt(tokens), fresh?.auth_time];
      expect(typeof after === "number" && after > before, `auth_time is not newer: ${before}, then ${after}`);
      expect(fresh?.sub === tokens.claims()?.sub, "the person is another");
    },
  };
}

function signInAnew(stage: Stage): Promise<Flow> {
  return stage.flow({ max_age: longAgo }, { browser: stage.newBrowser() });
}

function provedAt(tokens: Flow["tokens"]): number {
  const time = tokens.claims()?.auth_time;
  expect(typeof time === "number", "with max_age the ID token has no auth_time");
  return time;
}

/** Whoever is signed in goes on without a page, with the same proof. */
function silent(name: string, wish: (first: Flow) => Wish): Module {
  return {
    name,
    check: async (stage) => {
      const first = await stage.flow({ max_age: longAgo });
      const begun = stage.first.begin({ max_age: longAgo, ...wish(first) });
      const landing = await first.browser.open(begun.url);
      expect(landing.isOutside, `it shows a page: ${describe(landing)}`);
      const tokens = await begun.take(landing);
      expect(tokens.claims()?.sub === first.tokens.claims()?.sub, "the person is another");
      expect(provedAt(tokens) === provedAt(first.tokens), "auth_time is another, and nobody signed in");
    },
  };
}

const notLoggedIn: Module = {
  name: "oidcc-prompt-none-not-logged-in",
  check: async (stage) => {
    const { url } = stage.first.begin({ prompt: "none" });
    const page = await stage.newBrowser().open(url);
    expect(page.isOutside, `it shows a page: ${describe(page)}`);
    const told = page.url.searchParams;
    expect(/^(login|interaction)_required$/.test(told.get("error") ?? ""), `the error is ${told.get("error")}`);
    expect(told.get("state") === url.searchParams.get("state"), "the state does not come back");
    expect(!told.has("code"), "it gives a code");
  },
};

export const promptModules: Module[] = [
  again("oidcc-prompt-login", { prompt: "login" }, 1.1),
  notLoggedIn,
  silent("oidcc-prompt-none-logged-in", () => ({ prompt: "none" })),
  again("oidcc-max-age-1", { max_age: "1" }, 2.1),
  silent("oidcc-max-age-10000", () => ({})),
  silent("oidcc-id-token-hint", ({ tokens }) => ({ prompt: "none", id_token_hint: tokens.id_token })),
];
