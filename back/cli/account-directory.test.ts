// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { change } from "@cdb/directory/entry.ts";
import { openAccount } from "../data/accounts/account.ts";
import { makeAccounts } from "../test/accounts.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const server = await startTestServer("the embedded directory");
after(() => server.remove());
const settings = {
  ...{ DATABASE_URL: url, LDAP_URL: server.url, LDAP_BASE_DN: server.baseDn },
  ...{ LDAP_BIND_DN: server.bindDn, LDAP_BIND_PASSWORD: server.bindPassword },
};
const dnOf = (username: string) => `uid=${username},ou=people,${server.baseDn}`;

async function cdb(...args: string[]) {
  const { code, out, err } = await runCdb(["accounts", ...args, "--json"], settings);
  assert.equal(err, "");
  return { code, json: JSON.parse(out) };
}

test("accounts reconcile tells each difference, mends it, and leaves with 1 while something is left", async () => {
  await makeAccounts(database, "anna", 3);
  assert.equal((await cdb("reconcile", "--dry-run")).json.waiting, 3);
  assert.deepEqual((await cdb("reconcile")).json, {
    ...{ dryRun: false, accounts: 3, entries: 0, waiting: 3, differences: [] },
  });
  await server.asAdmin(async (client) => {
    await client.modify(dnOf("anna1"), change("replace", "sn", ["Other"]));
    await client.add(dnOf("nobodys"), { objectClass: "inetOrgPerson", cn: "x", sn: "x" });
  });
  const nobodys = { kind: "extra", what: "entry of nobody", username: "nobodys", mended: false };
  const changed = { kind: "attribute", what: "sn", username: "anna1" };
  const dry = await cdb("reconcile", "--dry-run");
  assert.deepEqual([dry.code, dry.json.differences], [1, [{ ...changed, mended: false }, nobodys]]);
  const done = await runCdb(["accounts", "reconcile"], settings);
  assert.match(
    done.out,
    /anna1 +attribute +sn +mended\nnobodys +extra +entry of nobody +look\n3 accounts, 4 entries: 2 differ, 1 mended, 1 left\./,
  );
  assert.deepEqual((await cdb("reconcile")).json.differences, [nobodys]);
  await server.asAdmin((client) => client.del(dnOf("nobodys")));
  assert.equal((await cdb("reconcile")).code, 0);
});

test("a directory that does not answer, or says no, is named with its own exit code", async () => {
  const away = await runCdb(["accounts", "reconcile"], { ...settings, LDAP_URL: "ldap://127.0.0.1:1" });
  assert.equal(away.code, 3);
  assert.match(away.err, /^The directory cannot be reached: .*ECONNREFUSED/);
  const wrong = await runCdb(["accounts", "adopt"], { ...settings, LDAP_BIND_PASSWORD: "another" });
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^The directory refused \(code 49\).*See `cdb doctor`\.\n$/);
  assert.equal((await runCdb(["accounts", "reconcile"], { DATABASE_URL: url })).code, 2);
});

test("accounts adopt links by username and address, says each conflict in words, and changes nothing else", async () => {
  const person = (email: string, name: string) =>
    database.transaction(administrator, async (work) => {
      const made = await makePerson(work, { email, name });
      made.confirm(work, "coordinator");
      return made;
    });
  const open = (email: string, username: string) =>
    database.transaction(administrator, async (work) => {
      const made = await makePerson(work, { email });
      made.confirm(work, "coordinator");
      await openAccount(work, made, username);
    });
  await person("Clara@Bücher.example", "Clara");
  await person("shared@example.org", "Shared");
  await database.transaction(administrator, (work) =>
    makePerson(work, { email: "unsure@example.org", confirmation: "mail" }),
  );
  await open("dora@example.org", "dora");
  await open("emil@example.org", "emil");
  await open("fritz@example.org", "fritz");
  await person("root@example.org", "Root");
  const there: [username: string, mail: string[], outcome: string, says: RegExp][] = [
    ["clara", ["clara@xn--bcher-kva.example"], "linked", /By the address/],
    ["dora", ["DORA@example.org", "d@example.org"], "linked", /By the username/],
    ["emil", [], "linked", /By the username/],
    ["fritz", ["somebody@example.org"], "conflict", /belongs to somebody with another address/],
    ["fred", ["fritz@example.org"], "conflict", /has a username already/],
    ["one", ["shared@example.org"], "conflict", /Several entries/],
    ["two", ["shared@example.org"], "conflict", /Several entries/],
    ["unsure", ["unsure@example.org"], "conflict", /has not confirmed/],
    ["stranger", ["stranger@example.org"], "nobody", /Nobody whom we know/],
    ["admin", ["root@example.org"], "conflict", /reserved/],
    ["x y", [], "nobody", /Nobody/],
  ];
  await server.asAdmin(async (client) => {
    for (const [uid, mail] of there)
      await client.add(dnOf(uid), { objectClass: "inetOrgPerson", cn: uid, sn: uid, ...(mail.length > 0 && { mail }) });
  });
  const entryOf = () =>
    server.asAdmin(
      async (client) => (await client.search(`ou=people,${server.baseDn}`, { attributes: ["*", "+"] })).searchEntries,
    );
  const before = await entryOf();
  const outcomes = ({ json }: Awaited<ReturnType<typeof cdb>>) =>
    new Map<string, { outcome: string; says: string }>(
      json.entries.map((it: { username: string }) => [it.username, it]),
    );
  for (const run of [await cdb("adopt", "--dry-run"), await cdb("adopt")]) {
    assert.equal(run.code, 1);
    for (const [username, , outcome, says] of there) {
      assert.equal(outcomes(run).get(username)?.outcome, outcome, username);
      assert.match(outcomes(run).get(username)?.says ?? "", says, username);
    }
    assert.equal(run.json.totals.linked, 3);
  }
  const again = await cdb("adopt");
  assert.deepEqual([again.json.totals.linked, again.json.totals.linkedBefore], [0, 3 + 3]);
  assert.deepEqual(await entryOf(), before);
  const { rows } = await database.pool.query("select name from pgboss.job where data->>'username' = 'clara'");
  assert.deepEqual(rows, []);
  const dry = await cdb("reconcile", "--dry-run");
  const ofClara = dry.json.differences.filter((it: { username: string }) => it.username === "clara");
  assert.ok(ofClara.length > 0 && ofClara.every(({ kind }: { kind: string }) => kind === "attribute"));
});

test("a dry run of many entries tells what would become of each, also of those far apart", async () => {
  const { id } = await database.transaction(administrator, async (work) => {
    const made = await makePerson(work, { email: "first@example.org" });
    made.confirm(work, "coordinator");
    return made;
  });
  await database.pool.query("update person set secondary_email = 'second@example.org' where id = $1", [id]);
  await server.asAdmin(async (client) => {
    const add = (uid: string, mail: string) =>
      client.add(dnOf(uid), { objectClass: "inetOrgPerson", cn: uid, sn: uid, mail });
    await add("hers", "first@example.org");
    for (let n = 0; n < 201; n++) await add(`between${n}`, `between${n}@example.org`);
    await add("hers-too", "second@example.org");
  });
  const dry = await cdb("adopt", "--dry-run");
  const done = await cdb("adopt");
  assert.deepEqual(dry.json.totals, done.json.totals);
  assert.deepEqual(dry.json.entries, done.json.entries);
});
