// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whoever plants a sign-in of their own in another's browser, as a neighbouring site can, is not signed in by what is proved there.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Browser, Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
await auth.addPerson("Ada", password);

const typesPassword = (browser: Browser, { url }: Page) => browser.sendAndStay(url, { identifier: "ada", password });

async function followsLink(browser: Browser, { url }: Page): Promise<Page> {
  const coming = auth.back.mailFor("ada@example.org");
  await browser.send(url, { identifier: "ada@example.org" });
  const page = await browser.open((await coming).link);
  const [, token = ""] = /name="token" value="([^"]+)"/.exec(page.text) ?? [];
  return browser.sendAndStay(page.url, { token });
}

async function typesCode(browser: Browser, { url }: Page): Promise<Page> {
  const coming = auth.back.mailFor("ada@example.org");
  const asked = await browser.send(url, { identifier: "ada@example.org" });
  return browser.sendAndStay(asked.url, { code: (await coming).code });
}

for (const [way, prove] of Object.entries({ typesPassword, followsLink, typesCode }))
  test(`a planted sign-in is of no use to who planted it: ${way}`, async () => {
    const [stranger, browser] = [openBrowser(auth.issuer), openBrowser(auth.issuer)];
    const form = await stranger.open((await front.begin()).url);
    browser.takeOver(stranger, ["auth-interaction", "auth-interaction.sig"]);
    const answer = await prove(browser, form);
    const goesOn = answer.headers.get("Location") ?? "";
    assert.match(goesOn, /\/authorize\//);
    assert.equal(new URL((await stranger.open(goesOn)).url).searchParams.get("error"), "access_denied");
    assert.match((await stranger.open(`${auth.issuer}/account`)).url, /\/sign-in\//, "nobody is signed in there");
  });

test("somebody else signs in in the same browser, proved there", async () => {
  await auth.addPerson("Bob", password);
  const browser = openBrowser(auth.issuer);
  await signInByPassword(browser, (await front.begin()).url, "ada", password);
  const begun = await front.begin({ prompt: "login" });
  const page = await signInByPassword(browser, begun.url, "bob", password);
  assert.ok((await begun.take(page)).id_token);
});
