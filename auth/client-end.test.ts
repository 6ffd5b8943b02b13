// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// When a client loses what it has – it is removed, or a person takes back what they allowed –, it is told, and so is back.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { removeClient } from "@cdb/api/clients.ts";
import { rotateKeys } from "@cdb/api/keys.ts";
import { removeResource, writeResource } from "@cdb/api/resources.ts";
import { backResource } from "@cdb/api/scopes.ts";
import { openAuth } from "@cdb/back/auth.ts";
import { listen } from "@cdb/runtime/serve.ts";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import type { TestClient } from "./test/start.ts";
import { backSecret, openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const manager = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: backSecret });
const query = { by: "ada" };

/** A service of others that is told of ends, and keeps what it was told. */
async function openService(id: string, more: Record<string, unknown> = {}) {
  const told: string[] = [];
  const listening = await listen(async (request) => {
    told.push(new URLSearchParams(await request.text()).get("logout_token") ?? "");
    return new Response(null, { status: 204 });
  }, 0);
  after(listening.stop);
  await auth.addClient({
    ...{ client_id: id, client_name: id, client_secret: "wikisecretwikisecret", redirect_uris: [front.redirectUri] },
    ...{ grant_types: ["authorization_code", "refresh_token"], person_scopes: ["self:read"], first_party: false },
    ...{ backchannel_logout_uri: `http://127.0.0.1:${listening.port}/out`, backchannel_logout_session_required: true },
    ...more,
  });
  return { told, client: await openClient(auth.issuer, id, "wikisecretwikisecret") };
}

const wish = { scope: "openid self:read", resource: backResource };

async function signIn(name: string, client: TestClient, browser = openBrowser(auth.issuer)) {
  const begun = await client.begin(wish);
  const page = await signInByPassword(browser, begun.url, name.toLowerCase(), password);
  return { browser, tokens: await begun.take(await browser.submit(page, { allow: "yes" })) };
}

async function check(told: string | undefined, audience: string) {
  const keys = createRemoteJWKSet(new URL(`${auth.issuer}/jwks`));
  return (await jwtVerify(told ?? "", keys, { issuer: auth.issuer, audience, typ: "logout+jwt" })).payload;
}

const endedGrants = () => auth.back.events.flatMap(({ endedGrants }) => endedGrants ?? []);

test("a service from which a person takes back what they allowed is told in each of their sessions, and is a stranger again", async () => {
  const { uuid } = await auth.addPerson("Bob", password);
  const [wiki, forum] = [await openService("wiki"), await openService("forum")];
  const [one, other] = [await signIn("Bob", wiki.client), await signIn("Bob", wiki.client)];
  const begun = await forum.client.begin({ scope: "openid" });
  await begun.take(await one.browser.submit(await one.browser.open(begun.url), { allow: "yes" }));
  await auth.auth.consents.withdrawConsent({ uuid, clientId: "wiki", kind: "access-withdrawn" });
  await auth.auth.tasks.finished();
  const told = await Promise.all(wiki.told.map((each) => check(each, "wiki")));
  const sids = [one, other].map(({ tokens }) => tokens.claims()?.sid);
  assert.deepEqual(new Set(told.map(({ sid }) => sid)), new Set(sids));
  assert.deepEqual([...new Set(told.map(({ sub }) => sub))], [uuid]);
  assert.deepEqual(forum.told, [], "no other service hears of it");
  for (const { tokens } of [one, other])
    assert.ok(endedGrants().includes(String(decodeJwt(tokens.access_token).grant_id)));
  const area = await one.browser.open(`${auth.issuer}/account/sign-ins`);
  assert.match(area.text, /<dd>forum<\/dd>/, "the session goes on, without the service");
  assert.match(area.text, /wiki, [^:]+:\d\d[^:]*: has ended your sign-in/);
  const again = await wiki.client.begin({ scope: "openid" });
  const next = await again.take(await one.browser.submit(await one.browser.open(again.url), { allow: "yes" }));
  assert.ok(!sids.includes(next.claims()?.sid), "under another name than the one that has ended");
});

test("a client that is removed is told for the sessions it had, though it is no more, and back refuses its tokens", async () => {
  await auth.addPerson("Cleo", password);
  const { told, client } = await openService("gone");
  const { browser, tokens } = await signIn("Cleo", client);
  await manager.call(removeClient, { params: { id: "gone" }, query });
  await auth.auth.tasks.finished();
  assert.equal((await check(told[0], "gone")).sid, tokens.claims()?.sid);
  assert.equal(told.length, 1);
  assert.ok(endedGrants().includes(String(decodeJwt(tokens.access_token).grant_id)));
  const { rows } = await auth.pool.query("select details::text as text, done_at from task where client_id = 'gone'");
  assert.equal(rows.length, 1);
  assert.ok(rows[0].done_at && !rows[0].text.includes("wikisecret"), "what became of it can be seen");
  assert.equal((await browser.open(`${auth.issuer}/account/sign-ins`)).status, 200);
});

test("who changes clients, resource servers and keys is told to back", async () => {
  await manager.call(writeResource, { query, body: { resource: "https://c.example.org", name: "C", scopes: {} } });
  await manager.call(removeResource, { query: { by: "ada", resource: "https://c.example.org" } });
  await manager.call(rotateKeys, { query, body: { leaked: true } });
  await auth.auth.tasks.carryOut();
  const told = auth.back.events.filter(({ uuid, detail }) => uuid === null && detail?.endsWith("by ada"));
  assert.deepEqual(
    new Set(told.map(({ kind, clientId, detail }) => [kind, clientId, detail].join(", "))),
    new Set([
      "client-changed, gone, removed by ada",
      "client-changed, , resource https://c.example.org written by ada",
      "client-changed, , resource https://c.example.org removed by ada",
      "key-rotated, , replaced by ada",
    ]),
  );
});
