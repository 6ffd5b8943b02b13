// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, front, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { erase } from "../people/erasure.ts";
import { Person } from "../people/person.ts";
import { approveRole } from "../people/role.ts";
import { getAccount } from "./account.ts";
import { chooseUsername, openByHand, renameAccount } from "./choose-username.ts";
import { desiredEntry } from "./directory-entry.ts";
import { suggestUsernames } from "./username.ts";

const { database, url } = await freshDatabase();
const secret = "a secret for tests";

const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const makeEntitled = (name = "Ada Example"): Promise<number> =>
  change(async (work) => {
    const person = await makePerson(work, { name });
    await approveRole(work, person, { name: "volunteer", team: "events", reason: "" });
    return person.id;
  });
const choose = (id: number, username: string) =>
  change(async (work) => chooseUsername(work, await work.get(Person, id, "lock"), username, secret));
const tasksFor = async (username: string): Promise<number> => {
  const { rows } = await database.pool.query(
    "select count(*)::int as count from pgboss.job where name = 'write-entry' and data->>'username' = $1",
    [username],
  );
  return rows[0].count;
};

test("a username is chosen once; with it the task for the directory and a mail", async () => {
  const id = await makeEntitled();
  await choose(id, "grace");
  assert.equal(await tasksFor("grace"), 1);
  await assert.rejects(choose(id, "hopper"), { code: "username-chosen" });
  const { rows } = await database.pool.query(
    "select fields from message where person_id = $1 and mail = 'account-opened'",
    [id],
  );
  assert.deepEqual(rows[0].fields, { name: "Ada Example", username: "grace", address: "grace@example.org" });
});

test("only who is entitled chooses one", async () => {
  const id = await change(async (work) => (await makePerson(work)).id);
  await assert.rejects(choose(id, "nobody-yet"), { code: "username-not-entitled" });
});

test("what is no username, what is reserved, and what looks like another is refused with the reason", async () => {
  const id = await makeEntitled();
  await choose(await makeEntitled(), "max.muster");
  const refused: Record<string, string> = {
    ab: "username-malformed",
    "1ada": "username-malformed",
    Ada: "username-malformed",
    аda: "username-malformed",
    "ada\u0000": "username-malformed",
    "ada)(uid=*": "username-malformed",
    "ada,ou=people": "username-malformed",
    [`a${"b".repeat(32)}`]: "username-malformed",
    "root.": "username-marks",
    "ada..b": "username-marks",
    "ada-_b": "username-marks",
    root: "username-reserved",
    adm1n: "username-looks-reserved",
    "r0-ot": "username-looks-reserved",
    "max.muster": "username-taken",
    maxmuster: "username-looks-taken",
    "max.rnuster": "username-looks-taken",
  };
  for (const [username, code] of Object.entries(refused))
    await assert.rejects(choose(id, username), { code }, username);
});

test("of many who choose one name at once, one gets it and the others are told", async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, () => makeEntitled()));
  const names = ids.map((_, at) => (at % 2 === 0 ? "same-name" : "samename"));
  const outcomes = await Promise.allSettled(ids.map((id, at) => choose(id, names[at] ?? "")));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") assert.match(outcome.reason.code, /^username-(looks-)?taken$/);
});

test("killed in the middle of choosing, neither the username nor the task is there", async () => {
  const id = await makeEntitled();
  const child = fork(new URL("./test/choose-and-wait.ts", import.meta.url), [url, String(id), "half-done"], {
    stdio: "inherit",
  });
  const [said] = await once(child, "message");
  assert.equal(said, "chosen, not committed");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await tasksFor("half-done"), 0);
  await choose(id, "half-done");
  assert.equal(await tasksFor("half-done"), 1);
});

test("free names are suggested from the person's name, none that somebody has", async () => {
  const suggest = (name: string) => change((work) => suggestUsernames(work, name, secret));
  assert.deepEqual(await suggest("Jürgen Groß"), ["juergen", "juergen.gross", "jgross", "juergeng"]);
  await choose(await makeEntitled(), "juergen");
  assert.equal((await suggest("Jürgen Groß"))[0], "juergen.gross");
  assert.deepEqual(await suggest("Ада"), []);
  assert.ok((await suggest("Root")).every((username) => username !== "root"));
  for (const strange of ["", "..", "9 Lives", "x", "a".repeat(500), "'; drop table person; --"])
    for (const username of await suggest(strange)) assert.match(username, /^[a-z][a-z0-9._-]{2,31}$/);
});

test("an administrator renames: the entry is found under the old name too, which nobody else gets", async () => {
  const id = await makeEntitled();
  await choose(id, "oldname");
  const rename = (username: string) =>
    change(async (work) => {
      const person = await work.get(Person, id, "lock");
      const account = await getAccount(work, person);
      await renameAccount(work, { person, account }, username, { secret, alike: false, reason: "married" });
    });
  await rename("newname");
  const entry = await change((work) => desiredEntry(work, "oldname"));
  assert.deepEqual([entry?.username, entry?.formerUsernames], ["newname", ["oldname"]]);
  await assert.rejects(choose(await makeEntitled(), "oldname"), { code: "username-taken" });
  await assert.rejects(choose(await makeEntitled(), "old-name"), { code: "username-looks-taken" });
  await rename("oldname");
  assert.deepEqual((await change((work) => desiredEntry(work, "newname")))?.formerUsernames, ["newname"]);
});

test("an administrator may open what looks like another's, by saying so, but not what is another's", async () => {
  const id = await change(async (work) => (await makePerson(work)).id);
  const open = (username: string, alike: boolean) =>
    change(async (work) => openByHand(work, await work.get(Person, id), username, { secret, alike }));
  await assert.rejects(open("gr-ace", false), { code: "username-looks-taken" });
  await assert.rejects(open("grace", true), { code: "username-taken" });
  await assert.rejects(open("root", true), { code: "username-reserved" });
  await open("gr-ace", true);
});

test("the username of somebody who was erased is nobody's again, and only its hash is kept", async () => {
  const id = await makeEntitled();
  await choose(id, "remembered");
  await change(async (work) => erase(work, await work.get(Person, id, "lock"), secret));
  assert.equal(await change((work) => desiredEntry(work, "remembered")), undefined);
  for (const username of ["remembered", "rememb3red"])
    await assert.rejects(choose(await makeEntitled(), username), { code: "username-taken" });
  const { rows } = await database.pool.query("select look_hash from retired_username");
  assert.ok(rows.every(({ look_hash }) => /^[0-9a-f]{64}$/.test(look_hash)));
  assert.equal(
    (await database.read(front, (work) => work.rows("select 1 from account where person_id = $1", [id]))).length,
    0,
  );
});
