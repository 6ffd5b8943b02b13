// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Programs of others read the directory as the documentation says: ldapsearch, Nextcloud's filters, Postfix, Dovecot.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { startDovecot } from "@cdb/dev/directory/dovecot.ts";
import { environmentOf, findOpenldap } from "@cdb/dev/directory/openldap.ts";
import { startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import type { Directory } from "./directory.ts";

const docs = path.join(import.meta.dirname, "../docs/directory");
const [password, secret] = ["analytical engine", "the reader of mail"];
const readerDn = "cn=mail,ou=readers,ou=system,dc=example,dc=org";

describe("a program of others", { timeout: 120_000 }, () => {
  let server: TestServer;
  let directory: Directory;

  before(async () => {
    server = await startTestServer("OpenLDAP");
    directory = server.open();
    await server.asAdmin(async (client) => {
      const [, dn = ""] = /^dn: (.*)$/m.exec(readFileSync(path.join(docs, "reader.ldif"), "utf8")) ?? [];
      assert.equal(dn, readerDn);
      const objectClass = ["device", "simpleSecurityObject"];
      const pwdPolicySubentry = `cn=system-policy,ou=system,${server.baseDn}`;
      await client.add(dn, { objectClass, userPassword: secret, pwdPolicySubentry });
    });
    for (const [username, groups] of [
      ["ada", ["web-team"]],
      ["bert", []],
      ["paul", ["web-team"]],
    ] as const) {
      const mailLocalAddress = `${username}@example.org`;
      const person = { username, password, name: `${username} Example`, mail: `${username}@home.example` };
      await server.addPerson({ ...person, mailLocalAddress, groups: [...groups] });
    }
    // Paused: locked, in no group, forwarded nowhere.
    const paused = { displayName: "Paul", surname: "Paul", mail: "paul@home.example", groups: [], isLocked: true };
    await directory.writeEntry({ ...paused, username: "paul" });
  });

  after(async () => {
    await directory?.close();
    await server?.remove();
  });

  /** A file of the documentation, with the place and the secret of this server. */
  const documented = (file: string): string =>
    readFileSync(path.join(docs, file), "utf8")
      .replaceAll("ldaps://ldap.example.org", server.url)
      .replaceAll("@PASSWORD@", secret);

  function run(program: string, args: string[]): Promise<{ code: number; out: string }> {
    const env = { ...environmentOf(findOpenldap()), MAIL_CONFIG: server.folder };
    return new Promise((resolve) => {
      execFile(program, args, { env }, (error, out) =>
        resolve({ code: error ? Number(error.code ?? -1) : 0, out: out.trim() }),
      );
    });
  }

  async function ldapsearch(dn: string, secret: string, filter: string, ...attributes: string[]): Promise<string[]> {
    const asked = ["-x", "-LLL", "-o", "ldif-wrap=no", "-H", server.url, "-D", dn, "-w", secret];
    const base = `${filter.includes("groupOfNames") ? "ou=groups" : "ou=people"},${server.baseDn}`;
    const { out } = await run(findOpenldap().ldapsearch, [...asked, "-b", base, filter, ...attributes]);
    return out.split("\n").filter(Boolean).sort();
  }

  test("reads of people what it needs, and neither their passwords nor whether they are locked", async () => {
    const seen = (await ldapsearch(readerDn, secret, "(uid=ada)", "*", "+")).map((line) => line.split(":")[0]);
    const shown = [
      "cn",
      "displayName",
      "dn",
      "entryUUID",
      "mail",
      "mailLocalAddress",
      "mailRoutingAddress",
      "memberOf",
    ];
    assert.deepEqual([...new Set(seen)], [...shown, "objectClass", "sn", "uid"]);
    assert.deepEqual(await ldapsearch(readerDn, secret, "(userPassword=*)"), []);
    await server.as(readerDn, secret, async (client) => {
      await assert.rejects(
        client.add(`uid=x,ou=people,${server.baseDn}`, { objectClass: "inetOrgPerson", cn: "x", sn: "x" }),
      );
      await assert.rejects(client.del(`uid=ada,ou=people,${server.baseDn}`));
    });
  });

  test("like Nextcloud finds the members of a group, by username or address, and those alone", async () => {
    const team = `(memberOf=cn=web-team,ou=groups,${server.baseDn})`;
    const people = (filter: string) => ldapsearch(readerDn, secret, `(&(objectClass=inetOrgPerson)${filter})`, "uid");
    const ada = [`dn: uid=ada,ou=people,${server.baseDn}`, "uid: ada"];
    assert.deepEqual(await people(team), ada);
    for (const login of ["ada", "ada@home.example"])
      assert.deepEqual(await people(`${team}(|(uid=${login})(mail=${login}))`), ada, login);
    assert.deepEqual(await people(`${team}(|(uid=bert)(mail=bert))`), []);
    const groups = await ldapsearch(readerDn, secret, "(&(objectClass=groupOfNames)(cn=web-team))", "cn");
    assert.deepEqual(groups, ["cn: web-team", `dn: cn=web-team,ou=groups,${server.baseDn}`]);
  });

  test("Postfix forwards an address of ours to the person, of somebody paused or unknown to nobody", async () => {
    const file = path.join(server.folder, "forwarding.cf");
    writeFileSync(file, documented("postfix-forwarding.cf"));
    writeFileSync(path.join(server.folder, "main.cf"), "compatibility_level = 3.6\n");
    const asked = (address: string) => run("/usr/sbin/postmap", ["-q", address, `ldap:${file}`]);
    assert.deepEqual(await asked("ada@example.org"), { code: 0, out: "ada@home.example" });
    assert.deepEqual(await asked("ADA@example.org"), { code: 0, out: "ada@home.example" });
    for (const address of ["paul@example.org", "nobody@example.org", "*@example.org", "*)(uid=*", "ada@home.example"])
      assert.deepEqual(await asked(address), { code: 1, out: "" }, address);
  });

  test("Dovecot lets members of the group in with their password, by username or address, and nobody else", async () => {
    const dovecot = await startDovecot(path.join(server.folder, "dovecot"), documented("dovecot-ldap.conf.ext"));
    try {
      const signsIn = async (username: string, tried: string) =>
        (await dovecot.doveadm("auth", "test", username, tried)).code === 0;
      assert.ok(await signsIn("ada", password));
      assert.ok(await signsIn("ada@home.example", password));
      for (const [username, tried] of [
        ["ada", "a wrong password"],
        ["bert", password],
        ["paul", password],
        ["nobody", password],
        ["a*", password],
      ] as const)
        assert.equal(await signsIn(username, tried), false, username);
      const { out } = await dovecot.doveadm("user", "ada@home.example");
      assert.match(out, /home\s+\/var\/mail\/ada/);
      assert.match((await dovecot.doveadm("user", "*")).out, /^ada$/m);
    } finally {
      await dovecot.stop();
    }
  });
});
