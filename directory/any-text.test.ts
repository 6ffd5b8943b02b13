// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What people type reaches the directory as a value and as nothing else (RFC 4514, RFC 4515), against both servers.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kinds, startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import type { Directory } from "./directory.ts";
import { all } from "./entry.ts";
import { DirectoryRefused } from "./errors.ts";

const texts = [
  'Ada, "The Countess" + Lovelace = <x>; #1',
  "#begins with a hash",
  "ends with a backslash\\",
  "*)(uid=*))(|(uid=*",
  "\\2a\\28\\29\\00",
  "Zoë Ångström",
  "Zoe\u0308 A\u030Angstro\u0308m",
  "Ἀλέξανδρος",
  "محمد \u202eبن\u202c",
  "👩‍👩‍👧‍👦 Family",
  "line\r\nbreak: mail: x@example.org",
  "tab\tand\u0007bell",
  "  blanks   all  around ",
  "dn: uid=other,ou=people,dc=example,dc=org",
  "{SSHA}notahash",
  "x".repeat(60_000),
];
const mails = [
  "o'neil+list=a@example.org",
  "{brace}|pipe&and@example.org",
  "a*b@example.org",
  '"quoted (odd) \\\\ , name"@example.org',
];

for (const kind of kinds) {
  describe(`any text in ${kind}`, { timeout: 120_000 }, () => {
    let server: TestServer;
    let directory: Directory;
    const known = { id: null, formerUsernames: [], ourGroups: ["crew"] };

    before(async () => {
      server = await startTestServer(kind);
      directory = server.open();
      await directory.writeEntry({ ...named("other", "Other"), groups: ["crew"] });
    });

    after(async () => {
      await directory?.close();
      await server?.remove();
    });

    const named = (username: string, text: string) => ({
      ...{ username, displayName: text, givenName: text, surname: text, mail: `${username}@example.org` },
      groups: ["crew"],
    });
    const everything = () =>
      server.asAdmin(async (client) =>
        (await client.search(server.baseDn, { filter: "(!(uid=nasty))", attributes: ["*"], paged: true })).searchEntries
          .filter((it) => !/^cn=crew/.test(it.dn))
          .map((it) => JSON.stringify(it)),
      );

    test("a name of any letters is kept as it is, a second time changes nothing, and no other entry is touched", async () => {
      const others = await everything();
      for (const text of texts) {
        const shown = JSON.stringify(text.slice(0, 40));
        await directory.writeEntry(named("nasty", text), known);
        const entry = await directory.findEntry("nasty");
        assert.deepEqual([entry?.displayName, entry?.surname, entry?.givenName], Array(3).fill(text.trim()), shown);
        assert.deepEqual((await directory.writeEntry(named("nasty", text), known)).differences, [], shown);
        assert.deepEqual(await directory.groupsOf("nasty"), ["crew"], shown);
      }
      assert.deepEqual(await everything(), others);
    });

    test("what LDAP cannot hold is left out: a zero byte, half a letter, and a name that is none", async () => {
      await directory.writeEntry(named("nasty", "A\0da \ud800"), known);
      assert.equal((await directory.findEntry("nasty"))?.displayName, "Ada \ufffd");
      assert.deepEqual((await directory.writeEntry(named("nasty", "A\0da \ud800"), known)).differences, []);
      for (const none of ["", " ", "\0"]) {
        await directory.writeEntry(named("nasty", none), known);
        const entry = await directory.findEntry("nasty");
        assert.deepEqual([entry?.displayName, entry?.surname, entry?.givenName], ["nasty", "nasty", undefined]);
        assert.deepEqual((await directory.writeEntry(named("nasty", none), known)).differences, []);
      }
    });

    test("an address with signs of filters is an address, one that LDAP cannot hold is refused", async () => {
      for (const mail of mails) {
        const entry = { ...named("nasty", "N"), mail, mailLocalAddress: mail };
        await directory.writeEntry(entry, known);
        assert.equal((await directory.findEntry("nasty"))?.mail, mail);
        assert.deepEqual((await directory.writeEntry(entry, known)).differences, [], mail);
        await server.asAdmin(async (client) => {
          const [found] = (await client.search(server.baseDn, { filter: "(uid=nasty)" })).searchEntries;
          assert.deepEqual(all(found ?? assert.fail(), "mailRoutingAddress"), [mail]);
        });
      }
      for (const mail of ["wíld@example.org", "wi\u0000ld@exämple.org"])
        await assert.rejects(directory.writeEntry({ ...named("nasty", "N"), mail }, known), DirectoryRefused);
    });

    test("an id, a former username or a group with signs of filters finds nothing", async () => {
      for (const trick of ["*", "*)(uid=*", "\\2a", "(", "other)(objectClass=*"]) {
        await directory.writeEntry(named("nasty", "N"), { ...known, id: trick, formerUsernames: [trick] });
        await assert.rejects(directory.writeEntry({ ...named("nasty", "N"), groups: [trick] }), /name of a group/);
      }
      assert.equal((await directory.findEntry("other"))?.displayName, "Other");
    });
  });
}
