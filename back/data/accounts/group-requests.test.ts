// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { Person } from "../people/person.ts";
import { approveRole, requestRole } from "../people/role.ts";
import { openAccount } from "./account.ts";
import { decideRequest, waitingFor } from "./approvers.ts";
import { desiredEntry } from "./directory-entry.ts";
import { addToGroup, leaveGroup, membershipsOf, requestGroup } from "./group-requests.ts";

const { database } = await freshDatabase();

const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const as = <T>(id: number, verb: (work: Work, person: Person) => Promise<T>) =>
  change(async (work) => verb(work, await work.get(Person, id, "lock")));

let count = 0;
async function makeVolunteer(team = "events"): Promise<{ id: number; username: string }> {
  count += 1;
  const username = `person-${"abcdefghijklmnopqrstuvwxyz"[count]}`;
  const id = await change(async (work) => {
    const person = await makePerson(work, { name: `Person ${count}` });
    await approveRole(work, person, { name: "volunteer", team, reason: "" });
    await openAccount(work, person, username);
    return person.id;
  });
  return { id, username };
}
async function makeCoordinator(): Promise<number> {
  const { id } = await makeVolunteer();
  await as(id, (work, person) => addToGroup(work, person, "coordinators", ""));
  return id;
}
const ask = (id: number, group = "wiki-editors") =>
  as(id, (work, person) => requestGroup(work, person, group, "I write well"));
const waiting = (id?: number) =>
  change(async (work) => {
    const decider = id === undefined ? undefined : await work.get(Person, id);
    return (await waitingFor(work, decider)).map(({ role }) => role);
  });
const requestOf = async (id: number) => (await waiting()).find(({ personId }) => personId === id)?.id ?? 0;
const decide = (request: number, by: number, approve = true) =>
  change(async (work) => decideRequest(work, request, { approve, reason: "" }, await work.get(Person, by)));
const groupsIn = async (username: string) => (await change((work) => desiredEntry(work, username)))?.groups;
const mailsTo = async (id: number) =>
  (
    await database.pool.query("select mail from message where person_id = $1 and mail like 'access-%' order by id", [
      id,
    ])
  ).rows.map(({ mail }) => mail);
const stateOf = (id: number, name: string) =>
  as(id, async (work, person) => (await membershipsOf(work, person)).find(({ group }) => group.name === name)?.state);

test("who asks for a group waits; a coordinator hears of it, approves, and the directory follows", async () => {
  const [coordinator, { id, username }] = [await makeCoordinator(), await makeVolunteer()];
  await ask(id);
  await ask(id);
  assert.deepEqual((await mailsTo(coordinator)).slice(-1), ["access-waits"]);
  const { rows } = await database.pool.query(
    "select fields, secrets from message where mail = 'access-waits' and person_id = $1 order by id desc limit 1",
    [coordinator],
  );
  assert.doesNotMatch(JSON.stringify(rows[0].fields), /I write well/);
  assert.equal(rows[0].secrets.message, "I write well");
  assert.equal(await stateOf(id, "wiki-editors"), "waits");
  assert.equal((await waiting(coordinator)).filter(({ personId }) => personId === id).length, 1);
  await decide(await requestOf(id), coordinator);
  assert.deepEqual(await groupsIn(username), ["volunteers", "wiki-editors"]);
  assert.deepEqual(await mailsTo(id), ["access-approved"]);
  assert.equal(await stateOf(id, "wiki-editors"), "member");
});

test("a refusal is told, and cannot be asked again the next day", async () => {
  const [coordinator, { id }] = [await makeCoordinator(), await makeVolunteer()];
  await ask(id);
  await decide(await requestOf(id), coordinator, false);
  assert.deepEqual(await mailsTo(id), ["access-refused"]);
  await assert.rejects(ask(id), { code: "asked-lately" });
  await database.pool.query("update role set decided_at = decided_at - interval '31 days' where person_id = $1", [id]);
  await ask(id);
});

test("a group is for those whom the profile names, with an open account, and only where asking is meant", async () => {
  const stranger = await change(async (work) => {
    const person = await makePerson(work, { name: "Stranger" });
    person.confirm(work, "link");
    return person.id;
  });
  await assert.rejects(ask(stranger), { code: "account-missing" });
  await as(stranger, (work, person) => openAccount(work, person, "stranger"));
  await assert.rejects(ask(stranger), { code: "group-not-for-them" });
  await assert.rejects(
    as(stranger, (work, person) => addToGroup(work, person, "donor-care", "")),
    {
      code: "group-not-for-them",
    },
  );
  const { id } = await makeVolunteer();
  await assert.rejects(ask(id, "volunteers"), { code: "group-automatic" });
  for (const name of ["no-such-group", "", "*)(cn=*", "wiki-editors,ou=people", "__proto__", "constructor"])
    await assert.rejects(ask(id, name), { code: "group-unknown" }, name);
});

test("nobody decides about themselves, nor about what others decide", async () => {
  const [coordinator, { id: outsider }, { id }] = [
    await makeCoordinator(),
    await makeVolunteer(),
    await makeVolunteer(),
  ];
  await ask(id);
  const request = await requestOf(id);
  await assert.rejects(decide(request, outsider), { code: "not-the-approver" });
  await ask(coordinator);
  await assert.rejects(decide(await requestOf(coordinator), coordinator), { code: "not-the-approver" });
  assert.equal(
    (await waiting(coordinator)).some(({ personId }) => personId === coordinator),
    false,
  );
  assert.deepEqual(await waiting(outsider), []);
});

test("of two coordinators who decide at once, one does and the other is told", async () => {
  const [one, other, { id }] = [await makeCoordinator(), await makeCoordinator(), await makeVolunteer()];
  await ask(id);
  const request = await requestOf(id);
  const outcomes = await Promise.allSettled([decide(request, one, true), decide(request, other, false)]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.equal(
    (outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult).reason.code,
    "request-decided",
  );
  assert.equal((await mailsTo(id)).length, 1);
});

test("a volunteer of a team is taken in by the team's coordinators", async () => {
  const coordinator = await makeCoordinator();
  const id = await change(async (work) => {
    const person = await makePerson(work, { name: "New" });
    await requestRole(work, person, { team: "web", message: "" });
    person.confirm(work, "link");
    return person.id;
  });
  await as(id, (work, person) => openAccount(work, person, "newcomer"));
  await decide(await requestOf(id), coordinator);
  assert.deepEqual(await groupsIn("newcomer"), ["volunteers", "web-team"]);
});

test("who leaves a group, or takes a request back, is out of it", async () => {
  const { id, username } = await makeVolunteer();
  await as(id, (work, person) => addToGroup(work, person, "wiki-editors", ""));
  await as(id, (work, person) => addToGroup(work, person, "wiki-editors", ""));
  assert.deepEqual(await groupsIn(username), ["volunteers", "wiki-editors"]);
  await as(id, (work, person) => leaveGroup(work, person, "wiki-editors"));
  await as(id, (work, person) => leaveGroup(work, person, "wiki-editors"));
  assert.deepEqual(await groupsIn(username), ["volunteers"]);
  await ask(id);
  await as(id, (work, person) => leaveGroup(work, person, "wiki-editors"));
  assert.equal(await requestOf(id), 0);
});
