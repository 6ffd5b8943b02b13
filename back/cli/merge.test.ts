// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { scanForDuplicates } from "../data/people/scan-duplicates.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makeAPledge, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const cdb = (...args: string[]) => runCdb(args, { DATABASE_URL: url });
const make = (name: string) =>
  database.transaction(administrator, async (work) => {
    const postalAddress = { lines: ["Ilica 5"], postcode: "10000", city: "Zagreb", country: "HR" };
    const person = await makePerson(work, { name, postalAddress });
    person.confirm(work, "coordinator");
    await makeAPledge(work, person);
    return person.id;
  });
const [one, other, third] = [await make("Ruđer Bošković"), await make("Rudjer Boskovic"), await make("Ruder Boskovic")];
await database.transaction({ kind: "worker" }, scanForDuplicates);
const registrations = async () =>
  (await database.pool.query("select id, registration from person where id <= $1 order by id", [third])).rows.map(
    ({ registration }) => registration,
  );

test("duplicates are listed with names and reasons in words, in JSON and in CSV", async () => {
  const { code, out } = await cdb("people", "duplicates");
  assert.match(
    out,
    new RegExp(
      `${one}  Ruđer Bošković +${third}  Ruder Boskovic +nearly the same name, the same postcode, the same street`,
    ),
  );
  assert.equal(code, 0);
  const { duplicates } = JSON.parse((await cdb("people", "duplicates", "--json")).out);
  assert.deepEqual([duplicates.length, duplicates[0].reasons[0]], [3, "similar-name"]);
  const [header, row] = parse((await cdb("people", "duplicates", "--limit", "1", "--csv")).out) as string[][];
  assert.deepEqual(
    [header?.[1], header?.[6], row?.[7]],
    ["one id", "other email", "similar-name\nsame-postcode\nsame-address"],
  );
});

test("two of whom somebody says that they are two are not listed again", async () => {
  assert.match((await cdb("people", "different", String(other), String(one))).out, /are two\.$/m);
  const { duplicates } = JSON.parse((await cdb("people", "duplicates", "--json")).out);
  assert.equal(duplicates.length, 2);
});

test("a dry run shows what would move and changes nothing; the merge moves it, and can be taken back", async () => {
  const args = ["people", "merge", String(one), String(third), "--reason", "asked by phone"];
  const tried = await cdb(...args, "--dry-run");
  assert.match(tried.out, /nothing has changed\.\nmoved: .*1 × pledge/);
  assert.deepEqual(await registrations(), ["confirmed", "confirmed", "confirmed"]);
  const done = JSON.parse((await cdb(...args, "--json")).out);
  assert.deepEqual([done.kept, done.gone, done.moved.pledge], [one, third, 1]);
  assert.deepEqual(await registrations(), ["confirmed", "confirmed", "merged"]);
  assert.equal(JSON.parse((await cdb("people", "duplicates", "--json")).out).duplicates.length, 0);
  const found = JSON.parse((await cdb("people", "find", "Ruder", "--json")).out);
  assert.deepEqual(
    found.people.map(({ id }: { id: number }) => id),
    [one],
  );
  // By the old number, too, it is the survivor who is meant.
  const withdrawn = JSON.parse((await cdb("consents", "withdraw", String(third), "newsletter", "--json")).out);
  assert.equal(withdrawn.person, one);
  const { out, code } = await cdb("people", "unmerge", String(done.merge), "--reason", "two after all");
  assert.deepEqual([out, code], [`${one} and ${third} are two again.\n`, 0]);
  assert.deepEqual(await registrations(), ["confirmed", "confirmed", "confirmed"]);
});

test("what cannot be is a sentence and exit code 1, what is used wrongly 2", async () => {
  const outcome = async (...args: string[]) => {
    const { code, err } = await cdb("people", ...args, "--json");
    return [code, code === 1 ? JSON.parse(err).error.code : ""];
  };
  assert.deepEqual(await outcome("merge", String(one), String(one), "--reason", "x"), [1, "same-person"]);
  assert.deepEqual(await outcome("merge", String(one), "987654", "--reason", "x"), [1, "person-unknown"]);
  assert.deepEqual(await outcome("unmerge", "987654", "--reason", "x"), [1, "merge-unknown"]);
  assert.deepEqual(await outcome("merge", String(one), String(other)), [2, ""]);
  assert.deepEqual(await outcome("unmerge", "x", "--reason", "x"), [2, ""]);
});
