// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What an outside client sees of the provider, by openid-client, from discovery alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { until } from "@cdb/dev/until.ts";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import * as oidc from "openid-client";
import type { Page } from "./test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const personal = "openid profile email self:read self:write";
const auth = await startAuth();
const front = await openClient(auth.issuer);

async function signIn(name: string, wish: Record<string, string> = { resource: backResource, scope: personal }) {
  const person = await auth.addPerson(name, password);
  const browser = openBrowser(auth.issuer);
  const begun = await front.begin(wish);
  const page = await signInByPassword(browser, begun.url, name.toLowerCase(), password);
  return { person, browser, begun, page };
}

function settled<T>(results: PromiseSettledResult<T>[]): T[] {
  return results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
}

test("a client signs a person in and gets a token that back accepts", async () => {
  const { person, begun, page } = await signIn("Ada");
  const tokens = await begun.take(page);
  assert.equal(tokens.claims()?.sub, person.uuid);
  assert.equal(tokens.claims()?.email, person.email);
  const keys = createRemoteJWKSet(new URL(front.config.serverMetadata().jwks_uri ?? ""));
  const options = { issuer: auth.issuer, audience: backResource, typ: "at+jwt", algorithms: ["RS256"] };
  const { payload } = await jwtVerify(tokens.access_token, keys, options);
  assert.equal(payload.sub, person.uuid);
  assert.equal(payload.client_id, "front");
  assert.equal(payload.scope, "self:read self:write");
  assert.deepEqual(payload.amr, ["pwd"]);
  assert.ok(typeof payload.jti === "string" && typeof payload.auth_time === "number");
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 300);
});

test("a client that names no resource reads the claims at userinfo", async () => {
  const { person, begun, page } = await signIn("Bob", { claims: JSON.stringify({ id_token: { amr: null } }) });
  const tokens = await begun.take(page);
  assert.equal(tokens.claims()?.email, undefined);
  assert.deepEqual(tokens.claims()?.amr, ["pwd"]);
  const claims = await oidc.fetchUserInfo(front.config, tokens.access_token, person.uuid);
  assert.equal(claims.name, "Bob");
  assert.equal(claims.preferred_username, "bob");
  assert.equal(claims.email_verified, true);
});

test("whoever is signed in goes on without a page, and prompt=none says who is not", async () => {
  const { browser } = await signIn("Cleo");
  const again = await front.begin({ prompt: "none" });
  assert.ok((await again.take(await browser.open(again.url))).id_token);
  const stranger = await openBrowser(auth.issuer).open((await front.begin({ prompt: "none" })).url);
  assert.equal(new URL(stranger.url).searchParams.get("error"), "login_required");
});

test("prompt=login asks again, and the new sign-in is newer", async () => {
  const { browser, begun, page } = await signIn("Dan", { max_age: "10000" });
  const first = (await begun.take(page)).claims()?.auth_time ?? 0;
  await auth.pool.query(
    "update artifact set payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb($1::int)) where model = 'Session' and account_id is not null",
    [first - 100],
  );
  const again = await front.begin({ prompt: "login", max_age: "10000" });
  const form = await browser.open(again.url);
  assert.equal(form.status, 200);
  const second =
    (await again.take(await browser.submit(form, { identifier: "dan", password }))).claims()?.auth_time ?? 0;
  assert.ok(second >= first);
});

test("a code is redeemed once, however many send it at once", async () => {
  const { begun, page } = await signIn("Eva");
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => begun.take(page)));
  assert.equal(settled(answers).length, 1);
});

test("a code sent again ends what was handed out for it", async () => {
  const { begun, page } = await signIn("Finn");
  const tokens = await begun.take(page);
  await assert.rejects(begun.take(page), { error: "invalid_grant" });
  await assert.rejects(oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
});

test("a refresh token sent many times at once has one successor", async () => {
  const { begun, page } = await signIn("Gus");
  const { refresh_token: token = "" } = await begun.take(page);
  const more = { resource: backResource };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => oidc.refreshTokenGrant(front.config, token, more)),
  );
  const successors = new Set(answers.map((answer) => answer.refresh_token));
  assert.equal(successors.size, 1);
  const [successor = ""] = successors;
  assert.notEqual(successor, token);
  assert.ok((await oidc.refreshTokenGrant(front.config, successor, more)).access_token);
});

