// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { front, makePerson } from "../../test/make.ts";
import { openAccount } from "../accounts/account.ts";
import { findPeople, findWhoSignsIn, getPerson } from "./find-people.ts";

const { database } = await freshDatabase();
const { id, uuid, donref } = await database.transaction(front, async (work) => {
  const person = await makePerson(work, { name: "Zoë O'Brien 100%", email: "Zoe.Brien@example.org" });
  await openAccount(work, person, "zoe");
  return { id: person.id, uuid: person.uuid, donref: person.donref("EX") };
});

const find = (text: string) =>
  database.read(front, async (work) => (await findPeople(work, text, 10)).map((person) => person.id));

test("staff find a person by any part of name, address, username or by the reference", async () => {
  for (const text of ["brien", "O'Br", "ZOË", "zoe.brien@EXAMPLE", "zoe", donref, donref.toLowerCase(), "100%"])
    assert.deepEqual(await find(text), [id], text);
});

test("signs with a meaning in patterns stand for themselves", async () => {
  for (const text of ["%%%", "___", "zo_", "\\\\\\", "'; drop table person; --"])
    assert.deepEqual(await find(text), [], text);
});

test("two letters are too few to search by", async () => {
  await assert.rejects(find("zo"), { code: "text-too-short" });
});

test("who signs in is found by username or address in any case", async () => {
  for (const typed of ["zoe", " ZOE ", "zoe.brien@example.org", "ZOE.BRIEN@EXAMPLE.ORG"]) {
    const found = await database.read(front, (work) => findWhoSignsIn(work, typed));
    assert.deepEqual([found?.person.uuid, found?.username], [uuid, "zoe"], typed);
  }
});

test("somebody blocked does not sign in", async () => {
  await database.transaction(front, (work) => makePerson(work, { email: "blocked@example.org" }));
  await database.pool.query("update person set registration = 'blocked' where email = 'blocked@example.org'");
  assert.equal(await database.read(front, (work) => findWhoSignsIn(work, "blocked@example.org")), undefined);
});

test("an administrator names a person by id, reference, username or address", async () => {
  for (const name of [String(id), donref, "zoe", "zoe.brien@example.org"])
    assert.equal((await database.read(front, (work) => getPerson(work, name))).id, id, name);
  await assert.rejects(
    database.read(front, (work) => getPerson(work, "nobody")),
    { code: "person-unknown" },
  );
});
