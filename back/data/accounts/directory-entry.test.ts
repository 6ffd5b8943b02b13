// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { Person } from "../people/person.ts";
import { approveRole, endRole } from "../people/role.ts";
import { openAccount } from "./account.ts";
import { desiredEntries, desiredEntry, markWritten, queueEntry } from "./directory-entry.ts";
import { staffScopes } from "./staff-scopes.ts";

const { database } = await freshDatabase();

const change = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const read = <T>(verb: (work: Work) => Promise<T>) => database.read(front, verb);
const entryOf = (username: string) => read((work) => desiredEntry(work, username));

let count = 0;
async function makeAccount(): Promise<{ id: number; username: string }> {
  count += 1;
  const username = `tess${"abcdefghijklmnop"[count]}`;
  const id = await change(async (work) => {
    const person = await makePerson(work, { name: "Tess of Durbeyfield" });
    person.confirm(work, "coordinator");
    await openAccount(work, person, username);
    return person.id;
  });
  return { id, username };
}

async function pay(id: number, amount: number, interval: "once" | "monthly"): Promise<void> {
  await change(async (work) => {
    const person = await work.get(Person, id);
    const pledge = await makeAPledge(work, person, { amount: { amount, currency: "EUR" }, interval });
    const money = { amount, currency: "EUR" };
    const happenedAt = new Date().toISOString();
    await registerPayment(
      work,
      "hand",
      randomUUID(),
      aNotice({ amount: money, reference: pledge.reference, happenedAt }),
    );
  });
}

test("an entry shows name, address, forwarding and a version that grows with every change", async () => {
  const { id, username } = await makeAccount();
  const first = await entryOf(username);
  assert.deepEqual([first?.state, first?.displayName, first?.surname], ["open", "Tess of Durbeyfield", "Durbeyfield"]);
  assert.equal(first?.mailLocalAddress, `${username}@example.org`);
  await change((work) => queueEntry(work, id));
  assert.equal((await entryOf(username))?.version, (first?.version ?? 0) + 1);
});

test("paying the profile's figure makes a supporter, and the supporters' group follows; less does not", async () => {
  const [supporter, donor, yearly] = [await makeAccount(), await makeAccount(), await makeAccount()];
  await pay(supporter.id, 1_000, "monthly");
  await pay(donor.id, 999, "monthly");
  await pay(yearly.id, 6_000, "once");
  assert.deepEqual((await entryOf(supporter.username))?.groups, ["supporters"]);
  assert.deepEqual((await entryOf(donor.username))?.groups, []);
  assert.deepEqual((await entryOf(yearly.username))?.groups, ["supporters"]);
});

test("a volunteer is in the groups of volunteers and of the team while they are one", async () => {
  const { id, username } = await makeAccount();
  await change(async (work) =>
    approveRole(work, await work.get(Person, id, "lock"), { name: "volunteer", team: "web", reason: "" }),
  );
  assert.deepEqual((await entryOf(username))?.groups, ["volunteers", "web-team"]);
  await change(async (work) => endRole(work, await work.get(Person, id, "lock"), "volunteer", ""));
  assert.deepEqual((await entryOf(username))?.groups, []);
});

test("a group that has to be asked for ends with the rule that it stands on, and with it the staff's scopes", async () => {
  const { id } = await makeAccount();
  const scopes = () => read(async (work) => staffScopes(work, await work.get(Person, id)));
  const role = (verb: (work: Work, person: Person) => Promise<unknown>) =>
    change(async (work) => verb(work, await work.get(Person, id, "lock")));
  await role((work, person) => approveRole(work, person, { name: "member", team: "donor-care", reason: "" }));
  assert.deepEqual(await scopes(), []);
  await role((work, person) => approveRole(work, person, { name: "staff", reason: "" }));
  assert.deepEqual(await scopes(), database.organisation.staff.groups["donor-care"]?.toSorted());
  await role((work, person) => endRole(work, person, "staff", ""));
  assert.deepEqual(await scopes(), []);
});

test("a blocked person's entry stays, opens nothing and gets no mail", async () => {
  const { id, username } = await makeAccount();
  await pay(id, 1_000, "monthly");
  await change(async (work) => (await work.get(Person, id, "lock")).block(work, ""));
  const entry = await entryOf(username);
  assert.deepEqual([entry?.state, entry?.groups, entry?.mailLocalAddress], ["paused", [], undefined]);
});

test("all entries are told page by page, each once, and what was written is remembered", async () => {
  const all: string[] = [];
  for (let after = ""; ; ) {
    const page = await read((work) => desiredEntries(work, after, 2));
    all.push(...page.map(({ username }) => username));
    if (page.length < 2) break;
    after = page[1]?.username ?? "";
  }
  assert.deepEqual(all, [...new Set(all)].sort());
  assert.equal(all.length, count);
  const [entry] = await read((work) => desiredEntries(work, "", 1));
  const entryId = randomUUID();
  const write = (version: number) => change((work) => markWritten(work, entry?.accountId ?? 0, { version, entryId }));
  await write(7);
  await write(3);
  const { rows } = await database.pool.query("select written_version, entry_id from account where id = $1", [
    entry?.accountId,
  ]);
  assert.deepEqual(rows, [{ written_version: 7, entry_id: entryId }]);
});
