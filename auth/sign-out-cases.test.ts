// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The cases of the OpenID Foundation's plan for RP-Initiated Logout, by their names there, with an outside client library.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as oidc from "openid-client";
import type { Browser, Page } from "./test/browser.ts";
import { frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const signedOut = `${frontUrl}/signed-out`;
let people = 0;

type Wish = Record<string, string>;

/** Signs somebody in, and sends their browser to sign out with what `wish` makes of the ID token. */
async function signOut(wish: (idToken: string) => Wish): Promise<{ browser: Browser; page: Page }> {
  people += 1;
  const name = `Person${people}`;
  await auth.addPerson(name, password);
  const browser = openBrowser(auth.issuer);
  browser.headers.Accept = "text/html";
  const begun = await front.begin({ scope: "openid" });
  const tokens = await begun.take(await signInByPassword(browser, begun.url, name.toLowerCase(), password));
  const url = new URL(oidc.buildEndSessionUrl(front.config).href);
  url.search = new URLSearchParams(wish(tokens.id_token ?? "")).toString();
  return { browser, page: await browser.open(url.href) };
}

/** Presses the button of the page that asks. */
function agree(browser: Browser, page: Page): Promise<Page> {
  assert.match(page.text, /<h1>Sign out\?<\/h1>/);
  return browser.submit(page, { logout: "yes" });
}

/** `prompt=none`, as the plan asks after each case. */
async function answerToNone(browser: Browser): Promise<string | null> {
  const begun = await front.begin({ prompt: "none", scope: "openid" });
  return new URL((await browser.open(begun.url)).url).searchParams.get("error");
}

function modified(idToken: string): string {
  const [head, body = "", signature] = idToken.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  const changed = Buffer.from(JSON.stringify({ ...claims, iat: claims.iat - 1 })).toString("base64url");
  return [head, changed, signature].join(".");
}

test("oidcc-rp-initiated-logout-discovery-endpoint-verification: discovery names the endpoint", () => {
  assert.equal(front.config.serverMetadata().end_session_endpoint, `${auth.issuer}/sign-out`);
});

test("oidcc-rp-initiated-logout: back at the client with its state, and signed out", async () => {
  const { browser, page } = await signOut((idToken) => ({
    ...{ id_token_hint: idToken, post_logout_redirect_uri: signedOut, state: "a state" },
  }));
  assert.equal(page.url, `${signedOut}?state=a+state`);
  assert.equal(await answerToNone(browser), "login_required");
});

test("oidcc-rp-initiated-logout-no-state: back at the client without a state", async () => {
  const { browser, page } = await signOut((idToken) => ({
    ...{ id_token_hint: idToken, post_logout_redirect_uri: signedOut },
  }));
  assert.equal(page.url, signedOut);
  assert.equal(await answerToNone(browser), "login_required");
});

test("oidcc-rp-initiated-logout-no-post-logout-redirect-uri: a page says that one is signed out", async () => {
  const { browser, page } = await signOut((idToken) => ({ id_token_hint: idToken, state: "x" }));
  assert.match(page.text, /<h1>You are signed out<\/h1>/);
  assert.equal(await answerToNone(browser), "login_required");
});

test("oidcc-rp-initiated-logout-no-params: a question, and then a page that says so", async () => {
  const { browser, page } = await signOut(() => ({}));
  assert.match((await agree(browser, page)).text, /<h1>You are signed out<\/h1>/);
  assert.equal(await answerToNone(browser), "login_required");
});

test("oidcc-rp-initiated-logout-only-state: the same", async () => {
  const { browser, page } = await signOut(() => ({ state: "x" }));
  const end = await agree(browser, page);
  assert.match(end.text, /<h1>You are signed out<\/h1>/);
  assert.equal(new URL(end.url).searchParams.get("state"), null);
  assert.equal(await answerToNone(browser), "login_required");
});

// Without a hint nobody knows whose address it is, so it leads nowhere.
test("oidcc-rp-initiated-logout-no-id-token-hint: a question, and no way to the address", async () => {
  const { browser, page } = await signOut(() => ({ post_logout_redirect_uri: signedOut, state: "x" }));
  const end = await agree(browser, page);
  assert.match(end.text, /<h1>You are signed out<\/h1>/);
  assert.ok(end.url.startsWith(auth.issuer));
});

const refusals: [string, (idToken: string) => Wish][] = [
  ["bad-post-logout-redirect-uri", (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${signedOut}/foo` })],
  ["modified-id-token-hint", (hint) => ({ id_token_hint: modified(hint), post_logout_redirect_uri: signedOut })],
  ["bad-id-token-hint", () => ({ id_token_hint: "not.a.token", post_logout_redirect_uri: signedOut })],
  [
    "query-added-to-post-logout-redirect-uri",
    (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${signedOut}?foo=bar` }),
  ],
];

for (const [name, wish] of refusals)
  test(`oidcc-rp-initiated-logout-${name}: an error page with a way on, and no redirect`, async () => {
    const { browser, page } = await signOut(wish);
    assert.equal(page.status, 400);
    assert.ok(page.url.startsWith(auth.issuer));
    assert.match(page.text, /<h1>This did not work<\/h1>[\s\S]*Go on to our site/);
    assert.equal(await answerToNone(browser), null);
  });

test("whoever would rather stay signed in does", async () => {
  const { browser, page } = await signOut(() => ({}));
  await browser.submit(page);
  assert.equal(await answerToNone(browser), null);
});
