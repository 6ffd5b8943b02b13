// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may manage auth, and what is answered to everybody else.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { listKeys } from "@cdb/api/keys.ts";
import { authOperations } from "@cdb/api/operations.ts";
import { problem } from "@cdb/api/problems.ts";
import { authResource, backResource } from "@cdb/api/scopes.ts";
import { openAuth } from "@cdb/back/auth.ts";
import { generateKeyPair, SignJWT } from "jose";
import * as oidc from "openid-client";
import { backSecret, frontSecret, openClient, startAuth } from "../test/start.ts";

const auth = await startAuth();
const rotation = `${auth.issuer}/manage/keys/rotation?by=ada`;
const backItself = await openClient(auth.issuer, "back", backSecret);

async function tokenOf(scope: string, resource = authResource): Promise<string> {
  return (await oidc.clientCredentialsGrant(backItself.config, { scope, resource })).access_token;
}

async function send(method: string, address: string, token?: string, body?: string, type = "application/json") {
  const headers = { "Content-Type": type, ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(address, { method, headers, body: body ?? null });
  const text = await response.text();
  return { status: response.status, ...(response.ok ? { code: "" } : problem.parse(JSON.parse(text))), text };
}

test("back manages auth with the secret that both know", async () => {
  const client = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: backSecret });
  const { keys } = await client.call(listKeys);
  assert.deepEqual(
    keys.map(({ algorithm, state }) => `${algorithm} ${state}`),
    ["ES256 active", "ES256 next", "EdDSA active", "EdDSA next", "RS256 active", "RS256 next"],
  );
});

test("back is told in words what is wrong with auth or with its own secret", async () => {
  const stranger = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: frontSecret });
  await assert.rejects(stranger.call(listKeys), ({ problem: { code, detail } }) => {
    assert.equal(code, "client-refused");
    return /BACK_CLIENT_SECRET/.test(detail);
  });
  const nowhere = openAuth({ AUTH_URL: "http://127.0.0.1:9", BACK_CLIENT_SECRET: backSecret });
  await assert.rejects(nowhere.call(listKeys), ({ problem: { code, detail } }) => {
    assert.equal(code, "unreachable");
    return /AUTH_URL/.test(detail);
  });
});

test("whoever is not back gets no token for auth", async () => {
  const front = await openClient(auth.issuer);
  const wish = { scope: "clients:manage", resource: authResource };
  await assert.rejects(oidc.clientCredentialsGrant(front.config, wish), { error: "invalid_target" });
  const excess = { scope: "payments:register", resource: backResource };
  await assert.rejects(oidc.clientCredentialsGrant(backItself.config, excess), { error: "invalid_scope" });
});

test("each operation wants a token of auth, for auth, with its own scope", async () => {
  for (const { method, path, scope } of authOperations) {
    const address = auth.issuer + path.replace(/\{\w+\}/g, "x");
    assert.equal((await send(method, address)).code, "token-missing", path);
    const other = ["clients:manage", "keys:rotate", "sign-ins:end"].filter((each) => each !== scope).join(" ");
    assert.equal((await send(method, address, await tokenOf(other))).code, "scope-missing", path);
  }
});

test("a token for somebody else, or one that is forged, opens nothing", async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: auth.issuer, aud: authResource, sub: "back", client_id: "back", scope: "keys:rotate" };
  const dated = { ...claims, jti: randomUUID(), iat: now, exp: now + 300 };
  const { privateKey } = await generateKeyPair("RS256");
  const [known] = (await (await fetch(`${auth.issuer}/jwks`)).json()).keys;
  const header = { alg: "RS256", typ: "at+jwt", kid: known.kid };
  const forged = await new SignJWT(dated).setProtectedHeader(header).sign(privateKey);
  const none = `${[{ alg: "none", typ: "at+jwt" }, dated].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;
  const hmac = await new SignJWT(dated)
    .setProtectedHeader({ ...header, alg: "HS256" })
    .sign(new TextEncoder().encode(JSON.stringify(known)));
  const { keys } = auth.auth;
  const ours = [
    { ...dated, aud: backResource },
    { ...dated, iss: "https://other.example.org" },
    { ...dated, iat: now - 600, exp: now - 300 },
    { ...dated, sub: randomUUID() },
  ];
  const wrong = await Promise.all(ours.map((each) => keys.signAccessToken(each)));
  for (const token of [forged, none, hmac, ...wrong, "x", "x.y.z"])
    assert.equal((await send("GET", `${auth.issuer}/manage/keys`, token)).code, "token-refused", token.slice(0, 300));
  assert.equal((await send("GET", `${auth.issuer}/manage/keys`, await keys.signAccessToken(dated))).status, 200);
});

test("what is not as it must be is refused with its code", async () => {
  const token = await tokenOf("keys:rotate");
  const good = JSON.stringify({ leaked: false });
  assert.equal((await send("POST", rotation, token, "{")).code, "body-unreadable");
  assert.equal((await send("POST", rotation, token, good, "text/plain")).code, "media-type-wrong");
  assert.equal((await send("POST", rotation, token, JSON.stringify({ leaked: "no" }))).code, "fields-invalid");
  assert.match((await send("POST", rotation, token, '{"leaked":false,"more":1}')).text, /unknown-field/);
  assert.equal((await send("POST", `${rotation}&by=bob`, token, good)).code, "parameter-repeated");
  assert.equal((await send("POST", `${rotation}&more=1`, token, good)).code, "fields-invalid");
  assert.equal((await send("POST", rotation.replace("?by=ada", ""), token, good)).code, "fields-invalid");
  assert.equal((await send("POST", rotation, token, `"${"x".repeat(200_000)}"`)).code, "body-too-large");
  for (const address of ["/manage/nothing", "/manage/keys/x/y", "/manage/%E0%A4%A"])
    assert.equal((await send("GET", auth.issuer + address, token)).code, "route-unknown", address);
});
