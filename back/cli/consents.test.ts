// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordSignInEvent } from "../data/accounts/sign-in-event.ts";
import { setConsent } from "../data/people/consent.ts";
import { freshDatabase } from "../test/database.ts";
import { front, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url, ownerUrl } = await freshDatabase();
const settings = { DATABASE_URL: url, MIGRATE_DATABASE_URL: ownerUrl };
const { id } = await database.transaction(front, async (work) => {
  const person = await makePerson(work, { email: "ines@example.org", purposes: ["newsletter"] });
  await setConsent(work, person, "newsletter", true, { channel: "/settings/consents", networkAddress: "203.0.113.7" });
  return person;
});

test("the proof of a consent shows both halves with wording, page and network", async () => {
  const { code, out } = await runCdb(["consents", "proof", "ines@example.org", "--json"], settings);
  assert.equal(code, 0);
  const { facts } = JSON.parse(out);
  assert.deepEqual(
    facts.map(({ fact, channel, network }: Record<string, string>) => [fact, channel, network]),
    [
      ["granted", "/settings/consents", "203.0.113.0"],
      ["requested", "/subscribe", "203.0.113.0"],
    ],
  );
  assert.match(facts[0].wording, /newsletter/);
});

test("a consent withdrawn by an administrator is withdrawn, and the proof says by whom", async () => {
  assert.equal((await runCdb(["consents", "withdraw", String(id), "newsletter"], settings)).code, 0);
  const { out } = await runCdb(["consents", "proof", String(id), "--json"], settings);
  assert.match(JSON.parse(out).facts[0].actor, /^administrator:/);
  const unknown = await runCdb(["consents", "withdraw", String(id), "spam"], settings);
  assert.deepEqual([unknown.code, unknown.out], [1, ""]);
});

test("somebody who is blocked is found again to be unblocked, and the history tells the reason", async () => {
  assert.equal((await runCdb(["people", "block", "ines@example.org", "--reason", "stolen card"], settings)).code, 0);
  assert.equal((await runCdb(["people", "block", "ines@example.org"], settings)).code, 1);
  const { out } = await runCdb(["people", "unblock", "ines@example.org", "--json"], settings);
  assert.equal(JSON.parse(out).registration, "unconfirmed");
  const history = JSON.parse((await runCdb(["people", "history", String(id), "--json"], settings)).out);
  assert.ok(
    history.entries.some(({ verb, reason }: Record<string, string>) => verb === "blocked" && reason === "stolen card"),
  );
});

test("the history verifies, and the record of processing names every table", async () => {
  const verified = await runCdb(["history", "verify", "--json"], settings);
  assert.equal(verified.code, 0);
  assert.deepEqual(JSON.parse(verified.out).broken, []);
  const { out } = await runCdb(["privacy", "record"], settings);
  for (const table of ["person", "consent", "donation", "message"]) assert.match(out, new RegExp(`^${table} `, "m"));
});

test("who changed services and keys of auth is listed, the newest first, and nothing of people", async () => {
  const told = { uuid: null, service: "", session: "", network: "", browser: "", endedGrants: [] };
  const tell = (key: string, kind: "client-changed" | "key-rotated", clientId: string, detail: string) =>
    database.transaction(front, async (work) =>
      recordSignInEvent(work, { ...told, key, kind, clientId, detail, at: work.now }),
    );
  await tell("1", "client-changed", "wiki", "removed by ada");
  await tell("2", "key-rotated", "", "rotated by bob");
  const { changes } = JSON.parse((await runCdb(["history", "auth", "--json"], settings)).out);
  assert.deepEqual(
    changes.map(({ of, verb, reason }: Record<string, string>) => [of, verb, reason]),
    [
      ["auth", "key-rotated", "rotated by bob"],
      ["wiki", "client-changed", "removed by ada"],
    ],
  );
  const { out } = await runCdb(["history", "auth", "--limit", "1"], settings);
  assert.match(out, /rotated by bob/);
  assert.doesNotMatch(out, /ada/);
});
