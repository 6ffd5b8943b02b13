// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Passkeys: alone or as a second factor, each challenge answered once, and nothing taken that is not the device's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Authenticator, type Behaviour } from "../test/authenticator.ts";
import type { Browser, Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const { passkeys, factors } = auth.auth.secondFactor;
let networks = 0;

function newBrowser(): Browser {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.2.0.${networks}`;
  return browser;
}

const isSignedIn = (page: Page) => new URL(page.url).searchParams.has("code");
const plain = (page: Page) => page.url.replace(/\?.*/, "");

async function personWithPasskey(name: string) {
  const person = await auth.addPerson(name, password);
  const device = new Authenticator(auth.issuer);
  const asked = (await passkeys.askForNew("here", { account: person.uuid, name, label: name })) as never;
  const wish = { account: person.uuid, answer: device.create(asked), name: "Laptop", onlyFirst: true };
  assert.deepEqual(await passkeys.add("here", wish), ["hwk", "user", "mfa"]);
  return { person, device };
}

/** Answers the passkey form at this address as the page's script does. */
async function answer(browser: Browser, address: string, device: Authenticator, behaviour: Behaviour = {}) {
  const asked = JSON.parse((await browser.send(`${address}/options`, {})).text);
  return browser.send(address, { answer: device.get(asked, behaviour) });
}

async function openSignIn(browser = newBrowser()) {
  const begun = await front.begin();
  return { browser, begun, page: await browser.open(begun.url) };
}

async function openStep(name: string) {
  const begun = await front.begin();
  const browser = newBrowser();
  const page = await signInByPassword(browser, begun.url, name.toLowerCase(), password);
  assert.match(page.text, /<h1>The second factor<\/h1>/);
  return { browser, begun, page };
}

test("a passkey signs in alone, as two factors in one", async () => {
  const { person, device } = await personWithPasskey("Ada");
  const { browser, begun, page } = await openSignIn();
  const tokens = await begun.take(await answer(browser, `${plain(page)}/passkey`, device));
  assert.equal(tokens.claims()?.sub, person.uuid);
  assert.deepEqual(tokens.claims()?.amr, ["hwk", "user", "mfa"]);
});

test("after a password it is the second factor, though it does not know its owner", async () => {
  const { device } = await personWithPasskey("Bob");
  const { browser, begun, page } = await openStep("Bob");
  assert.match(page.text, /Use a passkey/);
  const tokens = await begun.take(await answer(browser, `${plain(page)}/with-passkey`, device, { knowsOwner: false }));
  assert.deepEqual(tokens.claims()?.amr, ["pwd", "hwk", "user", "mfa"]);
});

test("alone it is refused where the device does not know its owner", async () => {
  const { device } = await personWithPasskey("Cleo");
  const { browser, page } = await openSignIn();
  const refused = await answer(browser, `${plain(page)}/passkey`, device, { knowsOwner: false });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /This passkey is not known here/);
  assert.match(refused.text, new RegExp(`action="${new URL(page.url).pathname}"`), "the page of before stands again");
});

test("somebody else's passkey is no second factor, and tells nothing", async () => {
  const { device } = await personWithPasskey("Dan");
  await personWithPasskey("Eva");
  const { browser, page } = await openStep("Eva");
  const pages = new Set<string>();
  for (const behaviour of [{}, { origin: "https://evil.example.org" }])
    pages.add((await answer(browser, `${plain(page)}/with-passkey`, device, behaviour)).text);
  const unknown = new Authenticator(auth.issuer);
  pages.add((await answer(browser, `${plain(page)}/with-passkey`, unknown)).text);
  assert.equal(pages.size, 1);
});

test("what another site was told, or another host, is refused", async () => {
  const { device } = await personWithPasskey("Finn");
  const { browser, page } = await openSignIn();
  for (const behaviour of [{ origin: "https://evil.example.org" }, { domain: "evil.example.org" }])
    assert.equal((await answer(browser, `${plain(page)}/passkey`, device, behaviour)).status, 422);
});

test("a challenge is answered once, however many do at once, and in the sign-in that asked only", async () => {
  const { device } = await personWithPasskey("Gus");
  const { browser, page } = await openSignIn();
  const address = `${plain(page)}/passkey`;
  const asked = JSON.parse((await browser.send(`${address}/options`, {})).text);
  const stranger = await openSignIn();
  assert.equal(
    (await stranger.browser.send(`${plain(stranger.page)}/passkey`, { answer: device.get(asked) })).status,
    422,
  );
  const [first, ...rest] = Array.from({ length: 10 }, () => device.get(asked));
  const answers = await Promise.all([first, ...rest].map((it) => browser.send(address, { answer: it ?? "" })));
  assert.equal(answers.filter(isSignedIn).length, 1);
});

test("a challenge of five minutes ago, and one for the second factor, are worth nothing at the door", async () => {
  const { person, device } = await personWithPasskey("Hal");
  const { browser, page } = await openSignIn();
  const address = `${plain(page)}/passkey`;
  const old = JSON.parse((await browser.send(`${address}/options`, {})).text);
  await auth.pool.query("update passkey_challenge set expires_at = now()");
  assert.equal((await browser.send(address, { answer: device.get(old) })).status, 422);
  const uid = new URL(page.url).pathname.split("/")[2];
  const other = (await passkeys.ask(`second factor in sign-in ${uid}`, person.uuid)) as never;
  assert.equal((await browser.send(address, { answer: device.get(other) })).status, 422);
});

test("a counter that goes backwards is refused, and the person is told that somebody may have a copy", async () => {
  const { person, device } = await personWithPasskey("Ida");
  const first = await openSignIn();
  assert.ok(isSignedIn(await answer(first.browser, `${plain(first.page)}/passkey`, device, { count: 7 })));
  for (const count of [7, 3, 0]) {
    const { browser, page } = await openSignIn();
    assert.equal((await answer(browser, `${plain(page)}/passkey`, device, { count })).status, 422, `${count}`);
  }
  await auth.auth.tasks.finished();
  const told = auth.back.events.filter(({ uuid, kind }) => uuid === person.uuid && kind === "factor-copied");
  assert.deepEqual(
    told.map(({ detail }) => detail),
    ["Laptop", "Laptop", "Laptop"],
  );
});

test("a device that does not count signs in again and again", async () => {
  const { device } = await personWithPasskey("Kim");
  for (let times = 0; times < 3; times += 1) {
    const { browser, page } = await openSignIn();
    assert.ok(isSignedIn(await answer(browser, `${plain(page)}/passkey`, device, { count: 0 })));
  }
});

test("a removed passkey signs in no more, and one passkey has one owner", async () => {
  const { person, device } = await personWithPasskey("Lea");
  const other = await auth.addPerson("Mia", password);
  const asked = (await passkeys.askForNew("here", { account: other.uuid, name: "Mia", label: "mia" })) as never;
  const wish = { account: other.uuid, answer: device.create(asked), name: "Mine", onlyFirst: false };
  assert.equal(await passkeys.add("here", wish), "taken");
  const [factor] = await factors.of(person.uuid);
  await factors.remove(person.uuid, factor?.id ?? "", { mayBeLast: true });
  const { browser, page } = await openSignIn();
  assert.equal((await answer(browser, `${plain(page)}/passkey`, device)).status, 422);
});

test("a passkey of somebody who is blocked opens nothing", async () => {
  const { person, device } = await personWithPasskey("Nia");
  person.blocked = true;
  const { browser, page } = await openSignIn();
  assert.match((await answer(browser, `${plain(page)}/passkey`, device)).text, /<h1>Sign in<\/h1>/);
});

test("whatever is sent as an answer, it is refused with the page", async () => {
  const { browser, page } = await openSignIn();
  const odd = [
    "",
    "{}",
    "null",
    "[]",
    "1",
    '{"id":1}',
    "x".repeat(30_000),
    '{"id":"a","rawId":"a","type":"public-key","response":{}}',
  ];
  const shaped = { clientDataJSON: "e30", authenticatorData: "AA", signature: "AA" };
  odd.push(JSON.stringify({ id: "AA", rawId: "AA", type: "public-key", response: shaped }));
  for (const sent of odd)
    assert.equal((await browser.send(`${plain(page)}/passkey`, { answer: sent })).status, 422, sent.slice(0, 50));
  for (const sent of odd)
    assert.equal(await passkeys.add("here", { account: "x", answer: sent, name: "x", onlyFirst: true }), "wrong");
});

test("somebody else's page cannot ask for a challenge in a visitor's sign-in", async () => {
  const { browser, page } = await openSignIn();
  const cookie = `auth-interaction=${browser.cookie("auth-interaction")}`;
  const headers = { Origin: "https://evil.example.org", Cookie: cookie };
  const answered = await fetch(`${plain(page)}/passkey/options`, { method: "POST", headers });
  assert.equal(answered.status, 403);
});
