// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing out ends what it should, and nobody is signed out by another site.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import * as oidc from "openid-client";
import type { Browser } from "./test/browser.ts";
import { frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const signedOut = `${frontUrl}/signed-out`;

async function signIn(name: string, client = front, wish: Record<string, string> = {}) {
  const person = await auth.addPerson(name, password);
  const browser = openBrowser(auth.issuer);
  const begun = await client.begin({ resource: backResource, scope: "openid self:read", ...wish });
  const tokens = await begun.take(await signInByPassword(browser, begun.url, name.toLowerCase(), password));
  return { person, browser, tokens };
}

function signOutUrl(parameters: Record<string, string>): string {
  return oidc.buildEndSessionUrl(front.config, parameters).href;
}

async function isSignedIn(browser: Browser): Promise<boolean> {
  const page = await browser.open((await front.begin({ prompt: "none" })).url);
  return new URL(page.url).searchParams.has("code");
}

test("front signs a person out at once, with the ID token it holds", async () => {
  const { browser, tokens } = await signIn("Ada");
  const url = signOutUrl({ id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: signedOut, state: "a b" });
  const page = await browser.open(url);
  assert.equal(page.url, `${signedOut}?state=a+b`);
  assert.equal(await isSignedIn(browser), false);
  await assert.rejects(oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
});

test("without an ID token of this session, the person is asked", async () => {
  const { browser } = await signIn("Bob");
  const other = await signIn("Cleo");
  const hints: Record<string, string>[] = [{}, { id_token_hint: other.tokens.id_token ?? "" }];
  for (const hint of hints) {
    const question = await browser.open(signOutUrl({ post_logout_redirect_uri: signedOut, ...hint }));
    assert.match(question.text, /<h1>Sign out\?<\/h1>/);
    assert.equal(await isSignedIn(browser), true);
  }
  const question = await browser.open(signOutUrl({ post_logout_redirect_uri: signedOut }));
  const policy = question.headers.get("Content-Security-Policy") ?? "";
  assert.ok(policy.includes(`form-action ${frontUrl} 'self';`), policy);
  const page = await browser.submit(question, { logout: "yes" });
  assert.equal(page.url, signedOut);
  assert.equal(await isSignedIn(browser), false);
});

test("who stays signed in is signed out where they came from, and nowhere else", async () => {
  const { browser, tokens, person } = await signIn("Dora");
  const question = await browser.open(signOutUrl({ post_logout_redirect_uri: signedOut, state: "x" }));
  assert.equal((await browser.submit(question, { xsrf: "guessed", logout: "yes" })).status, 400);
  assert.equal((await browser.submit(question)).url, `${signedOut}?state=x`);
  assert.equal(await isSignedIn(browser), true);
  await assert.rejects(oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
  await auth.auth.tasks.finished();
  const ended = auth.back.events.find(({ uuid, kind }) => uuid === person.uuid && kind === "signed-out");
  assert.equal(ended?.clientId, "front");
  assert.deepEqual(
    ended?.endedGrants,
    [decodeJwt(tokens.access_token).grant_id],
    "back takes its access token no more",
  );
});

test("a forged hint, or an address that is not registered, leads nowhere", async () => {
  const { browser, tokens } = await signIn("Dan");
  const [head, body, signature = ""] = (tokens.id_token ?? "").split(".");
  const forged = [head, body, signature.replace(/^./, (letter) => (letter === "A" ? "B" : "A"))].join(".");
  const wishes = [
    { id_token_hint: forged, post_logout_redirect_uri: signedOut },
    { id_token_hint: "nonsense", post_logout_redirect_uri: signedOut },
    { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: "https://evil.example.org/" },
    { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: `${signedOut}/` },
  ];
  for (const wish of wishes) assert.equal((await browser.open(signOutUrl(wish))).status, 400);
  assert.equal(await isSignedIn(browser), true);
});

test("whoever is not signed in goes straight on", async () => {
  const { tokens } = await signIn("Eva");
  const browser = openBrowser(auth.issuer);
  const wish = { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: signedOut };
  assert.equal((await browser.open(signOutUrl(wish))).url, signedOut);
  const plain = await browser.open(`${auth.issuer}/sign-out`);
  assert.match(plain.text, /<h1>You are signed out<\/h1>/);
});

/** A service that is told of sign-outs; it answers with this status, and keeps what it was told. */
async function openService(id: string) {
  const service = { status: 204, told: [] as string[] };
  const listening = await listen(async (request) => {
    service.told.push(new URLSearchParams(await request.text()).get("logout_token") ?? "");
    return new Response(null, { status: service.status });
  }, 0);
  after(listening.stop);
  await auth.addClient({
    client_id: id,
    client_secret: "wikisecretwikisecret",
    redirect_uris: [front.redirectUri],
    backchannel_logout_uri: `http://127.0.0.1:${listening.port}`,
    backchannel_logout_session_required: true,
  });
  return { service, client: await openClient(auth.issuer, id, "wikisecretwikisecret") };
}

test("a service with an address for it is told of the sign-out", async () => {
  const { service, client } = await openService("wiki");
  const { browser, tokens, person } = await signIn("Fay", client, { scope: "openid" });
  await browser.open(oidc.buildEndSessionUrl(client.config, { id_token_hint: tokens.id_token ?? "" }).href);
  await auth.auth.tasks.carryOut();
  assert.equal(service.told.length, 1);
  const keys = createRemoteJWKSet(new URL(`${auth.issuer}/jwks`));
  const options = { issuer: auth.issuer, audience: "wiki", typ: "logout+jwt" };
  const { payload } = await jwtVerify(service.told[0] ?? "", keys, options);
  assert.equal(payload.sub, person.uuid);
  assert.equal(payload.sid, tokens.claims()?.sid);
  assert.ok(payload.jti && payload.events && payload.nonce === undefined);
});

test("a service that is down is told when it is back, also of a sign-out that was asked about", async () => {
  const { service, client } = await openService("forum");
  service.status = 500;
  const { browser } = await signIn("Ida", client, { scope: "openid" });
  await browser.submit(await browser.open(signOutUrl({})), { logout: "yes" });
  assert.equal(await isSignedIn(browser), false);
  await auth.auth.tasks.carryOut();
  assert.equal(service.told.length, 1);
  service.status = 200;
  await auth.pool.query("update task set due_at = now() where due_at < 'infinity'");
  await auth.auth.tasks.carryOut();
  await auth.auth.tasks.carryOut();
  assert.equal(service.told.length, 2);
  assert.deepEqual((await auth.pool.query("select from task where done_at is null")).rows, []);
});

test("another person signs in in the same browser, and the first one's session ends", async () => {
  const { browser, tokens } = await signIn("Gus");
  const next = await auth.addPerson("Hal", password);
  const begun = await front.begin({ prompt: "login", scope: "openid email" });
  const page = await signInByPassword(browser, begun.url, "hal", password);
  assert.equal((await begun.take(page)).claims()?.sub, next.uuid);
  await assert.rejects(oidc.refreshTokenGrant(front.config, tokens.refresh_token ?? ""), { error: "invalid_grant" });
});
