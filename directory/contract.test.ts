// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The contract of the directory, held against the embedded server and against OpenLDAP.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { findOpenldap } from "@cdb/dev/directory/openldap.ts";
import { openLine } from "@cdb/dev/directory/test-line.ts";
import { kinds, startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import { until } from "@cdb/dev/until.ts";
import { Control } from "ldapts";
import type { Directory } from "./directory.ts";
import { all, change } from "./entry.ts";
import { DirectoryRefused, DirectoryUnavailable, EntryNotFound, PasswordRefused } from "./errors.ts";

const password = "analytical engine";
const right = { outcome: "right" };
const wrong = { outcome: "wrong" };

for (const kind of kinds) {
  describe(kind, { timeout: 240_000 }, () => {
    let server: TestServer;
    let directory: Directory;

    before(async () => {
      server = await startTestServer(kind);
      directory = server.open();
      await server.addPerson({
        username: "ada",
        password,
        name: "Ada Example",
        mail: "ada@example.org",
        groups: ["staff"],
      });
    });

    after(async () => {
      await directory?.close();
      await server?.remove();
    });

    async function add(username: string): Promise<void> {
      await server.addPerson({ username, password, name: `${username} Example`, mail: `${username}@example.org` });
    }

    async function refuse(work: Promise<unknown>, reason: string): Promise<void> {
      await assert.rejects(work, (error) => error instanceof PasswordRefused && error.reason === reason);
    }

    const dnOf = (username: string): string => `uid=${username},ou=people,${server.baseDn}`;

    test("a right password is right, and another is wrong", async () => {
      assert.deepEqual(await directory.checkPassword("ada", password), right);
      for (const other of [
        "analytical engines",
        "analytical",
        "Analytical Engine",
        `${password} `,
        `${password}\0`,
        "*",
      ]) {
        assert.deepEqual(await directory.checkPassword("ada", other), wrong, JSON.stringify(other));
      }
    });

    test("nobody signs in who is not there, has no password, or is there twice", async () => {
      await directory.writeEntry({
        username: "without",
        displayName: "W",
        surname: "W",
        mail: "w@example.org",
        groups: [],
      });
      await add("twice");
      const copy = {
        objectClass: "inetOrgPerson",
        cn: "Copy",
        sn: "Copy",
        uid: ["copy", "twice"],
        userPassword: password,
      };
      const relax = new Control("1.3.6.1.4.1.4203.666.5.12", { critical: true });
      await server.asAdmin((client) => client.add(dnOf("copy"), copy, relax));
      for (const username of ["nobody", "without", "twice", "decoy", "service", "ab", "a".repeat(33)]) {
        assert.deepEqual(await directory.checkPassword(username, password), wrong, username);
      }
    });

    test("a blank password is a mistake of the caller and never reaches the server", async () => {
      for (const blank of ["", " ", "\t\n", "\u00a0"]) {
        await assert.rejects(directory.checkPassword("ada", blank), /blank password/);
        await assert.rejects(directory.setPassword("ada", blank), /blank password/);
        await assert.rejects(directory.changePassword("ada", password, blank), /blank password/);
        await assert.rejects(directory.changePassword("ada", blank, password), /blank password/);
      }
    });

    test("no username is read as a filter or a name", async () => {
      const tricks = [
        "*",
        "a*",
        "ad*",
        "ada)(uid=*",
        "*)(objectClass=*",
        "ada\0",
        "ada\\00",
        "\\61da",
        "ada,ou=people",
        "ADA",
        " ada",
        "(",
        "|",
        "ada+cn=x",
      ];
      for (const username of [...tricks, "", "a".repeat(100_000), "\ud800", "uid=ada"]) {
        const shown = JSON.stringify(username.slice(0, 20));
        assert.deepEqual(await directory.checkPassword(username, password), wrong, shown);
        assert.equal(await directory.findEntry(username), undefined, shown);
        assert.deepEqual(await directory.groupsOf(username), [], shown);
        await assert.rejects(directory.removeEntry(username), /3 to 32 characters/, shown);
        await assert.rejects(directory.setPassword(username, password), /3 to 32 characters/, shown);
      }
      assert.equal((await directory.findEntry("ada"))?.mail, "ada@example.org");
    });

    test("a password may be any text", async () => {
      await add("texts");
      const texts = [
        "zwölf bunte Vögel",
        "密码密码密码密码密码密码",
        "🦜".repeat(256),
        "*)(uid=*))(|(uid=*",
        "{SSHA}no hash but a password",
        "  blanks around  ",
        "\0".padStart(12, "nul"),
        "line\r\nbreak\ttab",
        '\\2a\\28\\29 "quoted"',
        "-----".repeat(400),
      ];
      for (const text of texts) {
        await directory.setPassword("texts", text);
        assert.deepEqual(await directory.checkPassword("texts", text), right, JSON.stringify(text.slice(0, 30)));
        assert.deepEqual(await directory.checkPassword("texts", `${text}x`), wrong);
        assert.deepEqual(await directory.checkPassword("texts", text.slice(0, -1)), wrong);
      }
    });

    test("a password is the same on a keyboard that composes its letters otherwise", async () => {
      await add("accents");
      await directory.setPassword("accents", "zwölf bunte Vögel".normalize("NFD"));
      assert.deepEqual(await directory.checkPassword("accents", "zwölf bunte Vögel".normalize("NFC")), right);
    });

    test("after too many wrong passwords even the right one is refused, until the lock ends or a new one is set", async () => {
      await add("locked");
      await server.givePolicy(["locked"], { pwdLockout: "TRUE", pwdMaxFailure: "3", pwdLockoutDuration: "600" });
      for (let count = 0; count < 3; count++) {
        assert.deepEqual(await directory.checkPassword("locked", "a wrong password"), wrong);
      }
      assert.deepEqual(await directory.checkPassword("locked", password), { outcome: "refused", reason: "locked" });
      await refuse(directory.changePassword("locked", password, "another engine"), "locked");
      await directory.setPassword("locked", "another engine");
      assert.deepEqual(await directory.checkPassword("locked", "another engine"), right);

      const brief = change("replace", "pwdLockoutDuration", ["1"]);
      await server.asAdmin((client) => client.modify(`cn=locked-policy,ou=system,${server.baseDn}`, brief));
      for (let count = 0; count < 3; count++) await directory.checkPassword("locked", "a wrong password");
      assert.equal((await directory.checkPassword("locked", "another engine")).outcome, "refused");
      await until(async () => (await directory.checkPassword("locked", "another engine")).outcome === "right");
    });

    test("wrong guesses at the service account or the decoy lock nobody out", async () => {
      for (let count = 0; count < 25; count++) await directory.checkPassword("nobody", "a wrong password");
      const guess = server.as(server.bindDn, "a wrong password", async () => {});
      await assert.rejects(guess);
      assert.deepEqual(await directory.check(), { ok: true });
    });

    test("whoever must change the password can do that and nothing else with it", async () => {
      await add("forced");
      await server.givePolicy(["forced"], { pwdMustChange: "TRUE" });
      await server.asAdmin((client) => client.modify(dnOf("forced"), change("replace", "pwdReset", ["TRUE"])));
      assert.deepEqual(await directory.checkPassword("forced", password), {
        outcome: "refused",
        reason: "must-change",
      });
      await assert.rejects(
        server.as(dnOf("forced"), password, (client) => client.search(dnOf("forced"), { scope: "base" })),
      );
      await directory.changePassword("forced", password, "difference engine");
      assert.deepEqual(await directory.checkPassword("forced", "difference engine"), right);
    });

    test("a password that we set for somebody is theirs, and no temporary one", async () => {
      await add("reset");
      await server.givePolicy(["reset"], { pwdMustChange: "TRUE" });
      await directory.setPassword("reset", "difference engine");
      assert.deepEqual(await directory.checkPassword("reset", "difference engine"), right);
    });

    test("an expiring password says so, an expired one has a few sign-ins left and then none", async () => {
      await add("old");
      await server.givePolicy(["old"], { pwdMaxAge: "3600", pwdExpireWarning: "7200" });
      const soon = await directory.checkPassword("old", password);
      assert.ok(soon.outcome === "right" && soon.notice?.kind === "expires" && soon.notice.inSeconds <= 3600);
      const policy = [change("replace", "pwdMaxAge", ["1"]), change("replace", "pwdGraceAuthNLimit", ["1"])];
      await server.asAdmin((client) => client.modify(`cn=old-policy,ou=system,${server.baseDn}`, policy));
      const expired = await until(async () => {
        const checked = await directory.checkPassword("old", password);
        return checked.outcome === "right" && checked.notice?.kind === "expired";
      });
      assert.ok(expired);
      assert.deepEqual(await directory.checkPassword("old", password), { outcome: "refused", reason: "expired" });
      await refuse(directory.changePassword("old", password, "difference engine"), "expired");
    });

    test("people change their password with the old one", async () => {
      await add("change");
      await refuse(directory.changePassword("change", "a wrong password", "difference engine"), "wrong-password");
      await refuse(directory.changePassword("nobody", password, "difference engine"), "wrong-password");
      await directory.changePassword("change", password, "difference engine");
      assert.deepEqual(await directory.checkPassword("change", "difference engine"), right);
      assert.deepEqual(await directory.checkPassword("change", password), wrong);
    });

    test("a new password that breaks a rule is refused with the reason, and the old one stays", async () => {
      await add("rules");
      await refuse(directory.setPassword("rules", "too short"), "too-short");
      await refuse(directory.changePassword("rules", password, "too short"), "too-short");
      await server.givePolicy(["rules"], { pwdInHistory: "3" });
      await directory.changePassword("rules", password, "difference engine");
      await refuse(directory.changePassword("rules", "difference engine", "difference engine"), "in-history");
      await refuse(directory.setPassword("rules", password), "in-history");
      const young = change("replace", "pwdMinAge", ["3600"]);
      await server.asAdmin((client) => client.modify(`cn=rules-policy,ou=system,${server.baseDn}`, young));
      await refuse(directory.changePassword("rules", "difference engine", "third engine of all"), "too-young");
      assert.deepEqual(await directory.checkPassword("rules", "difference engine"), right);
    });

    test("no password can be set for somebody who is not there", async () => {
      await assert.rejects(directory.setPassword("nobody", password), EntryNotFound);
    });

    test("an entry becomes what is desired, whatever it was, and keeps its id", async () => {
      const entry = {
        username: "zoe",
        displayName: "Zoë Ångström",
        givenName: "Zoë",
        surname: "Ångström",
        mail: "zoe@example.org",
        mailLocalAddress: "zoe@fellowship.example",
        groups: ["crew", "web editors"],
      };
      await directory.writeEntry(entry);
      const { id, ...first } = (await directory.findEntry("zoe")) ?? assert.fail();
      assert.deepEqual(first, entry);
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.deepEqual(await directory.groupsOf("zoe"), ["crew", "web editors"]);

      const next = {
        username: "zoe",
        displayName: 'Zoë (Ångström), "Z"',
        surname: "Ångström",
        mail: "z@example.org",
        groups: ["staff", "crew"],
      };
      await directory.writeEntry(next);
      assert.deepEqual(await directory.findEntry("zoe"), { id, ...next, groups: ["crew", "staff"] });
    });

    test("writing what is there already changes nothing", async () => {
      const entry = {
        username: "same",
        displayName: "Same",
        surname: "Same",
        mail: "same@example.org",
        groups: ["crew"],
      };
      const stamp = (): Promise<unknown> =>
        server.asAdmin(async (client) => {
          const attributes = ["entryCSN", "modifyTimestamp", "memberOf"];
          return (await client.search(dnOf("same"), { scope: "base", attributes })).searchEntries[0];
        });
      await directory.writeEntry(entry);
      const before = await stamp();
      await directory.writeEntry(entry);
      assert.deepEqual(await stamp(), before);
    });

    test("a removed entry is gone from its groups too, and removing it again is no mistake", async () => {
      await add("leaver");
      await directory.writeEntry({
        username: "leaver",
        displayName: "L",
        surname: "L",
        mail: "l@example.org",
        groups: ["staff"],
      });
      // Not every server cleans up by itself, and the next one of this name would inherit.
      const line = await openLine(server.port);
      const over = server.open({ url: line.url });
      await over.removeEntry("leaver");
      await over.close();
      await line.close();
      assert.match(line.sent, /cn=staff,ou=groups/);
      await directory.removeEntry("leaver");
      assert.equal(await directory.findEntry("leaver"), undefined);
      assert.deepEqual(await directory.checkPassword("leaver", password), wrong);
      await add("leaver");
      assert.deepEqual(await directory.groupsOf("leaver"), []);
    });

    test("what the schema does not allow is refused for good", async () => {
      const entry = { username: "wild", displayName: "Wild", surname: "Wild", mail: "wíld@example.org", groups: [] };
      await assert.rejects(directory.writeEntry(entry), DirectoryRefused);
      assert.equal(await directory.findEntry("wild"), undefined);
    });

    test("many sign-ins at once are each answered rightly", async () => {
      const tries = Array.from({ length: 20 }, (_, number) =>
        directory.checkPassword("ada", number % 2 ? password : "a wrong password"),
      );
      const outcomes = (await Promise.all(tries)).map((it) => it.outcome);
      assert.deepEqual(
        outcomes,
        outcomes.map((_, number) => (number % 2 ? "right" : "wrong")),
      );
    });

    test("whoever is not there, is locked or has no password costs the same work as a wrong password", async () => {
      await add("barred");
      await server.givePolicy(["barred"], { pwdLockout: "TRUE", pwdMaxFailure: "1" });
      await directory.checkPassword("barred", "a wrong password");
      const line = await openLine(server.port);
      const over = server.open({ url: line.url });
      await over.checkPassword("nobody", password);
      for (const username of ["nobody", "*", "barred"]) {
        line.sent = "";
        await over.checkPassword(username, password);
        assert.match(line.sent, /uid=decoy/, username);
      }
      await over.close();
      await line.close();
    });

    test("a server that was started anew is used again without a word", async () => {
      await directory.checkPassword("ada", password);
      await server.stop();
      await assert.rejects(directory.checkPassword("ada", password), DirectoryUnavailable);
      await assert.rejects(directory.findEntry("ada"), DirectoryUnavailable);
      assert.match(JSON.stringify(await directory.check()), /"ok":false.*cannot be reached/);
      await server.start();
      assert.deepEqual(await directory.checkPassword("ada", password), right);
      await server.stop();
      await server.start();
      await directory.writeEntry({
        username: "later",
        displayName: "Later",
        surname: "Later",
        mail: "l@example.org",
        groups: ["staff"],
      });
      assert.deepEqual(await directory.groupsOf("later"), ["staff"]);
    });

    test("a server that no longer answers is unavailable, and healed when it answers again", async () => {
      const line = await openLine(server.port);
      const over = server.open({ url: line.url, timeoutMs: 400 });
      const isRight = (): Promise<boolean> =>
        over.checkPassword("ada", password).then(
          (checked) => checked.outcome === "right",
          () => false,
        );
      await until(isRight);
      line.isCut = true;
      await assert.rejects(over.checkPassword("ada", password), DirectoryUnavailable);
      const entry = { username: "late", displayName: "L", surname: "L", mail: "l@example.org", groups: [] };
      await assert.rejects(over.writeEntry(entry), DirectoryUnavailable);
      line.isCut = false;
      await until(isRight);
      await over.close();
      await line.close();
    });

    test("a server that answers each question in time, but not all together, is unavailable", async () => {
      const line = await openLine(server.port);
      const over = server.open({ url: line.url, timeoutMs: 400 });
      line.delayMs = 300;
      await assert.rejects(over.checkPassword("ada", password), DirectoryUnavailable);
      await over.close();
      await line.close();
    });

    test("a check says what is wrong in a sentence", async () => {
      const problem = async (changed: Parameters<TestServer["open"]>[0]): Promise<string> => {
        const other = server.open(changed);
        const checked = await other.check();
        await other.close();
        return checked.ok ? "none" : checked.problem;
      };
      assert.equal(await problem({}), "none");
      assert.match(await problem({ bindPassword: "another" }), /does not accept the service account/);
      assert.match(await problem({ bindDn: "cn=nobody" }), /does not accept the service account|refused/);
      assert.match(await problem({ baseDn: "dc=elsewhere" }), /no entry dc=elsewhere/);
      assert.match(await problem({ url: "ldap://127.0.0.1:1" }), /cannot be reached/);
    });

    test("people may read themselves and change their password, and nothing else", async () => {
      await add("curious");
      await server.as(dnOf("curious"), password, async (client) => {
        const own = await client.search(dnOf("curious"), { scope: "base", attributes: ["*", "+"] });
        assert.deepEqual(all(own.searchEntries[0] ?? assert.fail(), "mail"), ["curious@example.org"]);
        for (const hidden of ["userPassword", "pwdHistory"])
          assert.deepEqual(all(own.searchEntries[0] ?? assert.fail(), hidden), []);
        await assert.rejects(client.search(dnOf("ada"), { scope: "base" }));
        await assert.rejects(client.search(`ou=people,${server.baseDn}`));
        await assert.rejects(client.modify(dnOf("curious"), change("replace", "mail", ["other@example.org"])));
        await assert.rejects(client.modify(dnOf("ada"), change("replace", "userPassword", ["a new password"])));
        await assert.rejects(client.del(dnOf("curious")));
        await client.modify(dnOf("curious"), change("replace", "userPassword", ["difference engine"]));
      });
      assert.deepEqual(await directory.checkPassword("curious", "difference engine"), right);
      await server.as("", "", (client) => assert.rejects(client.search(server.baseDn)));
    });

    test("the service account writes people and groups, and never sees a password", async () => {
      await server.as(server.bindDn, server.bindPassword, async (client) => {
        const found = await client.search(server.baseDn, { attributes: ["*", "+"], paged: true });
        assert.ok(found.searchEntries.some((it) => it.dn === dnOf("ada")));
        assert.ok(
          found.searchEntries.every((it) => all(it, "userPassword").length === 0 && all(it, "pwdHistory").length === 0),
        );
        assert.equal((await client.search(server.baseDn, { filter: "(userPassword=*)" })).searchEntries.length, 0);
        await assert.rejects(client.modify(server.bindDn, change("replace", "userPassword", ["another password"])));
        await assert.rejects(
          client.modify(`cn=people-policy,ou=system,${server.baseDn}`, change("replace", "pwdMinLength", ["1"])),
        );
        await assert.rejects(client.add(`ou=mine,${server.baseDn}`, { objectClass: "organizationalUnit" }));
      });
    });

    test("ldapsearch, a client of other people, reads an entry", async () => {
      const { ldapsearch, libraries } = findOpenldap();
      const asked = [
        "-x",
        "-LLL",
        "-H",
        server.url,
        "-D",
        server.bindDn,
        "-w",
        server.bindPassword,
        "-b",
        server.baseDn,
      ];
      const env = { ...process.env, LD_LIBRARY_PATH: libraries };
      const found = await promisify(execFile)(
        ldapsearch,
        [...asked, "(&(uid=ada)(objectClass=person))", "mail", "memberOf"],
        { env },
      );
      const lines = found.stdout.trim().split("\n").sort();
      const group = `memberOf: cn=staff,ou=groups,${server.baseDn}`;
      assert.deepEqual(lines, [`dn: ${dnOf("ada")}`, "mail: ada@example.org", group]);
      const schema = await promisify(execFile)(
        ldapsearch,
        ["-x", "-H", server.url, "-s", "base", "-b", "cn=Subschema", "+"],
        { env },
      );
      assert.match(schema.stdout, /inetOrgPerson/);
    });
  });
}
