// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a person allows a service that is not ours is asked once, said in full, and taken back at any time.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as oidc from "openid-client";
import type { Page } from "./test/browser.ts";
import { frontUrl, openBrowser, openClient, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const calendar = "https://calendar.example.org";
const auth = await startAuth();
const { consents } = auth.auth;
await auth.pool.query(
  `insert into resource_server (resource, name, scopes)
   values ($1, 'Calendar', '{"events:read": "see your dates", "events:write": "change your dates"}')`,
  [calendar],
);
await auth.addClient({
  client_id: "game",
  client_secret: "gamesecretgamesecret",
  client_name: "Game & <Co>",
  client_uri: "https://game.example.org/about",
  policy_uri: "https://game.example.org/privacy",
  tos_uri: "https://game.example.org/terms",
  redirect_uris: [`${frontUrl}/signed-in`],
  grant_types: ["authorization_code", "refresh_token"],
  first_party: false,
  resource_scopes: { [calendar]: ["events:read", "events:write"] },
});
const game = await openClient(auth.issuer, "game", "gamesecretgamesecret");

const withdraw = (uuid: string) => consents.withdrawConsent({ uuid, clientId: "game", kind: "access-withdrawn" });

async function arrive(name: string, wish: Record<string, string>, browser = openBrowser(auth.issuer)) {
  const begun = await game.begin(wish);
  const form = await browser.open(begun.url);
  const page = /name="password"/.test(form.text) ? await browser.submit(form, { identifier: name, password }) : form;
  return { browser, begun, page };
}

function asks({ text }: Page): string[] {
  const [, list = ""] = /<p class="lead">Game [^\n]*\n<ul>(.*)<\/ul>/.exec(text) ?? [];
  return [...list.matchAll(/<li>([^<]*)<\/li>/g)].map(([, words = ""]) => words);
}

test("who asks, for what, and what they do with it stands on the page", async () => {
  await auth.addPerson("Ada", password);
  const { page } = await arrive("ada", { scope: "openid email events:read", resource: calendar });
  assert.match(page.text, /<h1>Allow Game &amp; &lt;Co&gt;\?<\/h1>/);
  assert.deepEqual(asks(page), ["know you again", "see your email address", "see your dates (Calendar)"]);
  assert.match(page.text, /<p>From here you go on to front\.example\.org\.<\/p>/);
  for (const path of ["about", "privacy", "terms"])
    assert.ok(page.text.includes(`<a href="https://game.example.org/${path}" rel="noreferrer">`), path);
});

test("what was allowed is not asked again, not even in another browser; what is more, is", async () => {
  await auth.addPerson("Bob", password);
  const { browser, begun, page } = await arrive("bob", { scope: "openid email" });
  await begun.take(await browser.submit(page, { allow: "yes" }));
  const elsewhere = await arrive("bob", { scope: "openid" });
  assert.ok((await elsewhere.begun.take(elsewhere.page)).id_token);
  const more = await arrive("bob", { scope: "openid email profile events:write", resource: calendar });
  assert.deepEqual(asks(more.page), ["see your name, username and language", "change your dates (Calendar)"]);
  await more.begun.take(await more.browser.submit(more.page, { allow: "yes" }));
  const all = await arrive("bob", { scope: "openid email profile events:write", resource: calendar });
  assert.equal((await all.begun.take(all.page)).scope, "events:write");
});

test("who says no is asked again, and gave nothing", async () => {
  const { uuid } = await auth.addPerson("Cleo", password);
  const { browser, page } = await arrive("cleo", { scope: "openid" });
  assert.equal(new URL((await browser.submit(page)).url).searchParams.get("error"), "access_denied");
  assert.deepEqual(await consents.listConsents(uuid), []);
  assert.match((await arrive("cleo", { scope: "openid" }, browser)).page.text, /Allow Game/);
});

test("the person sees what they allowed, and takes it back: what was handed out ends, and the next time they are asked", async () => {
  const { uuid } = await auth.addPerson("Dan", password);
  await auth.addPerson("Eva", password);
  const { browser, begun, page } = await arrive("dan", { scope: "openid profile" });
  const tokens = await begun.take(await browser.submit(page, { allow: "yes" }));
  const other = await arrive("eva", { scope: "openid profile" });
  const others = await other.begun.take(await other.browser.submit(other.page, { allow: "yes" }));
  const [consent] = await consents.listConsents(uuid);
  assert.deepEqual(consent && [consent.clientId, consent.name, consent.uri, consent.scopes.sort()], [
    "game",
    "Game & <Co>",
    "https://game.example.org/about",
    ["openid", "profile"],
  ]);
  await withdraw(uuid);
  await withdraw(uuid);
  assert.deepEqual(await consents.listConsents(uuid), []);
  await assert.rejects(oidc.fetchUserInfo(game.config, tokens.access_token, uuid));
  await assert.rejects(oidc.refreshTokenGrant(game.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
  assert.match((await arrive("dan", { scope: "openid" }, browser)).page.text, /Allow Game/);
  assert.ok((await oidc.refreshTokenGrant(game.config, others.refresh_token ?? "")).access_token, "another's stay");
});

test("a consent that is taken back while a sign-in waits is asked anew, or given anew", async () => {
  const { uuid } = await auth.addPerson("Fay", password);
  const { browser, begun, page } = await arrive("fay", { scope: "openid" });
  const code = await browser.submit(page, { allow: "yes" });
  await withdraw(uuid);
  await assert.rejects(begun.take(code), { error: "invalid_grant" });
});

test("several that are given at once all stand", async () => {
  const { uuid } = await auth.addPerson("Gus", password);
  const names = ["openid", "profile", "email", "offline_access"];
  await Promise.all(
    names.map((scope, index) =>
      consents.remember(uuid, "game", { scopes: [scope], claims: [scope], resources: { [calendar]: [`s${index}`] } }),
    ),
  );
  const found = await consents.find(uuid, "game");
  assert.deepEqual(new Set(found?.scopes), new Set(names));
  assert.deepEqual(new Set(found?.resources[calendar]), new Set(["s0", "s1", "s2", "s3"]));
});

test("what nobody used for a year counts no more, and goes", async () => {
  const { uuid } = await auth.addPerson("Hugo", password);
  await consents.remember(uuid, "game", { scopes: ["openid"], claims: [], resources: {} });
  await auth.pool.query("update consent set expires_at = now() - interval '3 hours' where account_id = $1", [uuid]);
  assert.equal(await consents.find(uuid, "game"), undefined);
  await auth.auth.store.purge();
  const { rows } = await auth.pool.query("select from consent where account_id = $1", [uuid]);
  assert.equal(rows.length, 0);
});
