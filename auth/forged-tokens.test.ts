// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Tokens that somebody made up, wherever auth reads one: hints, client assertions, access tokens, codes, refresh tokens.
import assert from "node:assert/strict";
import { createPublicKey, randomUUID } from "node:crypto";
import { test } from "node:test";
import { backResource } from "@cdb/api/scopes.ts";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import * as oidc from "openid-client";
import { frontSecret, frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const ada = await auth.addPerson("Ada", password);
const now = () => Math.floor(Date.now() / 1000);

type Key = CryptoKey | Uint8Array;
interface Good {
  claims: JWTPayload;
  header: { alg: string; kid: string; typ?: string };
  key: Key;
  publicKey: JWK;
}

const write = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const sign = ({ claims, header, key }: Pick<Good, "claims" | "key"> & { header: { alg: string } }) =>
  new SignJWT(claims).setProtectedHeader(header).sign(key);

/** The same claims, signed as nobody may. */
async function forgeriesOf({ claims, header, key, publicKey }: Good): Promise<Record<string, string>> {
  const other = await generateKeyPair(header.alg, { extractable: true });
  const [head = "", , signature = ""] = (await sign({ claims, header, key })).split(".");
  const pem = createPublicKey({ key: publicKey as never, format: "jwk" }).export({ type: "spki", format: "pem" });
  const byHmac = (secret: string) =>
    sign({ claims, header: { ...header, alg: "HS256" }, key: new TextEncoder().encode(secret) });
  const foreign = (more: object) => sign({ claims, header: { ...header, ...more }, key: other.privateKey });
  return {
    "alg none": `${write({ ...header, alg: "none" })}.${write(claims)}.`,
    "alg None with a signature": `${write({ ...header, alg: "None" })}.${write(claims)}.${signature}`,
    "HS256 with the public key": await byHmac(String(pem)),
    "HS256 with the public JWK": await byHmac(JSON.stringify(publicKey)),
    "another key under this kid": await foreign({}),
    "an unknown kid": await foreign({ kid: "unknown" }),
    "an embedded key": await foreign({ jwk: await exportJWK(other.publicKey) }),
    "a key elsewhere": await foreign({ jku: `${frontUrl}/jwks`, x5u: `${frontUrl}/x5u` }),
    "a header that must be understood": await new SignJWT(claims)
      .setProtectedHeader({ ...header, crit: ["urn:example"], "urn:example": 1 })
      .sign(key, { crit: { "urn:example": true } }),
    "another's claims": `${head}.${write({ ...claims, jti: "changed" })}.${signature}`,
    "no signature": `${head}.${write(claims)}.`,
    "no claims": `${head}..${signature}`,
    "no token": "x",
    "a very long one": `${head}.${"A".repeat(6_000)}.${signature}`,
  };
}

async function keyOfAuth(): Promise<Pick<Good, "header" | "key" | "publicKey">> {
  const jwk = auth.auth.keys.jwks.keys.find(({ alg }) => alg === "RS256") as JWK;
  const publicKey = auth.auth.keys.published.keys.find(({ kid }) => kid === jwk.kid) as JWK;
  return { header: { alg: "RS256", kid: String(jwk.kid) }, key: await importJWK(jwk), publicKey };
}

const browser = openBrowser(auth.issuer);
const begun = await front.begin();
const tokens = await begun.take(await signInByPassword(browser, begun.url, "ada", password));
const idToken = tokens.claims() as JWTPayload;

async function hintsOf(): Promise<Record<string, string>> {
  const ours = await keyOfAuth();
  const wrongly = async (claims: JWTPayload, header = {}) =>
    sign({ claims: { ...idToken, ...claims }, header: { ...ours.header, ...header }, key: ours.key });
  return {
    ...(await forgeriesOf({ claims: idToken, ...ours })),
    "another issuer's": await wrongly({ iss: "https://other.example.org" }),
    "another client's": await wrongly({ aud: "other" }),
  };
}

test("a hint that is none signs nobody in", async () => {
  const isTaken = async (id_token_hint: string) => {
    const { url } = await front.begin({ prompt: "none", id_token_hint });
    const page = await browser.open(url);
    assert.ok(page.status < 500);
    return new URL(page.url).searchParams.has("code");
  };
  assert.equal(await isTaken(tokens.id_token ?? ""), true);
  for (const [how, hint] of Object.entries(await hintsOf())) assert.equal(await isTaken(hint), false, how);
});

test("a hint that is none signs nobody out, and leads nowhere", async () => {
  for (const [how, id_token_hint] of Object.entries(await hintsOf())) {
    const wish = { id_token_hint, post_logout_redirect_uri: `${frontUrl}/signed-out`, client_id: "front" };
    const page = await browser.open(`${auth.issuer}/sign-out?${new URLSearchParams(wish)}`);
    assert.ok(page.url.startsWith(auth.issuer) && page.status < 500, `${how} ${page.status} ${page.url}`);
    const there = await browser.open((await front.begin({ prompt: "none" })).url);
    assert.ok(new URL(there.url).searchParams.has("code"), how);
  }
});

test("a client that proves itself by a key proves nothing by a forgery", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "wiki", alg: "ES256", use: "sig" };
  await auth.addClient({
    client_id: "wiki",
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    jwks: { keys: [jwk] },
    redirect_uris: [`${frontUrl}/wiki`],
    grant_types: ["authorization_code", "client_credentials"],
    program_scopes: ["payments:start"],
  });
  const claims = (): JWTPayload => ({
    ...{ iss: "wiki", sub: "wiki", aud: auth.issuer, jti: randomUUID(), iat: now(), exp: now() + 60 },
  });
  const header = { alg: "ES256", kid: "wiki" };
  const prove = async (client_assertion: string, more: Record<string, string> = {}) => {
    const form = {
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      ...{ client_assertion, scope: "payments:start", ...more },
    };
    const response = await fetch(`${auth.issuer}/token`, { method: "POST", body: new URLSearchParams(form) });
    return { status: response.status, text: await response.text() };
  };
  const signed = (more: Record<string, unknown>) =>
    sign({ claims: { ...claims(), ...more } as JWTPayload, header, key: privateKey });
  const good = await signed({});
  assert.equal((await prove(good)).status, 200);
  const bad = {
    ...(await forgeriesOf({ claims: claims(), header, key: privateKey, publicKey: jwk })),
    "the same once more": good,
    "for another provider": await signed({ aud: "https://other.example.org" }),
    "one that is over": await signed({ iat: now() - 600, exp: now() - 300 }),
    "one without an end": await signed({ exp: undefined }),
    "one without a name": await signed({ jti: undefined }),
    "another's": await signed({ iss: "front", sub: "front" }),
    "in the name of two": await signed({ sub: "front" }),
  };
  for (const [how, assertion] of Object.entries(bad)) {
    const { status, text } = await prove(assertion);
    assert.ok(status >= 400 && status < 500, `${how}: ${status}`);
    assert.match(text, /"error":"invalid_(client|request)"/, how);
    assert.ok(!text.includes(assertion.slice(-30)) || assertion.length < 30, how);
  }
  assert.equal((await prove(await signed({}), { client_id: "front" })).status, 400);
});

