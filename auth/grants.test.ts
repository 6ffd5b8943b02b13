// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a person is asked before a stranger's service gets something, and what counts as proof of who they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { personScopes } from "@cdb/api/scopes.ts";
import { oidcScopes } from "./clients.ts";
import type { Page } from "./test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
await auth.addClient({
  client_id: "game",
  client_secret: "gamesecretgamesecret",
  client_name: "Game",
  redirect_uris: [front.redirectUri],
  grant_types: ["authorization_code", "refresh_token"],
  first_party: false,
  person_scopes: Object.keys(personScopes),
});
const game = await openClient(auth.issuer, "game", "gamesecretgamesecret");

function asked({ text }: Page): number {
  return /<p class="lead">Game is not .*\n<ul>(.*)<\/ul>/.exec(text)?.[1]?.match(/<li>/g)?.length ?? 0;
}

test("a claim that a stranger's service asks for by itself is on the page, like a scope", async () => {
  await auth.addPerson("Ada", password);
  const claims = JSON.stringify({ userinfo: { email: null }, id_token: { preferred_username: null } });
  const begun = await game.begin({ scope: "openid", claims });
  const question = await signInByPassword(openBrowser(auth.issuer), begun.url, "ada", password);
  assert.match(question.text, /<li>see your email address<\/li>/);
  assert.match(question.text, /<li>see your name, username and language<\/li>/);
});

test("whatever a stranger's service may ask for has words", async () => {
  await auth.addPerson("Bob", password);
  const scopes = [...oidcScopes, ...Object.keys(personScopes)];
  const wish = { scope: scopes.join(" "), prompt: "consent", resource: "urn:community-database:back" };
  const browser = openBrowser(auth.issuer);
  const question = await signInByPassword(browser, (await game.begin(wish)).url, "bob", password);
  assert.equal(asked(question), scopes.length, question.text);
  await browser.submit(question, { allow: "yes" });
  const again = await browser.open((await game.begin(wish)).url);
  assert.equal(asked(again), scopes.length, "asked once more, it says the same once more");
});

test("while a service waits to be allowed, the sign-in grows no younger", async () => {
  const person = await auth.addPerson("Cleo", password);
  const browser = openBrowser(auth.issuer);
  const begun = await game.begin({ max_age: "10000" });
  const question = await signInByPassword(browser, begun.url, "cleo", password);
  const before = Math.floor(Date.now() / 1000) - 100;
  await auth.pool.query(
    `update artifact set payload = jsonb_set(payload::jsonb, '{lastSubmission,login,ts}', to_jsonb($1::int), false)
     where model = 'Interaction' and payload->'lastSubmission'->'login'->>'accountId' = $2`,
    [before, person.uuid],
  );
  const tokens = await begun.take(await browser.submit(question, { allow: "yes" }));
  assert.equal(tokens.claims()?.auth_time, before);
});

test("a proof that we cannot give is said to be so, not asked for again and again", async () => {
  await auth.addPerson("Dan", password);
  for (const acr of [{ value: "gold" }, { values: ["gold", "silver"] }]) {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, ...acr } } });
    const page = await openBrowser(auth.issuer).open((await front.begin({ claims })).url);
    assert.equal(new URL(page.url).searchParams.get("error"), "unmet_authentication_requirements");
  }
  const wished = await front.begin({ claims: JSON.stringify({ id_token: { acr: { value: "gold" } } }) });
  const page = await signInByPassword(openBrowser(auth.issuer), wished.url, "dan", password);
  assert.ok((await wished.take(page)).id_token, "a mere wish is no condition");
});

test("whoever signs in as somebody else than the service expects is told so", async () => {
  const { uuid } = await auth.addPerson("Finn", password);
  await auth.addPerson("Gus", password);
  const browser = openBrowser(auth.issuer);
  const again = await front.begin({ claims: JSON.stringify({ id_token: { sub: { value: uuid } } }) });
  const page = await signInByPassword(browser, again.url, "gus", password);
  assert.match(page.text, /<h1>Sign in<\/h1>/);
  assert.match(page.text, /This sign-in does not count for Example Foundation/);
  const right = await browser.submit(page, { identifier: "finn", password });
  assert.equal((await again.take(right)).claims()?.sub, uuid);
});

test("a client of whom nobody said that it is ours is a stranger's", async () => {
  await auth.pool.query("update client set metadata = metadata - 'first_party' where id = 'game'");
  await auth.addPerson("Eva", password);
  const page = await signInByPassword(openBrowser(auth.issuer), (await game.begin()).url, "eva", password);
  assert.match(page.text, /<h1>Allow Game\?<\/h1>/);
});
