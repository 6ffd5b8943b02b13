// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page of the password: with the old one, or after a link; every refusal in words; told to the person; kept nowhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "@cdb/dev/until.ts";
import { refreshTokenGrant } from "openid-client";
import { Secret, TOTP } from "otpauth";
import { Authenticator } from "../test/authenticator.ts";
import type { Browser, Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const wished = "mossy candle ring";
// What is looked for here is order and words, not speed: the machine may be busy.
const auth = await startAuth(undefined, undefined, { timeoutMs: 60_000 });
const front = await openClient(auth.issuer);
const address = `${auth.issuer}/account/password`;

let networks = 0;
function newBrowser(): Browser {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.0.0.${networks}`;
  return browser;
}

/** Signs in at the page itself. */
async function openPage(username: string, typed = password, browser = newBrowser()): Promise<[Browser, Page]> {
  const page = await signInByPassword(browser, address, username, typed);
  assert.equal(page.url, address);
  return [browser, page];
}

async function openPageByLink(email: string, browser = newBrowser()): Promise<[Browser, Page]> {
  const form = await browser.open(`${address}/forgotten`);
  const mailed = auth.back.mailFor(email);
  await browser.submit(form, { identifier: email, send: "link" });
  const page = await browser.submit(await browser.open((await mailed).link));
  assert.equal(page.url, address);
  return [browser, page];
}

async function signsIn(username: string, typed: string): Promise<boolean> {
  const page = await signInByPassword(newBrowser(), (await front.begin()).url, username, typed);
  return new URL(page.url).searchParams.has("code");
}

/** Whether the directory takes it, whatever else the sign-in then asks for. */
async function isRight(username: string, typed: string): Promise<boolean> {
  const page = await signInByPassword(newBrowser(), (await front.begin()).url, username, typed);
  return !page.text.includes("do not belong together");
}

test("people change their password with the old one, and hear of it", async () => {
  const { uuid } = await auth.addPerson("Ada", password);
  const [browser, page] = await openPage("ada");
  const done = await browser.submit(page, { old: password, wished, again: wished });
  assert.match(done.text, /<h1>Your password is changed<\/h1>/);
  assert.ok(await signsIn("ada", wished));
  assert.ok(!(await signsIn("ada", password)));
  const told = await until(() => auth.back.events.find((it) => it.kind === "password-changed" && it.uuid === uuid));
  assert.equal(told.network, browser.headers["X-Forwarded-For"]);
});

test("a new password ends what is signed in elsewhere, and what services hold; here it goes on", async () => {
  await auth.addPerson("Jil", password);
  const elsewhere = newBrowser();
  const begun = await front.begin({ scope: "openid offline_access", prompt: "consent" });
  let there = await signInByPassword(elsewhere, begun.url, "jil", password);
  if (!there.url.includes("code=")) there = await elsewhere.submit(there, { allow: "yes" });
  const tokens = await begun.take(there);
  const [browser, page] = await openPage("jil");
  const copy = newBrowser();
  copy.takeOver(browser, ["auth-session", "auth-session.sig"]);
  await browser.submit(page, { old: password, wished, again: wished });
  assert.equal((await browser.open(address)).url, address);
  assert.notEqual((await copy.open(address)).url, address, "a copy of its cookie is none any more");
  assert.notEqual((await elsewhere.open(address)).url, address);
  await assert.rejects(refreshTokenGrant(front.config, tokens.refresh_token ?? assert.fail()), /invalid_grant|error/);
});

test("a password that was typed before the change lets nobody in after it, however long they put that off", async () => {
  await auth.addPerson("Kit", password);
  const thief = newBrowser();
  const form = await thief.open((await front.begin()).url);
  const typed = await thief.sendAndStay(form.url, { identifier: "kit", password });
  assert.equal(typed.status, 303);
  const [browser, page] = await openPage("kit");
  await browser.submit(page, { old: password, wished, again: wished });
  const late = await thief.open(typed.headers.get("Location") ?? "");
  assert.equal(late.status, 410);
  assert.match(late.text, /<h1>This sign-in is over<\/h1>/);
});

test("what is refused is said beside its field, and nothing has changed", async () => {
  await auth.addPerson("Bob", password);
  const [browser, page] = await openPage("bob");
  const mistakes: [Record<string, string>, string, RegExp][] = [
    [{ old: "a wrong password", wished }, "old", /not your present password/],
    [{ old: "", wished }, "old", /not your present password/],
    [{ old: password, wished: "mossy ring" }, "wished", /too short/],
    [{ old: password, wished: "x y z ".repeat(50) }, "wished", /too long/],
    [{ old: password, wished: "Sunshine12345" }, "wished", /among the first that strangers try/],
    [{ old: password, wished: "this is bob speaking" }, "wished", /Your name, username or address/],
    [{ old: password, wished: password }, "wished", /same as the present one/],
    [{ old: password, wished: "tab\tis no key here" }, "wished", /no keyboard can type/],
  ];
  for (const [typed, field, said] of mistakes) {
    const answer = await browser.submit(page, { ...typed, again: typed.wished ?? "" });
    assert.equal(answer.status, 422, typed.wished);
    assert.match(answer.text, said);
    assert.match(answer.text, new RegExp(`<a href="#${field}">`));
    for (const secret of [password, typed.wished ?? ""]) assert.ok(!answer.text.includes(secret));
  }
  const unlike = await browser.submit(page, { old: password, wished, again: `${wished}x` });
  assert.match(unlike.text, /not the same as the new password/);
  assert.ok(await signsIn("bob", password));
  const { rows } = await auth.pool.query("select details from task where kind = 'end-sessions'");
  assert.deepEqual(rows, [], "nothing will end later");
});

test("an open session is no place to guess the password", async () => {
  await auth.addPerson("Cleo", password);
  const [browser, page] = await openPage("cleo");
  const guesses = Array.from({ length: 12 }, (_, n) => ({ old: `guess number ${n}`, wished, again: wished }));
  const statuses: number[] = [];
  for (const guess of guesses) statuses.push((await browser.submit(page, guess)).status);
  assert.deepEqual([...new Set(statuses)], [422, 429]);
  const late = await browser.submit(page, { old: password, wished, again: wished });
  assert.match(late.text, /Too many tries\. Wait/);
});

test("a passkey that was added in a session with the password does not stand in for the old one", async () => {
  await auth.addPerson("Lou", password);
  const [browser] = await openPage("lou");
  const passkey = `${auth.issuer}/account/second-factor/passkey`;
  const asked = JSON.parse((await browser.send(`${passkey}/options`, {})).text);
  await browser.send(passkey, { answer: new Authenticator(auth.issuer).create(asked), name: "" });
  const page = await browser.open(address);
  assert.match(page.text, /name="old"/);
  assert.equal((await browser.submit(page, { wished, again: wished })).status, 422);
});

test("after a link nobody asks for the old password; half an hour later they do", async () => {
  const { uuid, email } = await auth.addPerson("Dan", password);
  const [browser, page] = await openPageByLink(email);
  assert.doesNotMatch(page.text, /Present password/);
  const done = await browser.submit(page, { wished, again: wished });
  assert.equal(done.status, 200);
  assert.ok(await signsIn("dan", wished));
  assert.ok(await until(() => auth.back.events.some((it) => it.kind === "password-set" && it.uuid === uuid)));
  await auth.pool.query(
    `update artifact set payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb((payload->>'loginTs')::int - 1800))::json
     where model = 'Session' and account_id = $1`,
    [uuid],
  );
  assert.match((await browser.open(address)).text, /Present password/);
  const unasked = await browser.submit(page, { wished: "another candle ring", again: "another candle ring" });
  assert.equal(unasked.status, 422);
  assert.ok(await signsIn("dan", wished));
});

test("who has forgotten it at a service sets a new one from the link itself", async () => {
  const { email } = await auth.addPerson("Hal", password);
  const browser = newBrowser();
  const form = await browser.open((await front.begin()).url);
  const mailed = auth.back.mailFor(email);
  await browser.submit(form, { identifier: email, password: "" });
  const page = await browser.submit(await browser.open((await mailed).link), { goal: "password" });
  assert.equal(page.url, address);
  assert.equal((await browser.submit(page, { wished, again: wished })).status, 200);
  assert.ok(await signsIn("hal", wished));
});

test("the link alone sets no password for whoever has a second factor", async () => {
  const { uuid, email } = await auth.addPerson("Ida", password);
  const { apps } = auth.auth.secondFactor;
  const { text, sealed } = apps.begin(uuid, "Ida");
  const app = new TOTP({ secret: Secret.fromBase32(text.replaceAll(" ", "")) });
  await apps.confirm(uuid, { sealed, code: app.generate(), name: "Phone", onlyFirst: true });
  const browser = newBrowser();
  const form = await browser.open((await front.begin()).url);
  const mailed = auth.back.mailFor(email);
  await browser.submit(form, { identifier: email, password: "" });
  const step = await browser.submit(await browser.open((await mailed).link), { goal: "password" });
  assert.match(step.text, /<h1>The second factor<\/h1>/);
  const early = await browser.send(address, { wished, again: wished });
  assert.match(early.text, /<h1>The second factor<\/h1>/);
  assert.ok(await isRight("ida", password));
  const page = await browser.send(early.url, { code: app.generate({ timestamp: Date.now() + 30_000 }) });
  assert.equal(page.url, address);
  assert.equal((await browser.submit(page, { wished, again: wished })).status, 200);
  assert.ok(await isRight("ida", wished));
});

test("whoever has no password yet sets the first one by a link; who has no username is told so", async () => {
  const nameless = auth.back.addPerson("Eva", null);
  const [, page] = await openPageByLink(nameless.email);
  assert.match(page.text, /You have no username/);
  auth.back.addPerson("Finn", "finn");
  const [browser, form] = await openPageByLink("finn@example.org");
  const early = await browser.submit(form, { wished, again: wished });
  assert.match(early.text, /no account yet/, "the entry in the directory comes a little later");
});

test("of many changes at once the last one holds, and who was too late hears so", async () => {
  await auth.addPerson("Gus", password);
  const [browser, page] = await openPage("gus");
  const wishes = Array.from({ length: 5 }, (_, number) => `mossy candle ring ${number}`);
  const send = (it: string) => browser.submit(page, { old: password, wished: it, again: it });
  const pages = await Promise.all(wishes.map(send));
  for (const it of pages) assert.ok(it.status === 200 || /not your present password/.test(it.text));
  const holding: string[] = [];
  for (const it of [password, ...wishes]) if (await signsIn("gus", it)) holding.push(it);
  assert.equal(holding.length, 1);
  assert.equal(pages[wishes.indexOf(holding[0] ?? "")]?.status, 200);
});

test("no password is in the database of auth", async () => {
  const { rows } = await auth.pool.query(
    "select artifact::text as row from artifact union all select task::text from task union all select throttle::text from throttle",
  );
  const kept = JSON.stringify(rows);
  for (const secret of [password, wished]) assert.ok(!kept.includes(secret));
});