test("userinfo takes the tokens that are for it, and no others", async () => {
  const ours = await keyOfAuth();
  const claims = { iss: auth.issuer, sub: ada.uuid, aud: backResource, client_id: "front", scope: "openid email" };
  const dated = { ...claims, jti: randomUUID(), iat: now(), exp: now() + 300 };
  const wish = await front.begin({ resource: backResource, scope: "openid self:read" });
  const forBack = await wish.take(await browser.open(wish.url));
  const read = (token: string) => fetch(`${auth.issuer}/userinfo`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await read(tokens.access_token)).status, 200);
  const bad: Record<string, string> = {
    ...(await forgeriesOf({ claims: dated, ...ours, header: { ...ours.header, typ: "at+jwt" } })),
    "a token for back": forBack.access_token,
    "an ID token": tokens.id_token ?? "",
    "a refresh token": forBack.refresh_token ?? "",
    "a code": new URL((await browser.open((await front.begin()).url)).url).searchParams.get("code") ?? "",
    nothing: "",
  };
  for (const [how, token] of Object.entries(bad)) {
    const { status, headers } = await read(token);
    assert.ok([400, 401].includes(status), `${how}: ${status}`);
    assert.match(headers.get("WWW-Authenticate") ?? "", /^Bearer /, how);
  }
});

test("what is no token of the client is of no use at introspection, and worth nothing at the token endpoint", async () => {
  const ours = await keyOfAuth();
  const dated = { iss: auth.issuer, sub: ada.uuid, aud: "front", client_id: "front", iat: now(), exp: now() + 300 };
  const bad = { ...(await forgeriesOf({ claims: dated, ...ours })), "an ID token": tokens.id_token ?? "" };
  for (const [how, token] of Object.entries(bad)) {
    const { active, error } = await oidc
      .tokenIntrospection(front.config, token)
      .catch(({ error }) => ({ active: false, error }));
    assert.ok(!active && [undefined, "unsupported_token_type"].includes(error as string), `${how}: ${error}`);
    for (const form of [
      { grant_type: "refresh_token", refresh_token: token },
      { grant_type: "authorization_code", code: token, redirect_uri: front.redirectUri, code_verifier: "x".repeat(43) },
    ]) {
      const answer = await fetch(`${auth.issuer}/token`, {
        method: "POST",
        headers: { Authorization: `Basic ${Buffer.from(`front:${frontSecret}`).toString("base64")}` },
        body: new URLSearchParams(form as unknown as Record<string, string>),
      });
      assert.deepEqual([answer.status, (await answer.json()).error], [400, "invalid_grant"], how);
    }
  }
});
