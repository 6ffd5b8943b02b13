// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Who is in which group, held against the embedded server and against OpenLDAP.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kinds, startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import { DN } from "ldapts";
import type { Directory } from "./directory.ts";
import { all } from "./entry.ts";

for (const kind of kinds) {
  describe(`groups in ${kind}`, { timeout: 120_000 }, () => {
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

    const dnOf = (username: string): string => `uid=${username},ou=people,${server.baseDn}`;

    test("groups show in memberOf, and the last member may leave", async () => {
      const entry = { username: "alone", displayName: "Alone", surname: "Alone", mail: "alone@example.org" };
      const memberOf = (): Promise<string[]> =>
        server.asAdmin(async (client) => {
          const found = await client.search(dnOf("alone"), { scope: "base", attributes: ["memberOf"] });
          return found.searchEntries.flatMap((it) => all(it, "memberOf"));
        });
      await directory.writeEntry({ ...entry, groups: [] });
      await server.asAdmin((client) =>
        client.add(`cn=by hand,ou=groups,${server.baseDn}`, { objectClass: "groupOfNames", member: dnOf("alone") }),
      );
      assert.deepEqual(await directory.groupsOf("alone"), ["by hand"]);
      await directory.writeEntry({ ...entry, groups: ["by hand", "Crew"] });
      assert.deepEqual((await memberOf()).map((it) => it.toLowerCase()).sort(), [
        `cn=by hand,ou=groups,${server.baseDn}`,
        `cn=crew,ou=groups,${server.baseDn}`,
      ]);
      await directory.writeEntry({ ...entry, groups: [] });
      assert.deepEqual(await memberOf(), []);
      await assert.rejects(directory.writeEntry({ ...entry, groups: ["a,ou=people"] }), /name of a group/);
    });

    test("a group made by hand may have any name, and nobody is stuck in it", async () => {
      const entry = { username: "stuck", displayName: "Stuck", surname: "Stuck", mail: "stuck@example.org" };
      await directory.writeEntry({ ...entry, groups: [] });
      const names = ["R&D, Berlin", "#1", "a+b=c", "(odd)*"];
      const made = names.map((name) => `${new DN().addPairRDN("cn", name)},ou=groups,${server.baseDn}`);
      for (const dn of made)
        await server.asAdmin((client) => client.add(dn, { objectClass: "groupOfNames", member: dnOf("stuck") }));
      assert.deepEqual(await directory.groupsOf("stuck"), names.toSorted());
      await directory.writeEntry({ ...entry, groups: ["staff"] });
      assert.deepEqual(await directory.groupsOf("stuck"), ["staff"]);
      await directory.removeEntry("stuck");
      assert.equal(await directory.findEntry("stuck"), undefined);
    });
  });
}
