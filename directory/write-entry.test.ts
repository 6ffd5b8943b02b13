// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Entries that follow their accounts: renamed, locked, listed, and left alone when not ours; against both servers.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openLine } from "@cdb/dev/directory/test-line.ts";
import { kinds, startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import type { Directory } from "./directory.ts";
import { all, change } from "./entry.ts";
import { DirectoryUnavailable, EntryTaken } from "./errors.ts";

const password = "analytical engine";
const right = { outcome: "right" };
const wrong = { outcome: "wrong" };

for (const kind of kinds) {
  describe(`an entry in ${kind}`, { timeout: 240_000 }, () => {
    let server: TestServer;
    let directory: Directory;

    before(async () => {
      server = await startTestServer(kind);
      directory = server.open();
    });

    after(async () => {
      await directory?.close();
      await server?.remove();
    });

    async function add(username: string): Promise<void> {
      await server.addPerson({ username, password, name: `${username} Example`, mail: `${username}@example.org` });
    }

    const dnOf = (username: string): string => `uid=${username},ou=people,${server.baseDn}`;
    const known = { ourGroups: ["crew", "staff"], formerUsernames: [], id: null };
    const bare = (username: string) => ({
      ...{ username, displayName: "Bare", surname: "Bare", mail: `${username}@example.org` },
      groups: [] as string[],
    });

    test("of a change that was given up nothing more is written, however late the answers come", async (t) => {
      const line = await openLine(server.port);
      const slow = server.open({ url: line.url, timeoutMs: 600 });
      t.after(async () => {
        await slow.close();
        await line.close();
      });
      await slow.writeEntry(bare("early"), known);
      line.delayMs = 250;
      const late = slow.writeEntry({ ...bare("late"), groups: ["crew", "staff", "later"] }, known);
      await assert.rejects(late, DirectoryUnavailable);
      Object.assign(line, { delayMs: 0, sent: "" });
      // Answers come in their order: what it waited for is there before these.
      for (let times = 0; times < 6; times++) await slow.findEntry("nobody");
      assert.doesNotMatch(line.sent, /cn=(crew|staff|later)/);
    });

    test("a renamed entry keeps its id, password and groups, those made by hand too, whoever does it again", async () => {
      await add("before");
      await server.asAdmin((client) =>
        client.add(`cn=R&D\\, by hand,ou=groups,${server.baseDn}`, {
          objectClass: "groupOfNames",
          member: [dnOf("before")],
        }),
      );
      const { id } = await directory.writeEntry({ ...bare("before"), groups: ["crew"] }, known);
      const renamed = { ...known, id, formerUsernames: ["before"] };
      for (const attempt of [renamed, { ...renamed, id: null }, renamed]) {
        const written = await directory.writeEntry({ ...bare("behind"), groups: ["crew"] }, attempt);
        assert.equal(written.id, id);
      }
      assert.equal(await directory.findEntry("before"), undefined);
      assert.deepEqual(await directory.groupsOf("behind"), ["R&D, by hand", "crew"]);
      assert.deepEqual(await directory.checkPassword("behind", password), right);
      assert.deepEqual(await directory.checkPassword("before", password), wrong);
      const memberOf = await server.asAdmin((client) => client.search(dnOf("behind"), { attributes: ["memberOf"] }));
      assert.equal(memberOf.searchEntries.flatMap((it) => all(it, "memberOf")).length, 2);
    });

    test("an entry that somebody renamed or moved by hand is found by its id and gets its name back", async () => {
      await add("moved");
      const { id } = await directory.writeEntry(bare("moved"), known);
      await server.asAdmin((client) => client.modifyDN(dnOf("moved"), "uid=elsewhere"));
      const { differences } = await directory.writeEntry(bare("moved"), { ...known, id });
      assert.deepEqual(differences, [{ kind: "attribute", what: "uid" }]);
      assert.deepEqual(await directory.checkPassword("moved", password), right);
      assert.deepEqual((await directory.writeEntry(bare("moved"), { ...known, id })).differences, []);
    });

    test("a locked entry opens with no password, not even a new one, until it is unlocked", async () => {
      await add("paused");
      await directory.writeEntry({ ...bare("paused"), groups: ["crew"] }, known);
      const { differences } = await directory.writeEntry({ ...bare("paused"), isLocked: true }, known);
      assert.deepEqual(differences.map(({ kind }) => kind).sort(), ["group", "locked"]);
      assert.deepEqual(await directory.checkPassword("paused", password), { outcome: "refused", reason: "locked" });
      await directory.setPassword("paused", "difference engine");
      assert.equal((await directory.checkPassword("paused", "difference engine")).outcome, "refused");
      assert.equal((await directory.findEntry("paused"))?.isLocked, true);
      await directory.writeEntry(bare("paused"), known);
      assert.deepEqual(await directory.checkPassword("paused", "difference engine"), right);
      const byHand = change("replace", "pwdAccountLockedTime", ["000001010000Z"]);
      await server.asAdmin((client) => client.modify(dnOf("paused"), byHand));
      assert.equal((await directory.checkPassword("paused", "difference engine")).outcome, "refused");
      const after = await directory.writeEntry(bare("paused"), known);
      assert.deepEqual(after.differences, [{ kind: "locked", what: "shall not be locked" }]);
      assert.deepEqual(await directory.checkPassword("paused", "difference engine"), right);
    });

    test("an entry may be locked from its first moment on", async () => {
      await directory.writeEntry({ ...bare("early"), isLocked: true }, known);
      assert.deepEqual((await directory.writeEntry({ ...bare("early"), isLocked: true }, known)).differences, []);
      await directory.setPassword("early", password);
      assert.equal((await directory.checkPassword("early", password)).outcome, "refused");
    });

    test("an entry that was there before and is not ours is neither taken over nor removed", async () => {
      const by = { objectClass: "inetOrgPerson", cn: "Theirs", sn: "Theirs", userPassword: password };
      await server.asAdmin((client) => client.add(dnOf("theirs"), by));
      await assert.rejects(directory.writeEntry(bare("theirs"), known), EntryTaken);
      assert.equal(await directory.removeEntry("theirs", known), undefined);
      assert.equal((await directory.findEntry("theirs"))?.surname, "Theirs");
      const id = (await directory.findEntry("theirs"))?.id ?? assert.fail();
      await directory.writeEntry(bare("theirs"), { ...known, id });
      assert.equal((await directory.findEntry("theirs"))?.surname, "Bare");
      assert.deepEqual(await directory.checkPassword("theirs", password), right);
    });

    test("what a dry run tells is what a write does, and nothing is changed by it", async () => {
      const entry = { ...bare("dry"), groups: ["crew"] };
      const dry = await directory.writeEntry(entry, known, { dryRun: true });
      assert.equal(await directory.findEntry("dry"), undefined);
      assert.deepEqual((await directory.writeEntry(entry, known)).differences, dry.differences);
      const changed = { ...entry, mail: "other@example.org", groups: [] };
      const told = (await directory.writeEntry(changed, known, { dryRun: true })).differences;
      assert.deepEqual(told, [
        { kind: "attribute", what: "mail" },
        { kind: "group", what: "crew" },
      ]);
      assert.equal((await directory.findEntry("dry"))?.mail, "dry@example.org");
      assert.deepEqual((await directory.writeEntry(changed, known)).differences, told);
      assert.ok(await directory.removeEntry("dry", known, { dryRun: true }));
      assert.ok(await directory.findEntry("dry"));
    });

    test("all entries are listed, more than a server gives at once, each with the mark of what it shows", async () => {
      await server.asAdmin(async (client) => {
        const uids = Array.from({ length: 505 }, (_, number) => `many${number}`);
        await Promise.all(uids.map((uid) => client.add(dnOf(uid), { objectClass: "inetOrgPerson", cn: uid, sn: uid })));
      });
      const entry = { ...bare("marked"), givenName: "Zoë", groups: ["crew"] };
      await directory.writeEntry(entry, known);
      const listed = [];
      for await (const page of directory.listEntries(known.ourGroups)) listed.push(...page);
      assert.equal(listed.filter(({ usernames }) => /^many\d+$/.test(usernames[0] ?? "")).length, 505);
      assert.equal(new Set(listed.map(({ id }) => id)).size, listed.length);
      const found = listed.find(({ usernames }) => usernames[0] === "marked") ?? assert.fail();
      const mark = await directory.marker();
      assert.equal(found.mark, mark(entry));
      assert.deepEqual([found.name, found.mail, found.groups], ["Bare", ["marked@example.org"], ["crew"]]);
      for (const other of [{ surname: "B" }, { groups: [] }, { isLocked: true }, { givenName: "Zoe" }])
        assert.notEqual(found.mark, mark({ ...entry, ...other }), JSON.stringify(other));
    });
  });
}
