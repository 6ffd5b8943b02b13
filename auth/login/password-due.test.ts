// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Passwords that are due to be changed, at an OpenLDAP with a policy: the sign-in leads to a page, and from there to the service.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { change } from "@cdb/directory/entry.ts";
import type { Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const wished = "mossy candle ring";
const server = await startTestServer("OpenLDAP");
const auth = await startAuth(undefined, server, { timeoutMs: 60_000 });
const front = await openClient(auth.issuer);
after(() => server.remove());

type Change = Parameters<typeof change>;

async function addPerson(name: string, policy: Record<`pwd${string}`, string>, ...changes: Change[]): Promise<void> {
  await auth.addPerson(name, password);
  const username = name.toLowerCase();
  await server.givePolicy([username], policy);
  const dn = `uid=${username},ou=people,${server.baseDn}`;
  for (const it of changes) await server.asAdmin((client) => client.modify(dn, change(...it)));
}

async function signIn(username: string, typed: string, browser = openBrowser(auth.issuer)): Promise<Page> {
  return signInByPassword(browser, (await front.begin()).url, username, typed);
}

const isSignedIn = (page: Page) => new URL(page.url).searchParams.has("code");
const mustChange: Change = ["replace", "pwdReset", ["TRUE"]];

test("a temporary password leads to a page that asks for a new one, and then to the service", async () => {
  await addPerson("Ada", { pwdMustChange: "TRUE" }, mustChange);
  const browser = openBrowser(auth.issuer);
  const page = await signIn("ada", password, browser);
  assert.equal(page.status, 200);
  assert.match(page.text, /Your password is a temporary one/);
  assert.doesNotMatch(page.text, /Not now/);
  assert.ok(!page.text.includes(password));
  assert.equal((await browser.submit(page, { later: "yes" })).status, 422, "there is no later");
  assert.ok(isSignedIn(await browser.submit(page, { wished, again: wished })));
  assert.ok(isSignedIn(await signIn("ada", wished)));
  assert.equal((await signIn("ada", password)).status, 422);
});

test("a new password that is refused is said beside its field, and the way goes on", async () => {
  await addPerson("Bob", { pwdMustChange: "TRUE", pwdInHistory: "3" }, mustChange);
  const browser = openBrowser(auth.issuer);
  let page = await signIn("bob", password, browser);
  const mistakes: [string, string, RegExp][] = [
    ["", "", /Choose a new password/],
    [wished, "something else entirely", /not the same as the new/],
    ["short", "short", /too short\. Take at least 12/],
    ["password2026!", "password2026!", /among the first that strangers try/],
    ["bob is my name", "bob is my name", /Your name, username or address is in it/],
    [password, password, /had this password before/],
  ];
  for (const [typed, again, said] of mistakes) {
    page = await browser.submit(page, { wished: typed, again });
    assert.equal(page.status, 422, typed);
    assert.match(page.text, said);
    assert.ok(typed === "" || !page.text.includes(`"${typed}"`));
  }
  assert.ok(isSignedIn(await browser.submit(page, { wished, again: wished })));
});

test("an expired password says how often it still works, goes on without a change, and is changed even the last time", async () => {
  await addPerson("Cleo", { pwdMaxAge: "1", pwdGraceAuthNLimit: "3" });
  await pause(2_100);
  const browser = openBrowser(auth.issuer);
  const page = await signIn("cleo", password, browser);
  assert.match(page.text, /too old\. It works 2 more times/);
  assert.ok(isSignedIn(await browser.submit(page, { later: "yes" })));
  assert.match((await signIn("cleo", password)).text, /It works 1 more time:/);
  const last = openBrowser(auth.issuer);
  const lastPage = await signIn("cleo", password, last);
  assert.match(lastPage.text, /This was the last time/);
  const over = await signIn("cleo", password);
  assert.equal(over.status, 422);
  assert.match(over.text, /This password is too old\. Let us send you a link/);
  assert.doesNotMatch(
    (await signIn("cleo", "a wrong password")).text,
    /too old/,
    "strangers hear what they always hear",
  );
  assert.ok(isSignedIn(await last.submit(lastPage, { wished, again: wished })));
});

test("a password that expires soon says so, and may be changed later", async () => {
  await addPerson("Dan", { pwdMaxAge: "200000", pwdExpireWarning: "500000" });
  const browser = openBrowser(auth.issuer);
  const page = await signIn("dan", password, browser);
  assert.match(page.text, /works for 3 more days/);
  assert.ok(isSignedIn(await browser.submit(page, { later: "yes" })));
});

test("nobody gets past the page with a proof that is another's, from another sign-in, or made up", async () => {
  await addPerson("Eva", { pwdMaxAge: "200000", pwdExpireWarning: "500000" });
  await addPerson("Finn", { pwdMustChange: "TRUE" }, mustChange);
  const proofOf = (page: Page) => /name="proof" value="([^"]+)"/.exec(page.text)?.[1] ?? assert.fail();
  const optional = proofOf(await signIn("eva", password));
  const browser = openBrowser(auth.issuer);
  const page = await signIn("finn", password, browser);
  const needed = proofOf(page);
  const [account, , until, signature] = needed.split(".");
  for (const proof of ["", "x", optional, [account, "optional", until, signature].join("."), `${needed}x`, "a.b.c.d"]) {
    const answer = await browser.submit(page, { proof, later: "yes", wished, again: wished });
    assert.ok(!isSignedIn(answer), proof);
    assert.match(answer.text, /<h1>Sign in<\/h1>/);
  }
  assert.ok(isSignedIn(await signIn("finn", password)) === false);
  assert.ok(isSignedIn(await browser.submit(page, { wished, again: wished })));
  assert.equal((await browser.submit(page, { wished, again: wished })).status, 410, "the sign-in is over");
});
