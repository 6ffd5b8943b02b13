// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { requestGroup } from "../data/accounts/group-requests.ts";
import { Person } from "../data/people/person.ts";
import { approveRole } from "../data/people/role.ts";
import { freshDatabase, organisation } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) =>
  runCdb(["accounts", ...args], { DATABASE_URL: url, LINK_SECRET: "a secret for tests" });

const makeStaff = (name: string): Promise<number> =>
  database.transaction(administrator, async (work) => {
    const person = await makePerson(work, { name });
    await approveRole(work, person, { name: "staff", reason: "" });
    return person.id;
  });

test("an account is opened, renamed, paused, reopened and closed; each is told in a sentence", async () => {
  const id = String(await makeStaff("Mina"));
  assert.equal((await cdb("open", id, "mina")).out, "mina is open; groups: none.\n");
  assert.match((await cdb("open", id, "mina2")).err, /has a username already/);
  assert.match((await cdb("open", String(await makeStaff("Nora")), "m1na")).err, /looks like one that is taken/);
  assert.equal((await cdb("rename", "mina", "mina.h", "--reason", "married")).out, "mina.h is open; groups: none.\n");
  assert.equal((await cdb("pause", "mina.h")).out, "mina.h is paused; groups: none.\n");
  assert.match((await cdb("pause", "mina.h")).err, /Only an open account/);
  assert.match((await cdb("list", "--state", "paused")).out, /mina\.h +\d+ +Mina +paused/);
  assert.equal((await cdb("reopen", "mina.h")).code, 0);
  assert.equal((await cdb("close", "mina.h")).out, "mina.h is closed; groups: none.\n");
  const shown = await cdb("show", id);
  assert.match(shown.out, /username +mina\.h \(closed\)/);
  assert.match(shown.out, /before +mina\n/);
  assert.equal((await cdb("show", String(await makeStaff("Otto")))).err, "This person has no account.\n");
});

test("groups are added and removed, listed, and give the scopes that the profile says", async () => {
  const id = String(await makeStaff("Paula"));
  await cdb("open", id, "paula");
  assert.equal((await cdb("groups", "add", "paula", "donor-care")).out, "paula is open; groups: donor-care.\n");
  const scopes = organisation.staff.groups["donor-care"]?.toSorted();
  assert.deepEqual(JSON.parse((await cdb("show", "paula", "--json")).out).staffScopes, scopes);
  assert.match((await cdb("list", "--group", "donor-care", "--csv")).out, /paula,/);
  assert.equal((await cdb("groups", "remove", "paula", "donor-care")).out, "paula is open; groups: none.\n");
  assert.match((await cdb("groups", "add", "paula", "volunteers")).err, /follows from what people are/);
  for (const strange of ["no-such-group", "*)(cn=*", "a,ou=groups", ""])
    assert.match((await cdb("groups", "add", "paula", strange)).err, /no such group/, strange);
});

test("who waits is listed by the number of the request, which is approved or refused", async () => {
  const id = await makeStaff("Quentin");
  await cdb("open", String(id), "quentin");
  await database.transaction(administrator, async (work) =>
    requestGroup(work, await work.get(Person, id), "wiki-editors", "=1+1"),
  );
  const [request] = JSON.parse((await cdb("waiting", "--json")).out).requests;
  assert.deepEqual([request.name, request.kind, request.for], ["Quentin", "member", "wiki-editors"]);
  assert.match((await cdb("waiting", "--csv")).out, /'=1\+1/);
  assert.equal((await cdb("approve", String(request.request))).out, "Quentin: member wiki-editors approved.\n");
  assert.match((await cdb("refuse", String(request.request))).err, /decided already/);
  const nobody = await cdb("approve", "999999");
  assert.deepEqual([nobody.code, nobody.err], [1, "There is no request of this number.\n"]);
  assert.equal((await cdb("approve", "quentin")).code, 2);
  assert.equal((await cdb("waiting")).out, "Nobody waits.\n");
});
