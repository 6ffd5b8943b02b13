// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth tells of sign-ins: kept once, told by mail where it matters, and the end of a grant is the end of its tokens.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { openAccount } from "../data/accounts/account.ts";
import { addToGroup } from "../data/accounts/group-requests.ts";
import type { Work } from "../data/database.ts";
import type { Person } from "../data/people/person.ts";
import { approveRole } from "../data/people/role.ts";
import { applyRetention } from "../data/privacy/retention.ts";
import { openTemplates } from "../mail/templates.ts";
import { organisation } from "../test/database.ts";
import { front, makePerson } from "../test/make.ts";
import { testServer } from "../test/server.ts";
import { personToken, programToken } from "../test/tokens.ts";

const { call, database } = await testServer();

async function someone(name: string, wish: { language?: string; blocked?: true } = {}) {
  return database.transaction(front, async (work) => {
    const person = await makePerson(work, { email: `${name}@example.org`, language: wish.language ?? "en" });
    if (wish.blocked) person.block(work, "a test");
    return person;
  });
}

async function tell(uuid: string | null, kind: string, more: Record<string, unknown> = {}): Promise<number> {
  const token = await programToken("auth", ["sign-in-events:write"]);
  const body = { key: randomUUID(), uuid, kind, at: new Date().toISOString(), ...more };
  return (await call("POST", "/sign-in/events", token, body)).status;
}

async function eventsOf(uuid: string) {
  const token = await programToken("auth", ["sign-in-events:write"]);
  const { body } = await call("GET", `/sign-in/events/${uuid}`, token);
  return (body as { events: Record<string, unknown>[] }).events;
}

async function mailsTo(name: string): Promise<string[]> {
  const { rows } = await database.pool.query("select mail from message where recipient = $1 order by id", [
    `${name}@example.org`,
  ]);
  return rows.map(({ mail }) => mail);
}

async function historyOf(personId: number) {
  const { rows } = await database.pool.query(
    "select actor, record, verb from history where person_id = $1 and record in ('sign-in-event', 'person') order by id",
    [personId],
  );
  return rows.map(({ actor, record, verb }) => `${actor} ${record} ${verb}`).slice(1);
}

test("a sign-in is kept once, however often it is told, and stands in the history", async () => {
  const { uuid, id } = await someone("ada");
  const event = {
    ...{ key: "one", clientId: "front", session: "0123456789abcdef", network: "203.0.113.9" },
    ...{ browser: "Firefox, Linux", detail: "pwd" },
  };
  const statuses = await Promise.all([1, 2, 3].map(() => tell(uuid, "signed-in", event)));
  assert.deepEqual(statuses, [204, 204, 204]);
  const [kept, ...others] = await eventsOf(uuid);
  const { at, ...rest } = kept ?? {};
  assert.ok(at);
  assert.deepEqual(rest, {
    ...{ kind: "signed-in", times: 1, clientId: "front", session: "0123456789abcdef" },
    ...{ network: "203.0.113.9", browser: "Firefox, Linux", detail: "pwd" },
  });
  assert.deepEqual(others, []);
  assert.deepEqual(await historyOf(id), ["program:auth sign-in-event signed-in"]);
  assert.deepEqual(await mailsTo("ada"), []);
});

test("a hundred refused tries are one event that counts them, and no mail", async () => {
  const { uuid, id } = await someone("bob");
  const at = new Date(Date.now() - 5_400_000).toISOString();
  await Promise.all(Array.from({ length: 100 }, () => tell(uuid, "refused", { network: "198.51.100.7", at })));
  assert.deepEqual(
    (await eventsOf(uuid)).map(({ kind, times }) => [kind, times]),
    [["refused", 100]],
  );
  assert.equal((await historyOf(id)).length, 1);
  await tell(uuid, "refused");
  assert.equal((await eventsOf(uuid)).length, 2);
  assert.deepEqual(await mailsTo("bob"), []);
});

test("what changes how one signs in is told by mail, in the person's language", async () => {
  const { uuid } = await someone("cleo", { language: "de" });
  const kinds = ["password-changed", "factor-added", "factor-removed", "factors-reset"];
  kinds.push("recovery-codes-made", "recovery-code-used");
  for (const kind of [...kinds, "access-allowed"]) await tell(uuid, kind, { service: "Wiki", browser: "Firefox" });
  assert.deepEqual(await mailsTo("cleo"), [...kinds, "service-allowed"]);
  const { rows } = await database.pool.query("select mail, language from message where recipient = 'cleo@example.org'");
  for (const { mail, language } of rows) assert.equal(openTemplates().find(mail, language).language, "de");
});

test("what others can bring about is told once an hour", async () => {
  const { uuid } = await someone("dan");
  for (const kind of ["token-reused", "signed-in-new-browser", "factor-copied", "factor-guessed"])
    await Promise.all([1, 2, 3].map(() => tell(uuid, kind, { service: "Wiki", browser: "Firefox" })));
  assert.deepEqual((await mailsTo("dan")).sort(), ["factor-copied", "factor-guessed", "new-browser", "sign-in-ended"]);
  assert.equal((await eventsOf(uuid)).length, 10, "guesses are one event that counts them");
});

