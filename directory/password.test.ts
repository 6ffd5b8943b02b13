// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Passwords that are changed at the same moment, and old hashes, against the embedded server and against OpenLDAP.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { kinds, startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import type { Client } from "ldapts";
import type { Directory } from "./directory.ts";
import { all, change } from "./entry.ts";
import { PasswordRefused } from "./errors.ts";

const password = "analytical engine";
const right = { outcome: "right" };

for (const kind of kinds) {
  describe(`a password at ${kind}`, { timeout: 120_000 }, () => {
    let server: TestServer;
    let directory: Directory;

    before(async () => {
      server = await startTestServer(kind);
      // What is looked for here is order, not speed: the machine may be busy.
      directory = server.open({ timeoutMs: 60_000 });
    });

    after(async () => {
      await directory?.close();
      await server?.remove();
    });

    const dnOf = (username: string): string => `uid=${username},ou=people,${server.baseDn}`;

    async function add(username: string): Promise<void> {
      await server.addPerson({ username, password, name: username, mail: `${username}@example.org` });
    }

    async function storedOf(username: string): Promise<string> {
      const attributes = ["userPassword"];
      const find = (client: Client) => client.search(dnOf(username), { scope: "base", attributes });
      const { searchEntries } = await server.asAdmin(find);
      return all(searchEntries[0] ?? assert.fail(), "userPassword").join();
    }

    /** As it was stored years ago, by a program that is no more. */
    async function storeOld(username: string): Promise<void> {
      const salt = randomBytes(8);
      const hash = createHash("sha1").update(password).update(salt).digest();
      const stored = `{SSHA}${Buffer.concat([hash, salt]).toString("base64")}`;
      await server.asAdmin((client) => client.modify(dnOf(username), change("replace", "userPassword", [stored])));
    }

    test("changed by many at once is in the end what one of them wrote, and who was too late hears so", async () => {
      await add("many");
      const wishes = Array.from({ length: 6 }, (_, number) => `difference engine ${number}`);
      const outcomes = await Promise.allSettled(wishes.map((it) => directory.changePassword("many", password, it)));
      const late = outcomes.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
      for (const error of late) assert.ok(error instanceof PasswordRefused && error.reason === "wrong-password", error);
      const holds: string[] = [];
      for (const wish of [password, ...wishes])
        if ((await directory.checkPassword("many", wish)).outcome === "right") holds.push(wish);
      assert.equal(holds.length, 1);
      assert.equal(outcomes[wishes.indexOf(holds[0] ?? "")]?.status, "fulfilled");
    });

    test("is the same with the other blanks of a keyboard", async () => {
      await add("blanks");
      await directory.setPassword("blanks", "difference\u00a0engine");
      assert.deepEqual(await directory.checkPassword("blanks", "difference\u3000engine"), right);
      assert.deepEqual(await directory.checkPassword("blanks", "differenceengine"), { outcome: "wrong" });
    });

    test("that was stored long ago is stored anew when it is typed, once", async () => {
      await add("former");
      await storeOld("former");
      const renewing = server.open({ rehashBefore: new Date(Date.now() + 3_600_000) });
      assert.deepEqual(await renewing.checkPassword("former", "a wrong password"), { outcome: "wrong" });
      assert.match(await storedOf("former"), /^\{SSHA\}/);
      assert.deepEqual(await renewing.checkPassword("former", password), { ...right, rehash: true });
      assert.match(await storedOf("former"), /^\{ARGON2\}/);
      await renewing.close();
      const since = server.open({ rehashBefore: new Date(Date.now() - 3_600_000) });
      assert.deepEqual(await since.checkPassword("former", password), right);
      await since.close();
    });

    test("costs the same to check for whoever is not there, as long as there is a decoy", async () => {
      assert.equal(await directory.hasDecoy(), true);
      await server.asAdmin((client) => client.del(`uid=decoy,ou=system,${server.baseDn}`));
      assert.equal(await directory.hasDecoy(), false);
    });

    test("that the server does not take again stays as it is, and signs in", async () => {
      await add("history");
      await server.givePolicy(["history"], { pwdInHistory: "3" });
      await storeOld("history");
      const renewing = server.open({ rehashBefore: new Date(Date.now() + 3_600_000) });
      assert.deepEqual(await renewing.checkPassword("history", password), { ...right, rehash: false });
      await renewing.close();
      assert.deepEqual(await directory.checkPassword("history", password), right);
      assert.match(await storedOf("history"), /^\{SSHA\}/);
    });
  });
}
