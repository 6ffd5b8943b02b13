// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { change } from "@cdb/directory/entry.ts";
import type { Client } from "ldapts";
import { queueEntry } from "../data/accounts/directory-entry.ts";
import { makeAccounts } from "../test/accounts.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator } from "../test/make.ts";
import { carryEntry } from "./carry-entry.ts";
import { reconcileAccounts } from "./reconcile-accounts.ts";

const { database } = await freshDatabase();
const server = await startTestServer("OpenLDAP");
const directory = server.open();
after(async () => {
  await directory.close();
  await server.remove();
});

const dnOf = (username: string) => `uid=${username},ou=people,${server.baseDn}`;
const groupDn = (name: string) => `cn=${name},ou=groups,${server.baseDn}`;
const compare = (dryRun = false) => reconcileAccounts(database, directory, { dryRun });
const usernames = await makeAccounts(database, "anna", 520);
const lockedForEver = change("replace", "pwdAccountLockedTime", ["000001010000Z"]);

/** Ways to meddle with an entry: by which class of difference each is to be found. */
const meddling: [kind: string, what: string, number: number, (client: Client, username: string) => Promise<void>][] = [
  ["missing", "entry", 100, (client, username) => client.del(dnOf(username))],
  ["attribute", "sn", 20, (client, username) => client.modify(dnOf(username), change("replace", "sn", ["Other"]))],
  ["attribute", "mail", 20, (client, username) => client.modify(dnOf(username), change("replace", "mail", ["x@y.z"]))],
  [
    "attribute",
    "givenName",
    20,
    (client, username) => client.modify(dnOf(username), change("add", "givenName", ["É"])),
  ],
  [
    "attribute",
    "mailLocalAddress",
    20,
    (client, name) => client.modify(dnOf(name), change("delete", "mailLocalAddress", [])),
  ],
  ["attribute", "uid", 20, (client, username) => client.modifyDN(dnOf(username), `uid=not-${username}`)],
  [
    "group",
    "coordinators",
    50,
    (client, name) => client.modify(groupDn("coordinators"), change("add", "member", [dnOf(name)])),
  ],
  [
    "group",
    "volunteers",
    50,
    (client, name) => client.modify(groupDn("volunteers"), change("delete", "member", [dnOf(name)])),
  ],
  [
    "locked",
    "shall not be locked",
    50,
    (client, name) => client.modify(dnOf(name), change("replace", "pwdEndTime", ["20200101000000Z"])),
  ],
  ["locked", "shall not be locked", 50, (client, name) => client.modify(dnOf(name), lockedForEver)],
];

test("the first comparison carries what is on its way, and the next one finds nothing", async () => {
  const first = await compare();
  assert.deepEqual([first.accounts, first.waiting, first.differences], [520, 520, []]);
  const second = await compare();
  assert.deepEqual(second, { accounts: 520, entries: 520, waiting: 0, differences: [] });
});

test("of 500 differences all are found and no other, what is ours is mended, and then none is left", async () => {
  const volunteers = new Set<string>();
  for await (const page of directory.listEntries(["volunteers"]))
    for (const entry of page) if (entry.groups.length > 0) volunteers.add(entry.usernames[0] ?? "");
  const free = new Set(usernames);
  const planted: string[] = [];
  await server.asAdmin(async (client) => {
    await client.add(groupDn("coordinators"), { objectClass: "groupOfNames", member: `cn=nobody,${server.baseDn}` });
    await client.add(groupDn("choir"), { objectClass: "groupOfNames", member: dnOf("anna519") });
    for (const [kind, what, number, meddle] of meddling)
      for (const username of [...free].filter((it) => what !== "volunteers" || volunteers.has(it)).slice(0, number)) {
        await meddle(client, username);
        free.delete(username);
        planted.push(`${username} ${kind} ${what}`);
      }
    for (let n = 0; n < 100; n++) {
      const uid = `stranger${n}`;
      await client.add(dnOf(uid), { objectClass: "inetOrgPerson", cn: uid, sn: uid });
      planted.push(`${uid} extra entry of nobody`);
    }
    // What is not ours to say is no difference.
    for (const username of free) {
      await client.modify(dnOf(username), change("replace", "telephoneNumber", ["+49 30 1"]));
      await client.modify(dnOf(username), change("replace", "pwdEndTime", ["20991231000000Z"]));
      await client.modify(dnOf(username), change("replace", "pwdAccountLockedTime", ["20260101000000Z"]));
    }
  });
  assert.equal(planted.length, 500);
  const told = ({ differences }: Awaited<ReturnType<typeof compare>>) =>
    differences.map(({ username, kind, what }) => `${username} ${kind} ${what}`).sort();
  for (const report of [await compare(true), await compare(true), await compare()]) {
    assert.deepEqual(told(report), planted.toSorted());
    assert.equal(report.waiting, 0);
  }
  const after = await compare();
  assert.deepEqual(told(after), planted.filter((it) => it.startsWith("stranger")).sort());
  await server.asAdmin(async (client) => {
    for (let n = 0; n < 100; n++) await client.del(dnOf(`stranger${n}`));
  });
  assert.deepEqual((await compare()).differences, []);
  assert.ok((await directory.groupsOf("anna519")).includes("choir"));
});

