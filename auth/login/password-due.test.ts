// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Passwords that are due to be changed, at an OpenLDAP with a policy: the sign-in leads to a page, and from there to the service.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { change } from "@cdb/directory/entry.ts";
import { Secret, TOTP } from "otpauth";
import type { TestPerson } from "../test/back.ts";
import type { Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const wished = "mossy candle ring";
const server = await startTestServer("OpenLDAP");
const auth = await startAuth(undefined, server, { timeoutMs: 60_000 });
const front = await openClient(auth.issuer);
after(() => server.remove());

type Change = Parameters<typeof change>;

async function addPerson(
  name: string,
  policy: Record<`pwd${string}`, string>,
  ...changes: Change[]
): Promise<TestPerson> {
  const person = await auth.addPerson(name, password);
  const username = name.toLowerCase();
  await server.givePolicy([username], policy);
  const dn = `uid=${username},ou=people,${server.baseDn}`;
  for (const it of changes) await server.asAdmin((client) => client.modify(dn, change(...it)));
  return person;
}

async function signIn(username: string, typed: string, browser = openBrowser(auth.issuer)): Promise<Page> {
  return signInByPassword(browser, (await front.begin()).url, username, typed);
}

const isSignedIn = (page: Page) => new URL(page.url).searchParams.has("code");
const codeOf = (key: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(key) }).generate({ timestamp: Date.now() + steps * 30_000 });
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

test("before it is changed, a due password opens nothing: no other service, no silent sign-in, no account area", async () => {
  await addPerson("Eva", { pwdMustChange: "TRUE" }, mustChange);
  const browser = openBrowser(auth.issuer);
  const page = await signIn("eva", password, browser);
  assert.match((await browser.open((await front.begin()).url)).text, /Your password is a temporary one/);
  assert.match((await browser.open(`${auth.issuer}/account`)).text, /Your password is a temporary one/);
  const silent = await browser.open((await front.begin({ prompt: "none" })).url);
  assert.equal(new URL(silent.url).searchParams.get("error"), "login_required");
  for (const stranger of [openBrowser(auth.issuer), await signedInAs("Greta")])
    assert.equal((await stranger.submit(page, { wished, again: wished })).status, 410);
  assert.ok(isSignedIn(await browser.submit(page, { wished, again: wished })));
  assert.equal((await browser.submit(page, { wished, again: wished })).status, 410, "the sign-in is over");
});

test("a due password that waited is typed again before it is changed", async () => {
  const person = await addPerson("Finn", { pwdMustChange: "TRUE" }, mustChange);
  const browser = openBrowser(auth.issuer);
  const page = await signIn("finn", password, browser);
  await auth.pool.query(
    `update artifact set payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb(extract(epoch from now())::int - 700))
     where model = 'Session' and account_id = $1`,
    [person.uuid],
  );
  assert.match((await browser.submit(page, { wished, again: wished })).text, /<h1>Sign in<\/h1>/);
  assert.equal((await signIn("finn", wished)).status, 422, "it is the old one still");
});

test("who knows a due password and not the second factor cannot change it; with the factor it is changed and counts", async () => {
  const { browser, page, key } = await dueWithApp("Hal");
  assert.match(page.text, /<h1>The second factor<\/h1>/);
  const due = page.url.replace("/second-factor", "/password");
  assert.equal((await browser.open(due)).status, 410);
  assert.equal((await browser.send(due, { wished, again: wished })).status, 410);
  assert.equal((await signIn("hal", wished)).status, 422, "it is the old one still");
  const asked = await browser.send(page.url, { code: codeOf(key, 1) });
  assert.match(asked.text, /Your password is a temporary one/);
  const done = await browser.submit(asked, { wished, again: wished });
  assert.ok(isSignedIn(done));
  const { rows } = await auth.pool.query("select payload->'amr' as amr from artifact where model = 'Session'");
  assert.ok(
    rows.some(({ amr }) => String(amr) === "pwd,otp,mfa"),
    JSON.stringify(rows),
  );
});

async function signedInAs(name: string) {
  await auth.addPerson(name, password);
  const browser = openBrowser(auth.issuer);
  assert.ok(isSignedIn(await signIn(name.toLowerCase(), password, browser)));
  return browser;
}

async function dueWithApp(name: string) {
  const { uuid: account } = await addPerson(name, { pwdMustChange: "TRUE" }, mustChange);
  const { apps } = auth.auth.secondFactor;
  const { text, sealed } = apps.begin(account, name);
  const key = text.replaceAll(" ", "");
  assert.equal(await apps.confirm(account, { sealed, code: codeOf(key), name: "Phone", onlyFirst: true }), "added");
  const browser = openBrowser(auth.issuer);
  return { browser, page: await signIn(name.toLowerCase(), password, browser), key };
}