test("that somebody knows a password is told once a day, with the moment at which they typed it", async () => {
  const { uuid } = await someone("kit");
  const typedAt = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
  for (const hoursAgo of [5, 3]) await tell(uuid, "factor-missing", { browser: "Firefox", at: typedAt(hoursAgo) });
  assert.deepEqual(await mailsTo("kit"), ["password-known"]);
  const { rows } = await database.pool.query("select fields from message where recipient = 'kit@example.org'");
  const { timeZone } = organisation;
  const local = new Date(Date.now() - 5 * 3_600_000).toLocaleString("sv-SE", { timeZone });
  assert.equal(rows[0].fields.time.slice(0, 13), local.slice(0, 13));
  await database.pool.query("update message set queued_at = now() - interval '25 hours' where mail = 'password-known'");
  await tell(uuid, "factor-missing", { browser: "Firefox", at: typedAt(1) });
  assert.equal((await mailsTo("kit")).length, 2);
});

test("nobody is told who is not there, or who may not sign in", async () => {
  assert.equal(await tell(randomUUID(), "token-reused"), 404);
  const { uuid } = await someone("eva", { blocked: true });
  assert.equal(await tell(uuid, "password-changed"), 204);
  assert.deepEqual(await mailsTo("eva"), []);
});

test("what concerns nobody stands in the history alone", async () => {
  assert.equal(await tell(null, "key-rotated", { detail: "by ada" }), 204);
  const { rows } = await database.pool.query("select person_id, verb, reason from history where record = 'auth'");
  assert.deepEqual(rows, [{ person_id: null, verb: "key-rotated", reason: "by ada" }]);
});

test("a token of a grant that ended is refused at once, one of another grant is not", async () => {
  const { uuid } = await someone("fay");
  const [ended, other] = [randomUUID(), randomUUID()];
  const token = await personToken(uuid, { claims: { grant_id: ended } });
  const kept = await personToken(uuid, { claims: { grant_id: other } });
  assert.equal((await call("GET", "/people/me", token)).status, 200);
  await tell(uuid, "session-ended", { endedGrants: [ended] });
  assert.equal((await call("GET", "/people/me", token)).status, 401);
  assert.equal((await call("GET", "/people/me", kept)).status, 200);
});

test("the end of all sign-ins refuses every token of before, and, told late, none of those since", async () => {
  const { uuid, id } = await someone("gus");
  const ago = (seconds: number) => ({ claims: { iat: Math.floor(Date.now() / 1000) - seconds } });
  const at = new Date(Date.now() - 60_000).toISOString();
  assert.equal(await tell(uuid, "sessions-ended", { at }), 204);
  assert.equal((await call("GET", "/people/me", await personToken(uuid, ago(90)))).status, 401);
  assert.equal((await call("GET", "/people/me", await personToken(uuid, ago(30)))).status, 200);
  await tell(uuid, "sessions-ended", { at: new Date(Date.now() - 120_000).toISOString() });
  assert.equal((await call("GET", "/people/me", await personToken(uuid, ago(90)))).status, 401);
  assert.deepEqual(await mailsTo("gus"), ["signed-out-everywhere", "signed-out-everywhere"]);
  assert.deepEqual((await historyOf(id))[0], "program:auth person signed-out-everywhere");
});

test("a network is shortened after 30 days, and the event goes after a year", async () => {
  const { uuid } = await someone("hal");
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  await tell(uuid, "signed-in", { network: "192.0.2.9", at: daysAgo(366) });
  await tell(uuid, "signed-in", { network: "203.0.113.9", at: daysAgo(31) });
  await tell(uuid, "signed-in", { network: "2001:db8:1:2", at: daysAgo(31) });
  await tell(uuid, "signed-in", { network: "203.0.113.10", at: daysAgo(29) });
  await applyRetention(database, "secret");
  const networks = (await eventsOf(uuid)).map(({ network }) => network);
  assert.deepEqual(networks, ["203.0.113.10", "2001:db8:1::", "203.0.113.0"]);
});

test("claims tell which scopes of the staff a person has by their groups, and most have none", async () => {
  const make = (name: string, verb?: (work: Work, person: Person) => Promise<unknown>) =>
    database.transaction(front, async (work) => {
      const person = await makePerson(work, { name });
      await approveRole(work, person, { name: "staff", reason: "" });
      await openAccount(work, person, name.toLowerCase());
      await verb?.(work, person);
      return person.uuid;
    });
  const token = await programToken("auth", ["claims:read"]);
  const scopesOf = async (uuid: string) => (await call("GET", `/sign-in/claims/${uuid}`, token)).body.staffScopes;
  const carla = await make("Carla", (work, person) => addToGroup(work, person, "coordinators", ""));
  assert.deepEqual([await scopesOf(carla), await scopesOf(await make("Dario"))], [["accounts:approve"], []]);
});
