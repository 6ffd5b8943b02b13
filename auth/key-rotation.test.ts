// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The drill: keys are rotated under two processes that serve people, and nobody notices.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { listKeys, rotateKeys } from "@cdb/api/keys.ts";
import { backResource } from "@cdb/api/scopes.ts";
import { openAuth } from "@cdb/back/auth.ts";
import { Access } from "@cdb/back/server/access.ts";
import { until } from "@cdb/dev/until.ts";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { algorithms } from "./rotate-keys.ts";
import { startProcesses } from "./test/processes.ts";
import { frontUrl, openBrowser, openClient, signInByPassword } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startProcesses(2);
const front = await openClient(auth.issuer);
const manager = openAuth({ AUTH_URL: auth.issuer, BACK_CLIENT_SECRET: "developmentbacksecret" });
const wish = { resource: backResource, scope: "openid profile offline_access self:read", prompt: "consent" };

const rotate = (leaked = false) => manager.call(rotateKeys, { query: { by: "ada" }, body: { leaked } });
const published = async (port: number): Promise<JSONWebKeySet> =>
  (await fetch(`http://127.0.0.1:${port}/jwks`)).json() as Promise<JSONWebKeySet>;
const kidOf = (token = "") => decodeProtectedHeader(token).kid;

/** As if the next keys had been published for long. */
async function age(): Promise<void> {
  await auth.pool.query("update jwk set created_at = created_at - interval '2 hours'");
}

/** Both processes know what stands in the database. */
async function settled(): Promise<void> {
  // Until it has looked, one of them signs with keys that the other knows to have leaked.
  const { keys } = await until(() => manager.call(listKeys).catch(() => undefined));
  const all = keys.map(({ kid }) => kid).join();
  const knows = async (port: number) => (await published(port)).keys.map(({ kid }) => kid).join() === all;
  await until(async () => (await Promise.all(auth.ports.map(knows))).every(Boolean));
}

async function assertSound(retired?: number): Promise<void> {
  const { keys } = await manager.call(listKeys);
  const states = (state: string) => keys.filter((key) => key.state === state).map(({ algorithm }) => algorithm);
  for (const state of ["active", "next"]) assert.deepEqual(states(state).sort(), [...algorithms].sort(), state);
  if (retired !== undefined) assert.equal(states("retired").length, retired * algorithms.length);
}

let people = 0;
async function signIn() {
  people += 1;
  const name = `Person${people}`;
  const person = await auth.addPerson(name, password);
  const browser = openBrowser(auth.issuer);
  const begun = await front.begin(wish);
  const page = await signInByPassword(browser, begun.url, name.toLowerCase(), password);
  return { person, browser, tokens: await begun.take(page) };
}

beforeEach(age);

test("whoever is signed in stays so over several rotations, at every step", async () => {
  const { person, browser, tokens } = await signIn();
  const kids = [kidOf(tokens.access_token)];
  let { refresh_token: refreshToken = "", access_token: accessToken } = tokens;
  for (let round = 0; round < 3; round += 1) {
    const under = { browser: openBrowser(auth.issuer), begun: await front.begin(wish) };
    const form = await under.browser.open(under.begun.url);
    // Back reads the keys again every ten minutes at least: it knows the next ones long before they sign.
    const access = new Access(auth.issuer);
    await access.callerOf(`Bearer ${accessToken}`);
    const before = createLocalJWKSet(await published(auth.ports[0] ?? 0));
    await rotate();
    const refreshed = await oidc.refreshTokenGrant(front.config, refreshToken, { resource: backResource });
    refreshToken = refreshed.refresh_token ?? "";
    await jwtVerify(refreshed.access_token, before, { issuer: auth.issuer });
    await access.callerOf(`Bearer ${refreshed.access_token}`);
    const again = await front.begin({ prompt: "none", id_token_hint: tokens.id_token ?? "" });
    const silent = await again.take(await browser.open(again.url));
    assert.equal((await oidc.fetchUserInfo(front.config, silent.access_token, person.uuid)).name, person.name);
    const finished = await under.browser.submit(form, { identifier: person.username ?? "", password });
    assert.ok((await under.begun.take(finished)).id_token);
    await settled();
    const late = await oidc.refreshTokenGrant(front.config, refreshToken, { resource: backResource });
    refreshToken = late.refresh_token ?? "";
    accessToken = late.access_token;
    await access.callerOf(`Bearer ${late.access_token}`);
    kids.push(kidOf(late.access_token));
    await age();
  }
  assert.equal(new Set(kids).size, 4, "each time another key signs");
  await assertSound(3);
  const hint = { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: `${frontUrl}/signed-out` };
  const left = await browser.open(oidc.buildEndSessionUrl(front.config, hint).href);
  assert.equal(left.url, `${frontUrl}/signed-out`, "the ID token of three keys ago is a hint still");
});

test("of many rotations at once one is carried out, and the others are told why not", async () => {
  await auth.pool.query("delete from jwk where state = 'retired'");
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => rotate()));
  const refused = answers.filter((answer) => answer.status === "rejected");
  assert.equal(refused.length, 19);
  for (const { reason } of refused) assert.equal(reason.problem.code, "next-key-too-new");
  await assertSound(1);
  const { rows } = await auth.pool.query("select by from change where noun = 'keys' order by id desc limit 1");
  assert.deepEqual(rows, [{ by: "ada" }]);
});

test("a process that is killed in the middle of a rotation has changed nothing, and holds nobody up", async () => {
  await settled();
  const before = await manager.call(listKeys);
  const holder = await auth.pool.connect();
  await holder.query("begin");
  await holder.query("select from jwk where state = 'next' for update");
  const rotating = Promise.allSettled([rotate(), rotate()]);
  const isWaiting = async () =>
    (
      await auth.pool.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%jwk%'",
      )
    ).rowCount;
  await until(async () => ((await isWaiting()) ?? 0) > 0);
  for (const index of [0, 1]) await auth.kill(index);
  await holder.query("rollback");
  holder.release();
  await rotating;
  for (const index of [0, 1]) await auth.start(index);
  assert.deepEqual(await manager.call(listKeys), before);
  await signIn();
  await rotate();
  await assertSound();
});

test("keys that have leaked are replaced at once: what they signed counts no more, people sign in as ever", async () => {
  const { browser, tokens } = await signIn();
  const { keys } = await manager.call(listKeys);
  await rotate(true);
  await settled();
  await assertSound(0);
  const told = await until(() => auth.back.events.find(({ endedKeys }) => endedKeys));
  assert.deepEqual(new Set(told.endedKeys), new Set(keys.map(({ kid }) => kid)), "back refuses what they signed");
  const hint = { id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: `${frontUrl}/signed-out` };
  assert.equal((await browser.open(oidc.buildEndSessionUrl(front.config, hint).href)).status, 400);
  await assert.rejects(jwtVerify(tokens.access_token, createLocalJWKSet(await published(auth.ports[1] ?? 0))));
  const again = await front.begin({ prompt: "none" });
  assert.ok((await again.take(await browser.open(again.url))).id_token, "the session goes on");
  assert.ok((await signIn()).tokens.id_token);
});
