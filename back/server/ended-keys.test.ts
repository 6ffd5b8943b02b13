// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Somebody else had a key of auth: what it signed is refused as soon as auth tells, and believed by nobody for long before.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTVerifyGetKey } from "jose";
import { front, makePerson } from "../test/make.ts";
import { testServer } from "../test/server.ts";
import { issuer, personToken, programToken } from "../test/tokens.ts";
import { Access } from "./access.ts";

const [leaked, sound] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
const [leakedKid, soundKid] = ["a-key-that-leaked", "a-key-that-is-sound"];
const published = [
  { ...(await exportJWK(leaked.publicKey)), kid: leakedKid, alg: "RS256" },
  { ...(await exportJWK(sound.publicKey)), kid: soundKid, alg: "RS256" },
];
// As back has them in its memory for some minutes still.
const { call, database } = await testServer(createLocalJWKSet({ keys: published }));
const byLeaked = { key: leaked.privateKey, header: { kid: leakedKid } };
const bySound = { key: sound.privateKey, header: { kid: soundKid } };

test("what a key signed that is no more is refused at once, of people and of programs", async () => {
  const { uuid } = await database.transaction(front, (work) => makePerson(work, { email: "ada@example.org" }));
  const look = async (token: string) => (await call("GET", "/people/me", token)).status;
  const find = async (token: string) => (await call("POST", "/sign-in/find", token, { identifier: "ada" })).status;
  const mine = [await personToken(uuid, byLeaked), await personToken(uuid, bySound)] as const;
  const ours = [
    await programToken("auth", ["usernames:lookup"], byLeaked),
    await programToken("auth", ["usernames:lookup"], bySound),
  ] as const;
  for (const token of mine) assert.equal(await look(token), 200);
  for (const token of ours) assert.equal(await find(token), 200);
  const event = { key: randomUUID(), uuid: null, kind: "key-rotated", at: new Date().toISOString() };
  const teller = await programToken("auth", ["sign-in-events:write"], bySound);
  const told = await call("POST", "/sign-in/events", teller, { ...event, endedKeys: [leakedKid] });
  assert.equal(told.status, 204);
  assert.deepEqual([await look(mine[0]), await look(mine[1])], [401, 200]);
  assert.deepEqual([await find(ours[0]), await find(ours[1])], [401, 200]);
  assert.equal(await look(await personToken(uuid, byLeaked)), 401, "nor what it signs from now on");
});

test("a token that says it lives for years is held against the keys again after five minutes", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  let keys: JWTVerifyGetKey = createLocalJWKSet({ keys: published });
  const access = new Access(issuer, (header, token) => keys(header, token));
  const exp = Math.floor(Date.now() / 1000) + 100_000_000;
  const header = `Bearer ${await programToken("auth", ["usernames:lookup"], { ...byLeaked, claims: { exp } })}`;
  await access.callerOf(header);
  keys = createLocalJWKSet({ keys: published.slice(1) });
  await access.callerOf(header);
  t.mock.timers.tick(301_000);
  await assert.rejects(access.callerOf(header), { code: "token-refused" });
});
