// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { blockPerson, changePerson, unblockPerson } from "../people/change-person.ts";
import { Person } from "../people/person.ts";
import { changeAccount, getAccount, openAccount } from "./account.ts";
import { desiredEntry } from "./directory-entry.ts";

const { database } = await freshDatabase();

const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const entryOf = (username: string) => database.read(administrator, (work) => desiredEntry(work, username));
const makeAccount = (username: string) =>
  change(async (work) => {
    const person = await makePerson(work, { name: "Lea" });
    await openAccount(work, person, username);
    return person.id;
  });
const turn = (id: number, does: "pause" | "close" | "reopen") =>
  change(async (work) => {
    const person = await work.get(Person, id, "lock");
    const account = await getAccount(work, person);
    await changeAccount(work, person, account, () =>
      does === "pause" ? account.pause(work, "administrator", "") : account[does](work, ""),
    );
  });

test("a pause keeps the entry, closing takes it away, and both can be taken back", async () => {
  const id = await makeAccount("lea");
  const version = (await entryOf("lea"))?.version ?? 0;
  await turn(id, "pause");
  assert.equal((await entryOf("lea"))?.state, "paused");
  await assert.rejects(turn(id, "pause"), { code: "account-not-open" });
  await turn(id, "reopen");
  await assert.rejects(turn(id, "reopen"), { code: "account-open" });
  await turn(id, "close");
  assert.equal(await entryOf("lea"), undefined);
  await assert.rejects(turn(id, "close"), { code: "account-closed" });
  await turn(id, "reopen");
  const entry = await entryOf("lea");
  assert.equal(entry?.state, "open");
  assert.equal(entry?.version, version + 4);
});

test("a block lets the account open nothing, and taking it back changes nothing else", async () => {
  const id = await makeAccount("lea-b");
  const as = (verb: typeof blockPerson) => change(async (work) => verb(work, await work.get(Person, id, "lock"), ""));
  await as(blockPerson);
  assert.equal((await entryOf("lea-b"))?.state, "paused");
  await as(unblockPerson);
  assert.equal((await entryOf("lea-b"))?.state, "open");
});

test("a name changed while the account is paused and reopened waits its turn: no transaction locks the other out", async () => {
  const id = await makeAccount("lea-c");
  const rename = (name: string) => change(async (work) => changePerson(work, await work.get(Person, id), { name }));
  for (let round = 0; round < 25; round += 1) {
    const outcomes = await Promise.allSettled([
      rename(`Lea ${round}`),
      turn(id, round % 2 === 0 ? "pause" : "reopen"),
      rename(`Lea again ${round}`),
    ]);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") assert.equal(outcome.reason.code, "changed-meanwhile");
  }
});