test("an entry that was restored under a new id is taken for the old one, and the account learns the id", async () => {
  const id = async () => (await directory.findEntry("anna2"))?.id;
  const before = await id();
  await server.asAdmin(async (client) => {
    const [entry] = (await client.search(dnOf("anna2"), { scope: "base" })).searchEntries;
    const { dn, ...attributes } = entry ?? assert.fail();
    await client.del(dn);
    await client.add(dn, attributes as Record<string, string[]>);
  });
  assert.notEqual(await id(), before);
  const volunteer = (await compare(true)).differences.filter(({ kind }) => kind === "group").length;
  const { differences } = await compare();
  assert.deepEqual(differences[0], { kind: "attribute", what: "entryUUID", username: "anna2", mended: true });
  assert.equal(differences.length, 1 + volunteer);
  assert.deepEqual((await compare()).differences, []);
});

test("a change on its way is counted, told as no difference, and carried", async () => {
  const { rows } = await database.pool.query("select person_id from account where username = 'anna3'");
  await database.pool.query("update person set name = 'Anna Other' where id = $1", [rows[0].person_id]);
  await database.transaction(administrator, (work) => queueEntry(work, rows[0].person_id));
  const dry = await compare(true);
  assert.deepEqual([dry.waiting, dry.differences], [1, []]);
  assert.equal((await compare()).waiting, 1);
  assert.deepEqual((await directory.findEntry("anna3"))?.surname, "Other");
});

test("an entry that is there already when somebody takes its name is told, and left alone with its password", async () => {
  await server.asAdmin((client) =>
    client.add(dnOf("bert0"), {
      objectClass: "inetOrgPerson",
      cn: "Bert",
      sn: "Bert",
      userPassword: "a long password",
    }),
  );
  await makeAccounts(database, "bert", 1);
  for (const dryRun of [true, false]) {
    const [difference, ...more] = (await compare(dryRun)).differences;
    assert.deepEqual([difference?.kind, difference?.mended, more], ["missing", false, []]);
    assert.match(difference?.what ?? "", /not ours.*cdb accounts adopt/);
  }
  assert.equal((await directory.findEntry("bert0"))?.surname, "Bert");
  await database.pool.query("update account set state = 'closed' where username = 'bert0'");
  assert.deepEqual((await compare()).differences, [
    { kind: "extra", what: "entry of nobody", username: "bert0", mended: false },
  ]);
  await server.asAdmin((client) => client.del(dnOf("bert0")));
});

test("the entry of a closed account goes; a list that breaks off tells nothing", async () => {
  await database.pool.query("update account set state = 'closed' where username = 'anna4'");
  assert.deepEqual((await compare()).differences, [
    { kind: "extra", what: "entry of a closed account", username: "anna4", mended: true },
  ]);
  server.configure(
    "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcLimits\nolcLimits: * size=100 size.prtotal=100\n",
  );
  const fresh = server.open();
  await assert.rejects(reconcileAccounts(database, fresh), /refused \(code (4|11)\)/);
  await fresh.close();
  await assert.doesNotReject(carryEntry(database, directory, { username: "anna5" }));
});
