// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page of the second factor: changed by its owner after a fresh proof of everything there is, and told by events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret, TOTP } from "otpauth";
import { Authenticator } from "../test/authenticator.ts";
import type { TestPerson } from "../test/back.ts";
import type { Browser, Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const { factors, recoveryCodes } = auth.auth.secondFactor;
const address = `${auth.issuer}/account/second-factor`;
let networks = 0;

function newBrowser(): Browser {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.3.0.${networks}`;
  return browser;
}

const titleOf = (page: Page) => /<h1>([^<]*)<\/h1>/.exec(page.text)?.[1];
const keyIn = (page: Page) => /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)?.[1]?.replaceAll(" ", "") ?? "";
const codesIn = (page: Page) => [...page.text.matchAll(/<code>(\d{4}-\d{4}-\d{4})<\/code>/g)].map(([, it]) => it ?? "");
const codeOf = (key: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(key) }).generate({ timestamp: Date.now() + steps * 30_000 });

/** A person at the page, with an app of theirs added on it. */
async function personWithApp(name: string) {
  const person = await auth.addPerson(name, password);
  const browser = newBrowser();
  const empty = await signInByPassword(browser, address, name.toLowerCase(), password);
  assert.equal(empty.url, address);
  const form = await browser.open(`${address}/app`);
  const done = await browser.submit(form, { code: codeOf(keyIn(form)), name: "Phone" });
  return { person, browser, key: keyIn(form), codes: codesIn(done) };
}

async function factorOf(person: TestPerson) {
  const [factor] = await factors.of(person.uuid);
  return { factor: factor?.id ?? "" };
}

async function kindsTold(person: TestPerson): Promise<string[]> {
  await auth.auth.tasks.finished();
  return auth.back.events.filter(({ uuid }) => uuid === person.uuid).map(({ kind }) => kind);
}

test("an app is added with its code, ten recovery codes are shown once, and the session counts as one of two factors", async () => {
  const { person, browser, codes } = await personWithApp("Ada");
  assert.equal(codes.length, 10);
  const page = await browser.open(address);
  assert.match(page.text, /<h2>Phone<\/h2>/);
  assert.match(page.text, /10 of 10 are left/);
  assert.deepEqual(codesIn(page), []);
  const begun = await front.begin();
  assert.deepEqual((await begun.take(await browser.open(begun.url))).claims()?.amr, ["pwd", "otp", "mfa"]);
  assert.ok((await kindsTold(person)).includes("factor-added"));
});

test("whoever has a copy of the session's cookie does not have the second factor with it", async () => {
  await auth.addPerson("Zoe", password);
  const [browser, copy] = [newBrowser(), newBrowser()];
  await signInByPassword(browser, address, "zoe", password);
  copy.takeOver(browser, ["auth-session", "auth-session.sig"]);
  assert.equal((await copy.open(address)).url, address);
  const form = await browser.open(`${address}/app`);
  const done = await browser.submit(form, { code: codeOf(keyIn(form)), name: "Phone" });
  assert.equal(codesIn(done).length, 10);
  assert.match((await copy.open(address)).url, /\/sign-in\//);
  assert.equal((await browser.open(address)).url, address);
});

test("a passkey is added beside it, without new codes", async () => {
  const { person, browser } = await personWithApp("Bob");
  const device = new Authenticator(auth.issuer);
  const asked = JSON.parse((await browser.send(`${address}/passkey/options`, {})).text);
  assert.equal(Buffer.from(asked.user.id, "base64url").toString("hex"), person.uuid.replaceAll("-", ""));
  const page = await browser.send(`${address}/passkey`, { answer: device.create(asked), name: "" });
  assert.equal(page.url, `${address}?done=added`);
  assert.match(page.text, /role="status">It is added/);
  assert.deepEqual(
    (await factors.of(person.uuid)).map(({ name }) => name),
    ["Phone", "Passkey"],
  );
  assert.equal((await browser.send(`${address}/passkey`, { answer: device.create(asked), name: "" })).status, 422);
});

test("each has a name that its owner changes, within reason", async () => {
  const { person, browser } = await personWithApp("Cleo");
  const { factor } = await factorOf(person);
  const renamed = await browser.send(address, { do: "rename", factor, [`name-${factor}`]: " <b>Tablet</b> " });
  assert.match(renamed.text, /<h2>&lt;b&gt;Tablet&lt;\/b&gt;<\/h2>/);
  for (const name of ["", " ", "x".repeat(61), "a\u0000b", "a\r\nb"])
    assert.equal((await browser.send(address, { do: "rename", factor, [`name-${factor}`]: name })).status, 422);
});

test("the last one goes, and the codes with it, but not where its owner sees other people's data", async () => {
  const { person, browser } = await personWithApp("Dan");
  const { factor } = await factorOf(person);
  person.staffScopes = ["people:read"];
  const kept = await browser.send(address, { do: "remove", factor });
  assert.equal(kept.status, 422);
  assert.match(kept.text, /add another before you remove this one/);
  person.staffScopes = [];
  assert.match((await browser.send(address, { do: "remove", factor })).text, /It is removed/);
  assert.deepEqual(await factors.of(person.uuid), []);
  assert.equal(await recoveryCodes.left(person.uuid), 0);
  assert.deepEqual(
    (await kindsTold(person)).filter((kind) => kind.startsWith("factor")),
    ["factor-added", "factor-removed"],
  );
});

test("ten new recovery codes end the old ones, and whoever has no factor gets none", async () => {
  const { person, browser, codes } = await personWithApp("Eva");
  const made = codesIn(await browser.send(address, { do: "codes" }));
  assert.equal(made.length, 10);
  const plain = (code = "") => code.replaceAll("-", "");
  assert.equal(await recoveryCodes.use(person.uuid, plain(codes[0])), false);
  assert.equal(await recoveryCodes.use(person.uuid, plain(made[0])), true);
  assert.match((await browser.open(address)).text, /9 of 10 are left/);
  assert.ok((await kindsTold(person)).includes("recovery-codes-made"));
  await auth.addPerson("Fay", password);
  const other = newBrowser();
  await signInByPassword(other, address, "fay", password);
  assert.deepEqual(codesIn(await other.send(address, { do: "codes" })), []);
});

test("somebody else's factor is not touched", async () => {
  const ada = await personWithApp("Gus");
  const { person } = await personWithApp("Hal");
  const { factor } = await factorOf(person);
  await ada.browser.send(address, { do: "remove", factor });
  await ada.browser.send(address, { do: "rename", factor, [`name-${factor}`]: "Mine" });
  for (const odd of ["", "x", "'; drop table factor", "0".repeat(36), "-".repeat(36)])
    for (const deed of ["remove", "rename"])
      assert.equal((await ada.browser.send(address, { do: deed, factor: odd, [`name-${odd}`]: "x" })).status, 200, odd);
  assert.deepEqual(
    (await factors.of(person.uuid)).map(({ name }) => name),
    ["Phone"],
  );
});

test("ten minutes after the sign-in everything there is must be proved again, then the page is there", async () => {
  const { person, browser, key } = await personWithApp("Ida");
  await auth.pool.query(
    `update artifact set payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb($1::int))
     where model = 'Session' and account_id = $2`,
    [Math.floor(Date.now() / 1000) - 700, person.uuid],
  );
  for (const path of ["", "/app", "/passkey"]) assert.equal(titleOf(await browser.open(address + path)), "Sign in");
  const { factor } = await factorOf(person);
  assert.equal(titleOf(await browser.send(address, { do: "remove", factor })), "Sign in");
  const asked = await signInByPassword(browser, address, "ida", password);
  assert.equal(titleOf(asked), "The second factor");
  const page = await browser.send(asked.url, { code: codeOf(key, 1) });
  assert.equal(page.url, address);
  assert.equal((await factors.of(person.uuid)).length, 1);
});

test("a page that was open before another factor came adds none beside it", async () => {
  const person = await auth.addPerson("Jon", password);
  const [slow, quick] = [newBrowser(), newBrowser()];
  for (const browser of [slow, quick]) await signInByPassword(browser, address, "jon", password);
  const form = await slow.open(`${address}/app`);
  const other = await quick.open(`${address}/app`);
  await quick.submit(other, { code: codeOf(keyIn(other)), name: "" });
  assert.equal(titleOf(await slow.submit(form, { code: codeOf(keyIn(form)), name: "" })), "The second factor");
  assert.equal((await factors.of(person.uuid)).length, 1);
});

test("in German it is in German", async () => {
  const { browser } = await personWithApp("Kim");
  const page = await browser.open(`${address}?lang=de`);
  assert.match(page.text, /<h1>Zweiter Faktor<\/h1>[\s\S]*10 von 10 sind übrig/);
  assert.match(page.text, /href="\/account\/second-factor\/app\?lang=de"/);
  assert.match((await browser.open(`${address}/app?lang=de`)).text, /<h1>Authenticator-App hinzufügen<\/h1>/);
});