test("a refresh token that comes back late ends the grant, and the person is told", async () => {
  const { person, begun, page } = await signIn("Hal", { resource: backResource, scope: "openid self:read" });
  const { refresh_token: token = "", access_token: accessToken } = await begun.take(page);
  const { refresh_token: successor = "" } = await oidc.refreshTokenGrant(front.config, token);
  await auth.pool.query(
    "update artifact set consumed_at = now() - interval '11 seconds' where consumed_at is not null",
  );
  await assert.rejects(oidc.refreshTokenGrant(front.config, token), { error: "invalid_grant" });
  await assert.rejects(oidc.refreshTokenGrant(front.config, successor), { error: "invalid_grant" });
  const told = () => auth.back.events.find(({ uuid, kind }) => uuid === person.uuid && kind === "token-reused");
  await until(async () => told() !== undefined);
  assert.equal(told()?.service, "Example Foundation");
  assert.deepEqual(told()?.endedGrants, [decodeJwt(accessToken).grant_id]);
});

test("a refresh token whose successor was never stored, for auth was killed, is good once more", async () => {
  const { begun, page } = await signIn("Hugo");
  const { refresh_token: token = "" } = await begun.take(page);
  const { refresh_token: lost = "" } = await oidc.refreshTokenGrant(front.config, token);
  const later = () =>
    auth.pool.query("update artifact set consumed_at = now() - interval '1 hour' where consumed_at > '-infinity'");
  await auth.pool.query("delete from artifact where id_hash = sha256($1)", [Buffer.from(lost)]);
  await later();
  const again = await Promise.all([1, 2, 3].map(() => oidc.refreshTokenGrant(front.config, token)));
  for (const { refresh_token } of again) assert.equal(refresh_token, lost);
  await later();
  await assert.rejects(oidc.refreshTokenGrant(front.config, token), { error: "invalid_grant" });
});

test("a refreshed token remembers when the person signed in", async () => {
  const { begun, page } = await signIn("Ida");
  const tokens = await begun.take(page);
  const refreshed = await oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? "", { resource: backResource });
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  assert.equal(claimsOf(refreshed.access_token).auth_time, claimsOf(tokens.access_token).auth_time);
});

