// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, front, makePerson } from "../../test/make.ts";
import { Person } from "./person.ts";
import { approveRole, endRole, type Role, requestRole, rolesOf, waitingRoles } from "./role.ts";

const { database } = await freshDatabase();

const volunteer = (team: string) =>
  database.transaction(front, async (work) => (await makePerson(work, { volunteer: { team, message: "Hello" } })).id);
const approve = (id: number, wish: { name: Role["name"]; team?: string }) =>
  database.transaction(administrator, async (work) =>
    approveRole(work, await work.get(Person, id, "lock"), { ...wish, reason: "met in person" }),
  );
const end = (id: number) =>
  database.transaction(administrator, async (work) =>
    endRole(work, await work.get(Person, id, "lock"), "volunteer", ""),
  );
const states = (id: number) =>
  database.read(front, async (work) =>
    (await rolesOf(work, id)).map(({ name, team, state }) => `${name} ${team} ${state}`),
  );
const mailsTo = async (id: number) =>
  (await database.pool.query("select mail from message where person_id = $1 order by id", [id])).rows.map(
    (row) => row.mail,
  );

test("a coordinator's approval takes a volunteer in, confirms the person and welcomes them", async () => {
  const id = await volunteer("web");
  await approve(id, { name: "volunteer" });
  assert.deepEqual(await states(id), ["volunteer web approved"]);
  assert.equal((await database.read(front, (work) => work.get(Person, id))).registration, "confirmed");
  assert.deepEqual(await mailsTo(id), ["volunteer-approved"]);
});

test("asking for the same team twice is asking once; an unknown team is refused", async () => {
  const id = await volunteer("web");
  const ask = (team: string) =>
    database.transaction(front, async (work) => requestRole(work, await work.get(Person, id), { team, message: "" }));
  await ask("web");
  await ask("events");
  assert.deepEqual((await states(id)).sort(), ["volunteer events requested", "volunteer web requested"]);
  await assert.rejects(ask("no-team"), { code: "team-unknown" });
});

test("only who asked is approved, unless a team is named or they are staff", async () => {
  const id = await database.transaction(front, async (work) => (await makePerson(work)).id);
  await assert.rejects(approve(id, { name: "volunteer" }), { code: "role-not-asked" });
  await approve(id, { name: "volunteer", team: "events" });
  await approve(id, { name: "staff" });
  assert.deepEqual(await states(id), ["staff  approved", "volunteer events approved"]);
});

test("a refusal is told politely; what was approved can be ended without a mail", async () => {
  const [asked, approved] = [await volunteer("web"), await volunteer("web")];
  await approve(approved, { name: "volunteer" });
  await end(asked);
  await end(approved);
  assert.deepEqual([await states(asked), await states(approved)], [["volunteer web refused"], ["volunteer web ended"]]);
  assert.deepEqual([await mailsTo(asked), await mailsTo(approved)], [["volunteer-refused"], ["volunteer-approved"]]);
  await assert.rejects(end(asked), { code: "role-unknown" });
});

test("who waits is listed once their address is confirmed, longest first", async () => {
  const [first, unconfirmed, second] = [await volunteer("web"), await volunteer("web"), await volunteer("events")];
  for (const id of [second, first])
    await database.transaction(front, async (work) => (await work.get(Person, id)).confirm(work, "link"));
  const waiting = await database.read(front, async (work) => (await waitingRoles(work)).map(({ person }) => person.id));
  assert.deepEqual(
    waiting.filter((id) => [first, second, unconfirmed].includes(id)),
    [first, second],
  );
});
