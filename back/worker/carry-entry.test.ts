// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@cdb/api/client.ts";
import { openLine } from "@cdb/dev/directory/test-line.ts";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { until } from "@cdb/dev/until.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { queueEntry } from "../data/accounts/directory-entry.ts";
import { openSmtp } from "../mail/smtp.ts";
import { openTemplates } from "../mail/templates.ts";
import { makeAccounts } from "../test/accounts.ts";
import { freshDatabase, organisation } from "../test/database.ts";
import { administrator } from "../test/make.ts";
import { carryEntry } from "./carry-entry.ts";
import { openWorker } from "./open-worker.ts";
import { reconcileAccounts } from "./reconcile-accounts.ts";
import { watchDirectory } from "./watch-directory.ts";

const { database, url } = await freshDatabase();
const server = await startTestServer("OpenLDAP");
const line = await openLine(server.port);
const [directory, other] = [server.open(), server.open()];
after(async () => {
  await Promise.all([directory.close(), other.close()]);
  await line.close();
  await server.remove();
});

const password = "analytical engine";
const rename = (from: string, to: string) =>
  database.pool.query(
    `update account set username = $2, former_usernames = former_usernames || $1::text, desired_version = desired_version + 1
      where username = $1`,
    [from, to],
  );
const compare = () => reconcileAccounts(database, directory, { dryRun: true });
const writtenVersion = async (username: string) =>
  (await database.pool.query("select written_version, desired_version from account where username = $1", [username]))
    .rows[0];

test("two workers and old tasks at once leave one entry, in the newest state, with its password", async () => {
  await makeAccounts(database, "bert", 1);
  await carryEntry(database, directory, { username: "bert0" });
  await directory.setPassword("bert0", password);
  const carryAll = (names: string[]) =>
    Promise.all(
      [directory, other].flatMap((each) => names.map((username) => carryEntry(database, each, { username }))),
    );
  await Promise.all([carryAll(["bert0", "bert0"]), rename("bert0", "bert1"), carryAll(["bert0", "bert0"])]);
  await Promise.all([rename("bert1", "bert2"), carryAll(["bert2", "bert0", "bert1", "bert2"])]);
  // A task that comes late, by whatever name.
  for (const username of ["bert0", "bert1", "bert2"]) await carryEntry(database, other, { username });
  assert.equal((await directory.checkPassword("bert2", password)).outcome, "right");
  assert.deepEqual(await writtenVersion("bert2"), { written_version: 3, desired_version: 3 });
  const { entries, accounts, differences } = await compare();
  assert.deepEqual([entries, accounts, differences], [1, 1, []]);
});

test("an account that is gone takes its entry along, by the id also when somebody renamed the entry by hand", async () => {
  await makeAccounts(database, "clara", 2);
  for (const username of ["clara0", "clara1"]) await carryEntry(database, directory, { username });
  const entryId = (await directory.findEntry("clara1"))?.id ?? assert.fail();
  await server.asAdmin((client) => client.modifyDN(`uid=clara1,ou=people,${server.baseDn}`, "uid=hidden"));
  await database.pool.query("delete from account where username like 'clara%'");
  await carryEntry(database, directory, { username: "clara0" });
  await carryEntry(database, directory, { username: "clara1", entryId });
  for (const username of ["clara0", "clara1", "hidden"]) assert.equal(await directory.findEntry(username), undefined);
});

test("a worker that is killed between database and directory, again and again, leaves nothing half done", async () => {
  const usernames = await makeAccounts(database, "doris", 60);
  const program = path.join(import.meta.dirname, "test", "carry-all.ts");
  const { baseDn, bindDn, bindPassword } = server;
  const settings = JSON.stringify({ url: line.url, baseDn, bindDn, bindPassword });
  line.delayMs = 5;
  let names = usernames;
  for (let round = 0; round < 6; round++) {
    const child = fork(program, [url, settings, ...names], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const exited = once(child, "exit");
    await Promise.race([once(child, "message"), exited]);
    await pause(30 + round * 40);
    // Half of them are called otherwise while they are under way.
    if (round % 2 === 0) {
      for (const name of names.slice(0, 30)) await rename(name, `${name}x`);
      names = [...names.slice(0, 30).map((name) => `${name}x`), ...names.slice(30)];
    }
    child.kill("SIGKILL");
    await exited;
  }
  line.delayMs = 0;
  for (const username of names) await carryEntry(database, directory, { username });
  const { differences, waiting } = await compare();
  assert.deepEqual([differences, waiting], [[], 0]);
  const found = await Promise.all(names.map((username) => directory.findEntry(username)));
  assert.equal(new Set(found.map((entry) => entry?.id)).size, 60);
});

test("a directory that hangs lets nobody wait but those who asked it", async () => {
  const usernames = await makeAccounts(database, "frida", 12);
  const hanging = server.open({ url: line.url, timeoutMs: 1_000 });
  Object.assign(line, { isCut: true, sent: "" });
  try {
    let settled = 0;
    const carried = Promise.allSettled(
      usernames.map((username) =>
        carryEntry(database, hanging, { username }).finally(() => {
          settled += 1;
        }),
      ),
    );
    await until(() => line.sent !== "");
    await database.transaction(administrator, async (work) => work.rows("select 1", []));
    assert.equal(settled, 0);
    assert.ok((await carried).every(({ status }) => status === "rejected"));
  } finally {
    Object.assign(line, { isCut: false });
    line.drop();
    await hanging.close();
  }
});

test("when the directory is back the waiting changes follow, and whatever it lost is looked for", async () => {
  const usernames = await makeAccounts(database, "emil", 30);
  for (const username of usernames) await carryEntry(database, directory, { username });
  const log = openLog("test", "silent");
  const away = server.open({ url: line.url, timeoutMs: 1_000 });
  const smtp = openSmtp("smtp://127.0.0.1:1");
  const office = {
    database,
    smtp,
    organisation,
    templates: openTemplates(),
    frontUrl: "",
    linkSecret: "a secret for tests",
  };
  const auth: Client = { call: () => Promise.reject(new Error("nobody asks auth here")) };
  const worker = await openWorker(url, office, away, { renewals: {}, listers: {}, auth }, log);
  const endWatch = watchDirectory(database, away, log, 200);
  try {
    Object.assign(line, { isRefusing: true });
    line.drop();
    const { rows } = await database.pool.query(
      "select person_id, username from account where username like 'emil%' and username <> 'emil0'",
    );
    await database.pool.query(
      "update person set name = 'Emil Other' where name like 'Given emil%' and name <> 'Given emil0'",
    );
    await database.transaction(administrator, async (work) => {
      for (const { person_id } of rows) await queueEntry(work, person_id);
    });
    await until(
      async () =>
        (await database.pool.query("select from pgboss.job where name = 'write-entry' and retry_count > 0")).rowCount,
    );
    await server.asAdmin((client) => client.del(`uid=emil0,ou=people,${server.baseDn}`));
    await pause(500);
    Object.assign(line, { isRefusing: false });
    await until(
      async () => (await database.pool.query("select from pgboss.job where name = 'reconcile-accounts'")).rowCount,
      30_000,
    );
    await until(async () => {
      const { differences, waiting } = await compare();
      return differences.length + waiting === 0;
    }, 60_000);
    assert.equal((await directory.findEntry(rows[0].username))?.surname, "Other");
    assert.ok(await directory.findEntry("emil0"));
  } finally {
    endWatch();
    await worker.stop();
    await away.close();
    smtp.close();
  }
});