test("whoever is blocked, or has signed out everywhere, is signed in no more", async () => {
  for (const change of ["blocked", "signedOut"]) {
    const { person, browser, begun, page } = await signIn(`Jo${change}`);
    const tokens = await begun.take(page);
    if (change === "blocked") person.blocked = true;
    else person.signedOutAt = new Date().toISOString();
    await assert.rejects(oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
    const again = await browser.open((await front.begin()).url);
    assert.match(again.text, /<h1>Sign in<\/h1>/);
  }
});

test("a program gets the scopes it asks for, and no others", async () => {
  const scope = "payments:start links:follow";
  const { access_token, scope: given } = await oidc.clientCredentialsGrant(front.config, {
    scope,
    resource: backResource,
  });
  assert.equal(given, scope);
  const keys = createRemoteJWKSet(new URL(`${auth.issuer}/jwks`));
  const { payload } = await jwtVerify(access_token, keys, { audience: backResource, typ: "at+jwt" });
  assert.equal(payload.sub, "front");
  assert.equal(payload.scope, scope);
  for (const excess of ["claims:read", "self:read", "people:read"])
    await assert.rejects(oidc.clientCredentialsGrant(front.config, { scope: excess }), { error: "invalid_scope" });
  await assert.rejects(oidc.clientCredentialsGrant(front.config, { scope, resource: "urn:other" }), {
    error: "invalid_target",
  });
});

test("a person's token never holds a program's scope", async () => {
  const { begun, page } = await signIn("Kim", {
    resource: backResource,
    scope: "openid self:read payments:register claims:read",
  });
  assert.equal((await begun.take(page)).scope, "self:read");
});

test("a pushed request works once", async () => {
  await auth.addPerson("Lea", password);
  const verifier = oidc.randomPKCECodeVerifier();
  const url = await oidc.buildAuthorizationUrlWithPAR(front.config, {
    redirect_uri: front.redirectUri,
    scope: "openid",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const first = await signInByPassword(openBrowser(auth.issuer), url.href, "lea", password);
  assert.ok(new URL(first.url).searchParams.get("code"));
  const second = await openBrowser(auth.issuer).open(url.href);
  assert.equal(second.status, 400);
  assert.match(second.text, /invalid_request_uri/);
});

test("a pushed request works once, however long the sign-in takes", async () => {
  await auth.addPerson("Len", password);
  const url = await oidc.buildAuthorizationUrlWithPAR(front.config, {
    redirect_uri: front.redirectUri,
    scope: "openid",
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: "S256",
  });
  const browsers = [openBrowser(auth.issuer), openBrowser(auth.issuer)];
  const forms = await Promise.all(browsers.map((browser) => browser.open(url.href)));
  await auth.pool.query(
    `update artifact set expires_at = now() - interval '30 minutes',
       payload = jsonb_set(payload::jsonb, '{exp}', to_jsonb(extract(epoch from now())::int - 1800))
     where model = 'PushedAuthorizationRequest'`,
  );
  const pages = [];
  for (const [index, browser] of browsers.entries())
    pages.push(await browser.submit(forms[index] as Page, { identifier: "len", password }));
  assert.equal(pages.filter((page) => new URL(page.url).searchParams.has("code")).length, 1);
});

test("a request without PKCE is refused, one posted as a form is taken", async () => {
  const url = new URL((await front.begin()).url);
  const posted = await openBrowser(auth.issuer).send(`${auth.issuer}/authorize`, Object.fromEntries(url.searchParams));
  assert.match(posted.text, /<h1>Sign in<\/h1>/);
  url.searchParams.delete("code_challenge");
  url.searchParams.delete("code_challenge_method");
  const refused = await openBrowser(auth.issuer).open(url.href);
  assert.equal(new URL(refused.url).searchParams.get("error"), "invalid_request");
});

test("tokens belong to their client", async () => {
  await auth.addClient({
    client_id: "wiki",
    client_secret: "wikisecretwikisecret",
    redirect_uris: [front.redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
  });
  const wiki = await openClient(auth.issuer, "wiki", "wikisecretwikisecret");
  const { begun, page, browser } = await signIn("Mia");
  const { refresh_token: token = "" } = await begun.take(page);
  await assert.rejects(oidc.refreshTokenGrant(wiki.config, token), { error: "invalid_grant" });
  await assert.rejects(oidc.tokenRevocation(wiki.config, token));
  assert.equal((await oidc.tokenIntrospection(wiki.config, token)).active, false);
  assert.equal((await oidc.tokenIntrospection(front.config, token)).active, true);
  await oidc.tokenRevocation(front.config, token);
  assert.equal((await oidc.tokenIntrospection(front.config, token)).active, false);
  const other = await wiki.begin();
  assert.ok((await other.take(await browser.open(other.url))).id_token, "one sign-in serves all services");
  const wrong = await openClient(auth.issuer, "wiki", "wrongsecretwrongsecret");
  await assert.rejects(oidc.clientCredentialsGrant(wrong.config), { error: "invalid_client" });
});

test("a stranger's service gets only what the person allows", async () => {
  await auth.addClient({
    client_id: "game",
    client_secret: "gamesecretgamesecret",
    client_name: "Game",
    redirect_uris: [front.redirectUri],
    grant_types: ["authorization_code"],
    first_party: false,
  });
  const game = await openClient(auth.issuer, "game", "gamesecretgamesecret");
  const { browser } = await signIn("Nia");
  const begun = await game.begin();
  const question = await browser.open(begun.url);
  assert.match(question.text, /Allow Game\?/);
  const refused = await browser.submit(question);
  assert.equal(new URL(refused.url).searchParams.get("error"), "access_denied");
  const again = await game.begin();
  const tokens = await again.take(await browser.submit(await browser.open(again.url), { allow: "yes" }));
  assert.ok(tokens.id_token);
});
