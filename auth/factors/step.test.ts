// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in with two factors: asked for where there is one, set up where it is needed, and never a way around.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { decodeJwt } from "jose";
import { Secret, TOTP } from "otpauth";
import type { TestPerson } from "../test/back.ts";
import type { Browser, Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";
import { mfaClass } from "./proof.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const { secondFactor } = auth.auth;
let networks = 0;

/** A browser in a network of its own. */
function newBrowser(): Browser {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.1.0.${networks}`;
  return browser;
}

const isSignedIn = (page: Page) => new URL(page.url).searchParams.has("code");
const titleOf = (page: Page) => /<h1>([^<]*)<\/h1>/.exec(page.text)?.[1];
const keyIn = (page: Page) => /<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)?.[1]?.replaceAll(" ", "") ?? "";
const codesIn = (page: Page) =>
  [...page.text.matchAll(/<code>(\d{4}-\d{4}-\d{4})<\/code>/g)].map(([, code]) => code ?? "");
const codeOf = (key: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(key) }).generate({ timestamp: Date.now() + steps * 30_000 });

/** A person with an app, its key, and the code that was used to set it up. */
async function personWithApp(name: string): Promise<{ person: TestPerson; key: string; used: string }> {
  const person = await auth.addPerson(name, password);
  const { text, sealed } = secondFactor.apps.begin(person.uuid, name);
  const key = text.replaceAll(" ", "");
  const used = codeOf(key);
  const wish = { sealed, code: used, name: "Phone", onlyFirst: true };
  assert.equal(await secondFactor.apps.confirm(person.uuid, wish), "added");
  return { person, key, used };
}

/** As far as the page that asks for the second factor. */
async function firstFactor(name: string, wish: Record<string, string> = {}, browser = newBrowser()) {
  const begun = await front.begin(wish);
  const page = await signInByPassword(browser, begun.url, name.toLowerCase(), password);
  return { browser, begun, page };
}

/** Sends the form to this address beneath the step. */
function send(browser: Browser, page: Page, part: string, fields: Record<string, string> = {}): Promise<Page> {
  return browser.send(`${page.url.replace(/\?.*/, "")}/${part}`, fields);
}

test("whoever has an app is asked for its code after the password, and the tokens say so", async () => {
  const { person, key } = await personWithApp("Ada");
  const { browser, begun, page } = await firstFactor("Ada", { resource: backResource, acr_values: mfaClass });
  assert.equal(titleOf(page), "The second factor");
  const tokens = await begun.take(await browser.send(page.url, { code: codeOf(key, 1) }));
  assert.equal(tokens.claims()?.sub, person.uuid);
  assert.deepEqual(tokens.claims()?.amr, ["pwd", "otp", "mfa"]);
  assert.equal(tokens.claims()?.acr, mfaClass);
  assert.deepEqual(decodeJwt(tokens.access_token).amr, ["pwd", "otp", "mfa"]);
  const next = await front.begin();
  assert.ok(isSignedIn(await browser.open(next.url)), "the next service asks for nothing");
});

test("one factor alone opens nothing: no service, no silent sign-in, no account area", async () => {
  await personWithApp("Bob");
  const { browser, page } = await firstFactor("Bob");
  const silent = await browser.open((await front.begin({ prompt: "none" })).url);
  assert.equal(new URL(silent.url).searchParams.get("error"), "login_required");
  assert.equal(titleOf(await browser.open((await front.begin()).url)), "The second factor");
  assert.equal(titleOf(await browser.open(`${auth.issuer}/account`)), "The second factor");
  assert.equal(titleOf(await browser.open(`${page.url}/app`)), "The second factor", "no way around");
});

test("a link by mail is a first factor like the password, in this browser and in another", async () => {
  const { person, key } = await personWithApp("Cleo");
  for (const elsewhere of [false, true]) {
    const browser = newBrowser();
    const form = await browser.open((await front.begin()).url);
    const mailed = auth.back.mailFor(person.email);
    await browser.submit(form, { identifier: person.email, password: "" });
    const { link } = await mailed;
    const reader = elsewhere ? newBrowser() : browser;
    await reader.submit(await reader.open(link), elsewhere ? { here: "yes" } : {});
    const page = await reader.open((await front.begin()).url);
    assert.equal(titleOf(page), "The second factor");
    await auth.pool.query("update factor set last_step = 0 where account_id = $1", [person.uuid]);
    assert.ok(isSignedIn(await reader.send(page.url, { code: codeOf(key) })));
  }
});

test("wrong, used, somebody else's: the same page, byte for byte; and five tries", async () => {
  const { person, key, used } = await personWithApp("Dan");
  const other = await personWithApp("Other");
  const { browser, page } = await firstFactor("Dan");
  const pages = new Set<string>();
  for (const code of [used, "000000", codeOf(other.key, 1), "1234-5678-9012", "６５４３２１"]) {
    const answer = await browser.send(page.url, { code });
    assert.equal(answer.status, 422);
    pages.add(answer.text);
  }
  assert.equal(pages.size, 1);
  const waits = await browser.send(page.url, { code: codeOf(key, 1) });
  assert.equal(waits.status, 429);
  assert.match(waits.text, /Too many tries\. Wait \d minutes/);
  await auth.auth.tasks.finished();
  const told = auth.back.events.filter(({ uuid, kind }) => uuid === person.uuid && kind.startsWith("factor-"));
  assert.deepEqual(told.map(({ kind }) => kind).sort(), ["factor-guessed", ...Array(5).fill("factor-refused")]);
  const again = await firstFactor("Dan");
  assert.equal((await again.browser.send(again.page.url, { code: codeOf(key, 1) })).status, 429, "in any browser");
});

test("of twenty browsers that send one code at once, one is signed in", async () => {
  const { person, key } = await personWithApp("Eva");
  const waiting = [];
  for (let count = 0; count < 20; count += 1) waiting.push(await firstFactor("Eva"));
  const code = codeOf(key, 1);
  await auth.pool.query("delete from throttle");
  const answers = await Promise.all(waiting.map(({ browser, page }) => browser.send(page.url, { code })));
  assert.equal(answers.filter(isSignedIn).length, 1, person.uuid);
});

test("a recovery code signs in once, and the person is told", async () => {
  const { person } = await personWithApp("Finn");
  const [code = ""] = await secondFactor.recoveryCodes.make(person.uuid);
  const { browser, begun, page } = await firstFactor("Finn");
  const tokens = await begun.take(await browser.send(page.url, { code }));
  assert.deepEqual(tokens.claims()?.amr, ["pwd", "recovery", "mfa"]);
  const again = await firstFactor("Finn");
  assert.equal((await again.browser.send(again.page.url, { code })).status, 422);
  await auth.auth.tasks.finished();
  assert.ok(auth.back.events.some(({ uuid, kind }) => uuid === person.uuid && kind === "recovery-code-used"));
});

test("prompt=login and max_age ask for both factors again", async () => {
  const { person, key } = await personWithApp("Gus");
  const { browser, page } = await firstFactor("Gus");
  assert.ok(isSignedIn(await browser.send(page.url, { code: codeOf(key, 1) })));
  for (const wish of [{ prompt: "login" }, { max_age: "0" }]) {
    if ("max_age" in wish) await new Promise((resolve) => setTimeout(resolve, 1_100));
    await auth.pool.query("update factor set last_step = 0 where account_id = $1", [person.uuid]);
    const again = await firstFactor("Gus", wish as Record<string, string>, browser);
    assert.equal(titleOf(again.page), "The second factor", JSON.stringify(wish));
    const tokens = await again.begun.take(await browser.send(again.page.url, { code: codeOf(key) }));
    assert.deepEqual(tokens.claims()?.amr, ["pwd", "otp", "mfa"]);
  }
});

test("a session of before is stepped up, and stays the same one", async () => {
  const person = await auth.addPerson("Hal", password);
  const { browser, begun, page: first } = await firstFactor("Hal");
  const before = (await begun.take(first)).claims();
  const { text, sealed } = secondFactor.apps.begin(person.uuid, "hal");
  const key = text.replaceAll(" ", "");
  await secondFactor.apps.confirm(person.uuid, { sealed, code: codeOf(key), name: "Phone", onlyFirst: true });
  const again = await front.begin({ claims: '{"id_token":{"sid":null,"auth_time":null}}' });
  const page = await browser.open(again.url);
  assert.equal(titleOf(page), "The second factor");
  const after = (await again.take(await browser.send(page.url, { code: codeOf(key, 1) }))).claims();
  assert.deepEqual(after?.amr, ["pwd", "otp", "mfa"]);
  assert.ok((after?.auth_time ?? Infinity) <= (before?.iat ?? 0), "as old as the first factor");
  const { rows } = await auth.pool.query("select from artifact where model = 'Session' and account_id = $1", [
    person.uuid,
  ]);
  assert.equal(rows.length, 1);
});

test("staff set one up before they go on, with an app; it counts for this sign-in, and the codes are shown once", async () => {
  const person = await auth.addPerson("Ida", password);
  person.staffScopes = ["people:read"];
  const { browser, begun, page } = await firstFactor("Ida");
  assert.equal(titleOf(page), "Set up a second factor");
  assert.match(page.text, /You see other people&#39;s data here/);
  assert.equal((await send(browser, page, "decline")).text, page.text, "staff cannot go on without");
  const form = await browser.open(`${page.url}/app`);
  assert.match(form.text, /<svg [^>]*aria-label="QR code/);
  const wrong = await browser.submit(form, { code: "000000", name: "" });
  assert.equal(wrong.status, 422);
  assert.equal(keyIn(wrong), keyIn(form), "the key stays the same after a mistake");
  const done = await browser.submit(wrong, { code: codeOf(keyIn(form)), name: "" });
  assert.equal(codesIn(done).length, 10);
  const tokens = await begun.take(await browser.open(linkIn(done, "Go on")));
  assert.deepEqual(tokens.claims()?.amr, ["pwd", "otp", "mfa"]);
  await auth.auth.tasks.finished();
  assert.ok(auth.back.events.some(({ uuid, kind }) => uuid === person.uuid && kind === "factor-added"));
  const next = await firstFactor("Ida");
  assert.ok(isSignedIn(await next.browser.send(next.page.url, { code: codesIn(done)[3] ?? "" })));
});

test("who knows a password of somebody with a factor cannot add one of their own", async () => {
  const { person } = await personWithApp("Jonas");
  person.staffScopes = ["people:read"];
  const { browser, page } = await firstFactor("Jonas");
  for (const part of ["app", "passkey"])
    assert.equal(titleOf(await browser.open(`${page.url}/${part}`)), "The second factor");
  const { text, sealed } = secondFactor.apps.begin(person.uuid, "jonas");
  const added = await send(browser, page, "app", { sealed, code: codeOf(text.replaceAll(" ", "")), name: "Mine" });
  assert.equal(titleOf(added), "The second factor");
  assert.equal((await secondFactor.factors.of(person.uuid)).length, 1);
});

test("back at the page after the app was added, one goes on; nothing is asked twice", async () => {
  const person = await auth.addPerson("Lea", password);
  person.staffScopes = ["people:read"];
  const { browser, page } = await firstFactor("Lea");
  const form = await browser.open(`${page.url}/app`);
  const fields = { code: codeOf(keyIn(form)), name: "" };
  assert.equal(codesIn(await browser.submit(form, fields)).length, 10);
  assert.ok(isSignedIn(await browser.submit(form, fields)), "the form sent again");
});

test("an old session sets nothing up: who joins the staff signs in anew for it", async () => {
  const person = await auth.addPerson("Mia", password);
  const { browser } = await firstFactor("Mia");
  person.staffScopes = ["people:read"];
  const age = (seconds: number) =>
    auth.pool.query(
      `update artifact set payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb($1::int))
       where model = 'Session' and account_id = $2`,
      [Math.floor(Date.now() / 1000) - seconds, person.uuid],
    );
  await age(700);
  const page = await browser.open((await front.begin()).url);
  assert.equal(titleOf(page), "Set up a second factor");
  const again = await browser.open(`${page.url}/app`);
  assert.equal(titleOf(again), "Sign in");
  const fresh = await browser.submit(again, { identifier: "mia", password });
  assert.equal(titleOf(await browser.open(`${fresh.url}/app`)), "Add an authenticator app");
});

test("a sign-in that waited while the person signed out everywhere, or somebody else came, adds nothing", async () => {
  const person = await auth.addPerson("Nia", password);
  person.staffScopes = ["people:read"];
  const { browser, page } = await firstFactor("Nia");
  const form = await browser.open(`${page.url}/app`);
  person.signedOutAt = new Date(Date.now() + 1_000).toISOString();
  assert.equal(titleOf(await browser.submit(form, { code: codeOf(keyIn(form)), name: "" })), "This sign-in is over");
  person.signedOutAt = null;
  browser.forget("auth-session");
  assert.equal(titleOf(await browser.submit(form, { code: codeOf(keyIn(form)), name: "" })), "This sign-in is over");
  assert.deepEqual(await secondFactor.factors.of(person.uuid), []);
});

test("a service that wishes for two factors may be declined, one that insists may not", async () => {
  await auth.addPerson("Kim", password);
  const wished = await firstFactor("Kim", { acr_values: mfaClass });
  assert.match(wished.page.text, /Example Foundation would like you to sign in with a second factor/);
  const tokens = await wished.begun.take(await send(wished.browser, wished.page, "decline"));
  assert.deepEqual([tokens.claims()?.amr, tokens.claims()?.acr], [["pwd"], undefined]);
  const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ["gold", mfaClass] } } });
  const insists = await firstFactor("Kim", { claims });
  assert.equal(titleOf(await send(insists.browser, insists.page, "decline")), "Set up a second factor");
});

function linkIn(page: Page, text: string): string {
  const [, address = ""] = new RegExp(`href="([^"]+)">${text}</a>`).exec(page.text) ?? [];
  return address.replaceAll("&amp;", "&");
}
