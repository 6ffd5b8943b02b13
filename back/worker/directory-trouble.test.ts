// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The table of trouble with the directory: whatever happens, it says so, nothing is half done for good, and afterwards nothing differs.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { makeCertificate } from "@cdb/dev/directory/certificate.ts";
import { startDirectory } from "@cdb/dev/directory/server.ts";
import { openLine } from "@cdb/dev/directory/test-line.ts";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { until } from "@cdb/dev/until.ts";
import { change } from "@cdb/directory/entry.ts";
import { DirectoryRefused, DirectoryUnavailable } from "@cdb/directory/errors.ts";
import type { AccountDifference } from "../data/accounts/reconcile.ts";
import { makeAccounts } from "../test/accounts.ts";
import { freshDatabase } from "../test/database.ts";
import { carryEntry } from "./carry-entry.ts";
import { reconcileAccounts } from "./reconcile-accounts.ts";

const { database } = await freshDatabase();
const server = await startTestServer("OpenLDAP");
const line = await openLine(server.port);
const impostor = await startDirectory({ tls: makeCertificate(server.folder, "impostor") });
const directory = server.open({
  url: `ldap://localhost:${line.port}?starttls`,
  caFile: server.caFile,
  timeoutMs: 2_000,
});
after(async () => {
  await directory.close();
  await line.close();
  await impostor.stop();
  await server.remove();
});

const password = "analytical engine";
const dnOf = (username: string) => `uid=${username},ou=people,${server.baseDn}`;
const configureDatabase = (changes: string) =>
  server.configure(`dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n${changes}`);
const asService = (secret: string) =>
  server.asAdmin((it) => it.modify(server.bindDn, change("replace", "userPassword", [secret])));
const readOnly = (is: boolean) => configureDatabase(`replace: olcReadOnly\nolcReadOnly: ${is ? "TRUE" : "FALSE"}\n`);
const referring = `replace: olcSyncrepl\nolcSyncrepl: rid=001 provider=ldap://127.0.0.1:1 bindmethod=simple searchbase="${server.baseDn}" type=refreshOnly interval=00:00:01:00 retry="60 +"\n-\nreplace: olcUpdateRef\nolcUpdateRef: ldap://127.0.0.1:1\n`;

interface Trouble {
  what: string;
  begin(): unknown;
  end(): unknown;
  says: [new (...args: never[]) => Error, RegExp];
  /** Of three changes so many are not carried; all, unless said. */
  atLeast?: number;
}

const gone: Trouble["says"] = [DirectoryUnavailable, /cannot be reached|did not answer within/];
const on = (changed: Partial<typeof line>) => () => {
  Object.assign(line, changed);
  line.drop();
};
const troubles: Trouble[] = [
  { what: "is slow", begin: on({ delayMs: 1_100 }), end: on({ delayMs: 0 }), says: gone },
  { what: "refuses connections", begin: on({ isRefusing: true }), end: on({ isRefusing: false }), says: gone },
  { what: "hangs", begin: on({ isCut: true }), end: on({ isCut: false }), says: gone },
  {
    what: "does what it is asked and never says so",
    begin: () => Object.assign(line, { isDeaf: true }),
    end: on({ isDeaf: false }),
    says: gone,
  },
  {
    what: "breaks off in the middle of an answer",
    begin: on({ breaksAfter: 1_200 }),
    end: on({ breaksAfter: Number.POSITIVE_INFINITY }),
    says: gone,
  },
  { what: "is stopped and started again", begin: () => server.stop(), end: () => server.start(), says: gone },
  {
    what: "is somebody else, by the certificate",
    begin: on({ target: impostor.port }),
    end: on({ target: server.port }),
    says: [DirectoryUnavailable, /self-signed certificate/],
  },
  {
    what: "takes no changes",
    begin: () => readOnly(true),
    end: () => readOnly(false),
    says: [DirectoryRefused, /code 53/],
  },
  {
    what: "is full",
    begin: () => configureDatabase("replace: olcDbMaxSize\nolcDbMaxSize: 4096\n"),
    end: () => configureDatabase("replace: olcDbMaxSize\nolcDbMaxSize: 67108864\n"),
    says: [DirectoryRefused, /code 80/],
    // A small change may find a free page.
    atLeast: 1,
  },
  {
    what: "is a replica that sends elsewhere",
    begin: () => configureDatabase(referring),
    end: () => configureDatabase("delete: olcUpdateRef\n-\ndelete: olcSyncrepl\n"),
    says: [DirectoryRefused, /code 10/],
  },
  {
    what: "knows another password of ours",
    begin: async () => {
      await asService("another password");
      line.drop();
    },
    end: () => asService(server.bindPassword),
    says: [DirectoryRefused, /code 49/],
  },
];

const usernames = await makeAccounts(database, "anna", 4 * troubles.length);
await reconcileAccounts(database, directory);

for (const { what, begin, end, says, atLeast = 3 } of troubles)
  test(`a directory that ${what}: it is said, and afterwards nothing differs and no password is lost`, async () => {
    const [renamed = "", closed = "", named = "", meddled = ""] = usernames.splice(0, 4);
    for (const username of [renamed, named, meddled])
      await server.asAdmin((it) => it.modify(dnOf(username), setPassword()));
    await server.asAdmin((it) => it.modifyDN(dnOf(meddled), `uid=not-${meddled}`));
    let told: AccountDifference[] | undefined;
    await begin();
    try {
      await changeThree(renamed, closed, named);
      const tried = await Promise.allSettled(
        [renamed, closed, named].map((username) => carryEntry(database, directory, { username })),
      );
      const refused = tried.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
      assert.ok(refused.length >= atLeast, JSON.stringify(tried));
      for (const error of refused) {
        assert.ok(error instanceof says[0], String(error));
        assert.match(error.message, says[1]);
      }
      // Where nothing can be written, much can be read: then what could not be mended is told.
      const report = await reconcileAccounts(database, directory).catch(() => undefined);
      told = report?.differences.filter(({ username }) => username === meddled);
      assert.notEqual(told?.length, 0);
    } finally {
      await end();
    }

    await until(async () => (await directory.check()).ok);
    const dry = await reconcileAccounts(database, directory, { dryRun: true });
    const wasMended = told?.every(({ mended }) => mended) ?? false;
    const expected = { kind: "attribute", what: "uid", username: meddled, mended: false };
    assert.deepEqual(dry.differences, wasMended ? [] : [expected]);
    for (const username of [renamed, closed, named]) await carryEntry(database, directory, { username });
    await reconcileAccounts(database, directory);
    const left = await reconcileAccounts(database, directory, { dryRun: true });
    assert.deepEqual([left.differences, left.waiting, left.accounts], [[], 0, left.entries]);
    for (const username of [`${renamed}-new`, named, meddled])
      assert.equal((await directory.checkPassword(username, password)).outcome, "right", username);
    assert.equal(await directory.findEntry(closed), undefined);
  });

function setPassword() {
  return change("replace", "userPassword", [password]);
}

/** One account is renamed, one closed, and one of somebody who has another name now. */
async function changeThree(renamed: string, closed: string, named: string): Promise<void> {
  const set = (values: string, username: string) =>
    database.pool.query(`update account set ${values}, desired_version = desired_version + 1 where username = $1`, [
      username,
    ]);
  await set("username = username || '-new', former_usernames = former_usernames || username", renamed);
  await set("state = 'closed'", closed);
  await set("by_hand = true", named);
  await database.pool.query(
    "update person set name = 'Another ' || repeat('Name', 5000) where id = (select person_id from account where username = $1)",
    [named],
  );
}
