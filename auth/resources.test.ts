// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Tokens for resource servers of others, and identifiers of people that only one sector of clients knows.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as api from "@cdb/api/clients.ts";
import { removeResource, writeResource } from "@cdb/api/resources.ts";
import { backResource } from "@cdb/api/scopes.ts";
import { openAuth } from "@cdb/back/auth.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { Hono } from "hono";
import { createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { backSecret, openBrowser, openClient, signInByPassword, startAuth, type TestClient } from "./test/start.ts";

const password = "correct horse battery staple";
const calendar = "https://calendar.example.org/";
const wiki = "https://wiki.example.org";
const query = { by: "ada" };
const auth = await startAuth();
const manager = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: backSecret });
const set = (resource: string, scopes: Record<string, string>) =>
  manager.call(writeResource, { query, body: { resource, name: "Calendar", scopes } });

async function addClient(id: string, wish: Partial<api.ClientWish>, redirectUri = `https://${id}.example.org/cb`) {
  const body = { client_id: id, first_party: true, redirect_uris: [redirectUri], ...wish };
  const { client_secret } = await manager.call(api.addClient, { query, body });
  return openClient(auth.issuer, id, client_secret ?? "", redirectUri);
}

async function signIn(client: TestClient, who: string, wish: Record<string, string>) {
  const begun = await client.begin(wish);
  return begun.take(await signInByPassword(openBrowser(auth.issuer), begun.url, who, password));
}

function verify(token: string, audience: string): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${auth.issuer}/jwks`));
  return jwtVerify(token, keys, { issuer: auth.issuer, audience, typ: "at+jwt" }).then(({ payload }) => payload);
}

test("a client gets five-minute tokens for a resource server, bound to it, with its scopes and no others", async () => {
  await set(calendar, { "events:read": "see your dates", "events:write": "change your dates" });
  const client = await addClient("planner", {
    grant_types: ["authorization_code", "client_credentials"],
    resource_scopes: { [calendar]: ["events:read"] },
  });
  const { uuid } = await auth.addPerson("Ada", password);
  const wish = { resource: calendar, scope: "openid events:read events:write self:read" };
  const ofPerson = await verify((await signIn(client, "ada", wish)).access_token, calendar);
  assert.deepEqual([ofPerson.sub, ofPerson.scope, ofPerson.aud], [uuid, "events:read", calendar]);
  assert.equal((ofPerson.exp ?? 0) - (ofPerson.iat ?? 0), 300);
  const own = await oidc.clientCredentialsGrant(client.config, { resource: calendar, scope: "events:read" });
  assert.equal((await verify(own.access_token, calendar)).sub, "planner");
  await assert.rejects(verify(own.access_token, backResource));
  const excess = { resource: calendar, scope: "events:write" };
  await assert.rejects(oidc.clientCredentialsGrant(client.config, excess), { error: "invalid_scope" });
});

test("a resource server that is unknown, or not the client's, is no target", async () => {
  const client = await addClient("stranger", { grant_types: ["authorization_code", "client_credentials"] });
  for (const resource of [calendar, wiki, "https://calendar.example.org", "urn:community-database:auth", "__proto__"]) {
    await assert.rejects(oidc.clientCredentialsGrant(client.config, { resource }), { error: "invalid_target" });
    const { url } = await openBrowser(auth.issuer).open((await client.begin({ resource })).url);
    assert.equal(new URL(url).searchParams.get("error"), "invalid_target", resource);
  }
});

test("a resource server stays while a client names it, and so does each scope that one names", async () => {
  await set(wiki, { read: "read", write: "write" });
  await addClient("reader", { resource_scopes: { [wiki]: ["read"] } });
  const remove = () => manager.call(removeResource, { query: { ...query, resource: wiki } });
  await assert.rejects(remove(), ({ problem }) => problem.code === "resource-in-use" && /reader/.test(problem.detail));
  await assert.rejects(set(wiki, { write: "write" }), { message: /409 resource-in-use/ });
  await set(wiki, { read: "read everything" });
  await manager.call(api.changeClient, { params: { id: "reader" }, query, body: { resource_scopes: null } });
  await remove();
  await assert.rejects(remove(), { message: /404 resource-unknown/ });
});

test("what is no resource server of others is refused in words", async () => {
  for (const resource of ["calendar", "https://c.example.org/#x", "https://münchen.example.org", backResource])
    await assert.rejects(set(resource, {}), ({ problem }) => problem.fields?.[0]?.field === "resource", resource);
  await assert.rejects(set(wiki, { openid: "x" }), ({ problem }) => problem.fields?.[0]?.field === "scopes");
  await assert.rejects(set(wiki, { "a b": "x" }), { message: /422/ });
});

test("a pairwise client knows people by identifiers of its sector, the same wherever it looks", async () => {
  const { uuid } = await auth.addPerson("Bob", password);
  const told: string[] = [];
  const listening = await listen(
    new Hono().post("/out", async (c) => {
      told.push(decodeJwt(new URLSearchParams(await c.req.text()).get("logout_token") ?? "").sub ?? "");
      return c.body(null, 204);
    }).fetch,
    0,
  );
  after(listening.stop);
  const pairwise = { subject_type: "pairwise", grant_types: ["authorization_code", "refresh_token"] } as const;
  const wish = {
    ...pairwise,
    grant_types: [...pairwise.grant_types],
    resource_scopes: { [calendar]: ["events:read"] },
  };
  const backchannel = { backchannel_logout_uri: `http://127.0.0.1:${listening.port}/out` };
  const one = await addClient("one", {
    ...wish,
    ...backchannel,
    post_logout_redirect_uris: ["https://one.example.org/"],
  });
  const same = await addClient("same", wish, "https://one.example.org/other");
  const other = await addClient("other", { ...wish, sector_identifier_uri: "https://sector.example.org/x" });
  const browser = openBrowser(auth.issuer);
  const begun = await one.begin({ scope: "openid" });
  const tokens = await begun.take(await signInByPassword(browser, begun.url, "bob", password));
  const sub = tokens.claims()?.sub ?? "";
  assert.ok(sub.length >= 43 && !sub.includes(uuid));
  assert.equal((await oidc.fetchUserInfo(one.config, tokens.access_token, sub)).sub, sub);
  assert.equal((await oidc.tokenIntrospection(one.config, tokens.access_token)).sub, sub);
  const refreshed = await oidc.refreshTokenGrant(one.config, tokens.refresh_token ?? "");
  assert.equal(refreshed.claims()?.sub, sub);
  const forCalendar = await signIn(one, "bob", { resource: calendar, scope: "openid events:read" });
  assert.equal((await verify(forCalendar.access_token, calendar)).sub, sub);
  assert.equal((await signIn(same, "bob", { scope: "openid" })).claims()?.sub, sub);
  assert.notEqual((await signIn(other, "bob", { scope: "openid" })).claims()?.sub, sub);
  const hint = { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: "https://one.example.org/" };
  const left = await browser.open(oidc.buildEndSessionUrl(one.config, { ...hint, state: "s" }).href);
  assert.equal(left.url, "https://one.example.org/?state=s", "its hint proves whose session it is");
  await auth.auth.tasks.carryOut();
  assert.deepEqual(told, [sub]);
});
