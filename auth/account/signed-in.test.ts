// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The account area is for whoever is signed in; everybody else signs in first, and comes back to where they wanted to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const area = `${auth.issuer}/account`;

test("whoever is not signed in signs in as for any service, and is where they wanted to be", async () => {
  await auth.addPerson("Ada", password);
  const browser = openBrowser(auth.issuer);
  const page = await signInByPassword(browser, `${area}?lang=de`, "ada", password);
  assert.equal(page.url, `${area}?lang=de`);
  assert.equal(page.status, 200);
  assert.match(page.text, /Ada/);
  assert.equal((await browser.open(area)).url, area);
});

test("a sign-in at a service opens the area too, in the person's own browser only", async () => {
  await auth.addPerson("Bob", password);
  const browser = openBrowser(auth.issuer);
  const begun = await front.begin();
  await signInByPassword(browser, begun.url, "bob", password);
  assert.match((await browser.open(area)).text, /Bob/);
  assert.match((await openBrowser(auth.issuer).open(area)).url, /\/sign-in\//);
});

test("the way back leads to pages of the area and nowhere else", async () => {
  await auth.addPerson("Cleo", password);
  const browser = openBrowser(auth.issuer);
  await signInByPassword(browser, area, "cleo", password);
  const tricks = [
    "https://evil.example.org/",
    "//evil.example.org",
    "/account/../sign-out",
    "/account//evil",
    "/\\evil",
  ];
  for (const state of [...tricks, "/account/signed-in", "/account\n", "/accountant"]) {
    const page = await browser.open(`${area}/signed-in?${new URLSearchParams({ state })}`);
    assert.equal(page.url, area);
  }
  const refused = await browser.open(`${area}/signed-in?error=access_denied&state=%2Faccount`);
  assert.equal(refused.status, 403);
});

test("the area is handed no code, and no program can redeem or ask for anything in its name", async () => {
  await auth.addPerson("Dan", password);
  const browser = openBrowser(auth.issuer);
  await signInByPassword(browser, area, "dan", password);
  const address = encodeURIComponent(`${area}/signed-in`);
  const code = await browser.open(
    `${auth.issuer}/authorize?client_id=account&response_type=code&scope=openid&redirect_uri=${address}`,
  );
  assert.equal(new URL(code.url).searchParams.has("code"), false);
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: "account" });
  assert.equal((await fetch(`${auth.issuer}/token`, { method: "POST", body })).status, 400);
});

test("somebody blocked, or signed out everywhere, is asked again", async () => {
  const person = await auth.addPerson("Eva", password);
  const browser = openBrowser(auth.issuer);
  await signInByPassword(browser, area, "eva", password);
  person.signedOutAt = new Date(Date.now() + 1_000).toISOString();
  assert.match((await browser.open(area)).url, /\/sign-in\//);
});

test("the pages are kept by nobody, shown in no frame, and take forms from nowhere else", async () => {
  await auth.addPerson("Fay", password);
  const browser = openBrowser(auth.issuer);
  const page = await signInByPassword(browser, area, "fay", password);
  assert.equal(page.headers.get("Cache-Control"), "no-store");
  assert.match(page.headers.get("Content-Security-Policy") ?? "", /frame-ancestors 'none'/);
  browser.headers.Origin = "https://evil.example.org";
  const foreign = await fetch(`${area}/sign-ins`, {
    method: "POST",
    headers: { Origin: "https://evil.example.org" },
    body: new URLSearchParams({ all: "yes" }),
  });
  assert.equal(foreign.status, 403);
});
