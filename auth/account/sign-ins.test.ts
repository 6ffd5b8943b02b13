// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// People see where they are signed in and what happened, and what they end is over at once.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { until } from "@cdb/dev/until.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { decodeJwt } from "jose";
import * as oidc from "openid-client";
import type { Browser, Page } from "../test/browser.ts";
import { frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const signIns = `${auth.issuer}/account/sign-ins`;
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
let networks = 0;

async function signIn(name: string, agent = firefox, client = front, wish: Record<string, string> = {}) {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["User-Agent"] = agent;
  browser.headers["X-Forwarded-For"] = `203.0.113.${networks}`;
  const begun = await client.begin({ resource: backResource, scope: "openid self:read", ...wish });
  const tokens = await begun.take(await signInByPassword(browser, begun.url, name.toLowerCase(), password));
  return { browser, tokens };
}

/** A button of one card, or one below all of them. */
function press(browser: Browser, page: Page, wish: "others" | "all" | { browser: string }): Promise<Page> {
  if (typeof wish === "string") return browser.send(page.url, { end: wish });
  const cards = page.text.split('<section class="card">').slice(1);
  const [card = ""] = cards.filter((text) => text.includes(wish.browser));
  const [, name = ""] = /name="end" value="([\w-]{22})"/.exec(card) ?? [];
  return browser.send(page.url, { end: name });
}

const isSignedIn = async (browser: Browser) =>
  new URL((await browser.open((await front.begin({ prompt: "none" })).url)).url).searchParams.has("code");
const refresh = (tokens: { refresh_token?: string }) =>
  oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? "");
const eventsOf = (uuid: string) => auth.back.events.filter((event) => event.uuid === uuid);
const grantOf = ({ access_token: token }: { access_token: string }) => decodeJwt(token).grant_id;

test("each browser is listed with its system, network and services, the one that asks is named", async () => {
  await auth.addPerson("Ada", password);
  const laptop = await signIn("Ada");
  await signIn("Ada", safari);
  const page = await laptop.browser.open(signIns);
  const [, here = "", elsewhere = ""] = page.text.split('<section class="card">');
  const [own, other] = here.includes("Firefox") ? [here, elsewhere] : [elsewhere, here];
  assert.match(own, /Firefox, Linux[\s\S]*the browser you are using[\s\S]*203\.0\.113\.\d+[\s\S]*Example Foundation/);
  assert.match(other, /Safari, iOS/);
  assert.doesNotMatch(other, /the browser you are using/);
  assert.equal(page.text.split("<section").length, 3);
});

test("one ended in another browser is over: session, refresh token, and its access token by name", async () => {
  const person = await auth.addPerson("Bob", password);
  const laptop = await signIn("Bob");
  const phone = await signIn("Bob", safari);
  const page = await press(laptop.browser, await laptop.browser.open(signIns), { browser: "Safari" });
  assert.match(page.text, /It is ended\./);
  assert.equal(await isSignedIn(phone.browser), false);
  await assert.rejects(refresh(phone.tokens), { error: "invalid_grant" });
  assert.equal(await isSignedIn(laptop.browser), true);
  assert.ok((await refresh(laptop.tokens)).access_token);
  await auth.auth.tasks.finished();
  const ended = eventsOf(person.uuid).find(({ kind }) => kind === "session-ended");
  assert.deepEqual(ended?.endedGrants?.includes(String(grantOf(phone.tokens))), true);
  assert.equal(ended?.endedGrants?.includes(String(grantOf(laptop.tokens))), false);
  assert.match(`${ended?.detail} ${ended?.browser}`, /Safari, iOS Firefox, Linux/);
});

test("all others end and this one goes on; everywhere means this one too", async () => {
  const person = await auth.addPerson("Cleo", password);
  const [laptop, phone, tablet] = [await signIn("Cleo"), await signIn("Cleo", safari), await signIn("Cleo", safari)];
  await press(laptop.browser, await laptop.browser.open(signIns), "others");
  for (const { browser, tokens } of [phone, tablet]) {
    assert.equal(await isSignedIn(browser), false);
    await assert.rejects(refresh(tokens), { error: "invalid_grant" });
  }
  const tokens = await refresh(laptop.tokens);
  const page = await press(laptop.browser, await laptop.browser.open(signIns), "all");
  assert.match(page.text, /<h1>You are signed out<\/h1>/);
  assert.equal(await isSignedIn(laptop.browser), false);
  await assert.rejects(refresh(tokens), { error: "invalid_grant" });
  await auth.auth.tasks.finished();
  assert.deepEqual(eventsOf(person.uuid).filter(({ kind }) => kind === "sessions-ended").length, 1);
});

test("what a service was given for times of absence ends with the session that is ended, not with signing out", async () => {
  await auth.addPerson("Dan", password);
  const offline = { scope: "openid offline_access self:read", prompt: "consent" };
  const kept = await signIn("Dan", firefox, front, offline);
  const [url, hint] = [`${frontUrl}/signed-out`, kept.tokens.id_token ?? ""];
  await kept.browser.open(
    oidc.buildEndSessionUrl(front.config, { id_token_hint: hint, post_logout_redirect_uri: url }).href,
  );
  assert.ok((await refresh(kept.tokens)).access_token);
  const other = await signIn("Dan", safari, front, offline);
  await press(other.browser, await other.browser.open(signIns), { browser: "Safari" });
  await assert.rejects(refresh(other.tokens), { error: "invalid_grant" });
});

test("nobody ends another's session, and what is no session is passed over", async () => {
  await auth.addPerson("Eva", password);
  await auth.addPerson("Fay", password);
  const [eva, fay] = [await signIn("Eva"), await signIn("Fay", safari)];
  const page = await fay.browser.open(signIns);
  const [, name = ""] = /name="end" value="([\w-]{22})"/.exec(page.text) ?? [];
  for (const end of [name, "", "x", "' or true --", "a".repeat(5_000)])
    assert.equal((await eva.browser.send(signIns, { end })).status, 200);
  assert.equal(await isSignedIn(fay.browser), true);
  assert.equal(await isSignedIn(eva.browser), true);
});

test("ended twice at once, in two tabs, or by the back button, it is ended", async () => {
  const person = await auth.addPerson("Gus", password);
  const laptop = await signIn("Gus");
  const phone = await signIn("Gus", safari);
  const page = await laptop.browser.open(signIns);
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => press(laptop.browser, page, { browser: "Safari" })));
  for (const { status } of answers) assert.equal(status, 200);
  assert.equal(await isSignedIn(phone.browser), false);
  await auth.auth.tasks.finished();
  assert.equal(eventsOf(person.uuid).filter(({ kind }) => kind === "session-ended").length, 1);
  assert.match((await phone.browser.send(signIns, { end: "all" })).url, /\/sign-in\//);
  assert.equal(await isSignedIn(laptop.browser), true);
});

test("each service of an ended session is told, and the page says who has not answered", async () => {
  await auth.addPerson("Hal", password);
  const service = { status: 500, told: 0 };
  const listening = await listen(async () => {
    service.told += 1;
    return new Response(null, { status: service.status });
  }, 0);
  after(listening.stop);
  await auth.addClient({
    ...{ client_id: "wiki", client_name: "Wiki", client_secret: "wikisecretwikisecret" },
    ...{ redirect_uris: [front.redirectUri], backchannel_logout_uri: `http://127.0.0.1:${listening.port}` },
  });
  const wiki = await openClient(auth.issuer, "wiki", "wikisecretwikisecret");
  const laptop = await signIn("Hal");
  await signIn("Hal", safari, wiki, { scope: "openid", resource: "" });
  await press(laptop.browser, await laptop.browser.open(signIns), "others");
  await auth.auth.tasks.finished();
  assert.match((await laptop.browser.open(signIns)).text, /Wiki, [^:]*\d+:\d\d[^:]*: has not answered yet/);
  service.status = 200;
  await auth.pool.query("update task set due_at = now() where due_at < 'infinity'");
  await auth.auth.tasks.carryOut();
  assert.equal(service.told, 2);
  assert.match((await laptop.browser.open(signIns)).text, /has ended your sign-in/);
});

test("a session that nobody uses is over, one that a service goes on with is not, and none outlives its days", async () => {
  const { uuid } = await auth.addPerson("Ida", password);
  const { browser, tokens } = await signIn("Ida");
  const pass = (time: string) =>
    auth.pool.query(`update artifact set expires_at = expires_at - interval '${time}' where model = 'Session'`);
  await pass("110 minutes");
  const next = await refresh(tokens);
  await pass("110 minutes");
  assert.equal(await isSignedIn(browser), true);
  await pass("121 minutes");
  assert.equal(await isSignedIn(browser), false);
  await assert.rejects(refresh(next), { error: "invalid_grant" });
  const long = await signIn("Ida");
  await auth.pool.query(
    `update artifact set payload = jsonb_set(payload::jsonb, '{exp}', to_jsonb(extract(epoch from now())::int + 60))::json
     where model = 'Session' and account_id = $1`,
    [uuid],
  );
  await refresh(long.tokens);
  const { rows } = await auth.pool.query(
    "select max(expires_at) < now() + interval '2 minutes' as soon from artifact where model = 'Session' and account_id = $1",
    [uuid],
  );
  assert.deepEqual(rows, [{ soon: true }]);
});

test("people see what happened at their sign-ins, and who guesses is counted", async () => {
  const person = await auth.addPerson("Jon", password);
  const { browser } = await signIn("Jon");
  await signInByPassword(openBrowser(auth.issuer), (await front.begin()).url, "jon", "not the password");
  await until(async () => eventsOf(person.uuid).length === 2);
  const kinds = eventsOf(person.uuid).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["signed-in-new-browser", "refused"]);
  const page = await browser.open(`${auth.issuer}/account/activity`);
  assert.match(page.text, /You signed in in a browser that was new to us/);
  assert.match(page.text, /Somebody tried a wrong password/);
  assert.match((await browser.open(`${auth.issuer}/account/activity?lang=de`)).text, /Was zuletzt geschah/);
});

test("what back does not hear at once it hears later, once", async () => {
  const person = await auth.addPerson("Kim", password);
  const { browser, tokens } = await signIn("Kim");
  await auth.auth.tasks.finished();
  auth.back.broken = true;
  await browser.open(oidc.buildEndSessionUrl(front.config, { id_token_hint: tokens.id_token ?? "" }).href);
  await auth.auth.tasks.finished();
  assert.equal(eventsOf(person.uuid).length, 1);
  auth.back.broken = false;
  await auth.pool.query("update task set due_at = now() where due_at < 'infinity'");
  await auth.auth.tasks.carryOut();
  const kinds = eventsOf(person.uuid).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["signed-in-new-browser", "signed-out"]);
});
