// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What any LDAP client may ask, asked of the embedded server and of OpenLDAP: both must answer alike.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { all, change } from "@cdb/directory/entry.ts";
import { Attribute, Change, type Client, type Entry, ResultCodeError } from "ldapts";
import { kinds, startTestServer, type TestServer } from "./test-servers.ts";

const people = [
  {
    uid: "anna",
    cn: "Anna Öztürk",
    sn: "Öztürk",
    givenName: "Anna",
    mail: "anna@example.org",
    employeeNumber: "7",
    description: ["first", "A  B"],
  },
  { uid: "bert", cn: "Bert (the) *Star*", sn: "Star", mail: ["bert@example.org", "bert@example.net"], title: "chair" },
  {
    uid: "carl",
    cn: "Carl\\Back",
    sn: "Back",
    mail: "carl@example.net",
    title: "Chair",
    manager: "uid=anna,ou=people,dc=example,dc=org",
  },
];

for (const kind of kinds) {
  describe(kind, { timeout: 120_000 }, () => {
    let server: TestServer;
    let base: string;

    before(async () => {
      server = await startTestServer(kind);
      base = `ou=people,${server.baseDn}`;
      await server.asAdmin(async (client) => {
        for (const { uid, ...rest } of people)
          await client.add(`uid=${uid},${base}`, { objectClass: "inetOrgPerson", ...rest });
        await client.add(`cn=team,ou=groups,${server.baseDn}`, {
          objectClass: "groupOfNames",
          member: [`uid=anna,${base}`, `uid=bert,${base}`],
        });
      });
    });

    after(() => server?.remove());

    const inTree = <T>(work: (client: Client) => Promise<T>): Promise<T> => server.asAdmin(work);

    async function code(work: (client: Client) => Promise<unknown>): Promise<number> {
      return await inTree((client) =>
        work(client).then(
          () => 0,
          (error) => (error instanceof ResultCodeError ? error.code : assert.fail(error)),
        ),
      );
    }

    async function read(dn: string, attributes: string[]): Promise<Entry> {
      const found = await inTree((client) => client.search(dn, { scope: "base", attributes }));
      return found.searchEntries[0] ?? assert.fail("no entry");
    }

    const filters: [filter: string, uids: string][] = [
      ["(uid=anna)", "anna"],
      ["(UID=ANNA)", "anna"],
      ["(userid=anna)", "anna"],
      ["(cn=anna öztürk)", "anna"],
      ["(cn=bert \\28the\\29 \\2astar\\2a)", "bert"],
      ["(cn=Carl\\5cBack)", "carl"],
      ["(description=a b)", "anna"],
      ["(mail=*)", "anna bert carl"],
      ["(title=*)", "bert carl"],
      ["(title=chair)", "bert carl"],
      ["(mail=*@example.net)", "bert carl"],
      ["(mail=b*@*.net)", "bert"],
      ["(mail=*ert*exam*)", "bert"],
      ["(cn=*ba*ba*)", ""],
      ["(cn=*\\28*)", "bert"],
      ["(objectClass=person)", "anna bert carl"],
      ["(objectClass=inetorgperson)", "anna bert carl"],
      ["(objectClass=groupOfNames)", ""],
      ["(&(title=chair)(mail=bert*))", "bert"],
      ["(|(uid=anna)(uid=carl)(uid=nobody))", "anna carl"],
      ["(!(title=*))", "anna"],
      ["(&(objectClass=person)(!(uid=anna)))", "bert carl"],
      ["(&(objectClass=person)(!(nonsense=x)))", ""],
      ["(|(uid=anna)(nonsense=x))", "anna"],
      ["(nonsense=x)", ""],
      ["(uid=)", ""],
      ["(&(objectClass=person)(!(|(uid=anna)(uid=bert))))", "carl"],
      ["(manager=UID=Anna, OU=People, DC=example, DC=org)", "carl"],
      ["(manager=not a name)", ""],
      ["(createTimestamp>=20000101000000Z)", "anna bert carl"],
      ["(createTimestamp<=20000101000000Z)", ""],
      ["(title:=chair)", "bert carl"],
      ["(title:caseExactMatch:=Chair)", "carl"],
      ["(title:2.5.13.5:=chair)", "bert"],
      ["(ou:dn:=people)", "anna bert carl"],
      ["(title:1.2.3.4:=Chair)", ""],
      ["(entryDN=uid=bert,ou=people,dc=example,dc=org)", "bert"],
    ];

    for (const [filter, expected] of filters) {
      test(`the filter ${filter} finds ${expected || "nobody"}`, async () => {
        const found = await inTree((client) => client.search(base, { scope: "one", filter, attributes: ["uid"] }));
        assert.equal(
          found.searchEntries
            .flatMap((it) => all(it, "uid"))
            .sort()
            .join(" "),
          expected,
        );
      });
    }

    test("a search goes as deep as it says", async () => {
      const count = (scope: "base" | "one" | "sub" | "children"): Promise<number> =>
        inTree(async (client) => (await client.search(base, { scope, attributes: ["1.1"] })).searchEntries.length);
      assert.deepEqual(
        [await count("base"), await count("one"), await count("sub"), await count("children")],
        [1, 3, 4, 3],
      );
      assert.equal(await code((client) => client.search(`ou=nowhere,${base}`)), 32);
      assert.equal(await code((client) => client.search("no name at all")), 34);
    });

    test("an entry shows what was asked for and no more", async () => {
      const names = async (...attributes: string[]): Promise<string> =>
        Object.entries(await read(`uid=anna,${base}`, attributes))
          // The library adds what was asked for and did not come, without values.
          .flatMap(([name, value]) => (name === "dn" || value.length === 0 ? [] : [name]))
          .sort()
          .join(" ");
      const own = "cn description employeeNumber givenName mail objectClass sn uid";
      assert.equal(await names(), own);
      assert.equal(await names("*"), own);
      assert.equal(await names("1.1"), "");
      assert.equal(await names("MAIL", "sn"), "mail sn");
      const operational = await names("+");
      for (const name of [
        "createTimestamp",
        "creatorsName",
        "entryDN",
        "entryUUID",
        "hasSubordinates",
        "memberOf",
        "modifyTimestamp",
        "subschemaSubentry",
      ]) {
        assert.match(operational, new RegExp(`\\b${name}\\b`));
      }
      const typesOnly = { scope: "base", attributes: ["mail"], returnAttributeValues: false } as const;
      const bare = await inTree((client) => client.search(`uid=anna,${base}`, { ...typesOnly, attributes: ["mail"] }));
      assert.deepEqual(bare.searchEntries[0]?.mail, []);
    });

    test("many entries come in pages, and not more than asked for", async () => {
      const paged = await inTree((client) =>
        client.search(base, { scope: "one", paged: { pageSize: 2 }, attributes: ["uid"] }),
      );
      assert.deepEqual(paged.searchEntries.flatMap((it) => all(it, "uid")).sort(), ["anna", "bert", "carl"]);
      const some = await inTree((client) => client.search(base, { scope: "one", sizeLimit: 2 }));
      assert.equal(some.searchEntries.length, 2);
    });

    test("a comparison tells true, false, and nothing to compare", async () => {
      const dn = `uid=anna,${base}`;
      assert.equal(await inTree((client) => client.compare(dn, "sn", "ÖZTÜRK")), true);
      assert.equal(await inTree((client) => client.compare(dn, "sn", "Other")), false);
      assert.equal(await code((client) => client.compare(dn, "title", "x")), 16);
      assert.equal(await code((client) => client.compare(`uid=nobody,${base}`, "sn", "x")), 32);
      assert.equal(await code((client) => client.compare(dn, "nonsense", "x")), 17);
    });

    test("changes are made in order, all or none", async () => {
      const dn = `uid=bert,${base}`;
      await inTree((client) =>
        client.modify(dn, [
          change("add", "telephoneNumber", ["1", "2"]),
          change("delete", "telephoneNumber", ["1"]),
          change("replace", "title", ["Treasurer"]),
        ]),
      );
      const after = await read(dn, ["telephoneNumber", "title"]);
      assert.deepEqual([after.telephoneNumber, after.title], ["2", "Treasurer"]);
      assert.equal(
        await code((client) =>
          client.modify(dn, [change("replace", "title", ["Nobody"]), change("delete", "initials", [])]),
        ),
        16,
      );
      assert.equal((await read(dn, ["title"])).title, "Treasurer");
      await inTree((client) =>
        client.modify(dn, [change("replace", "title", []), change("delete", "telephoneNumber", [])]),
      );
      assert.deepEqual((await read(dn, ["title"])).title, []);
    });

    test("a number is counted up", async () => {
      const dn = `cn=counter,ou=system,${server.baseDn}`;
      await inTree((client) =>
        client.add(dn, { objectClass: ["device", "pwdPolicy"], pwdAttribute: "userPassword", pwdMaxAge: "40" }),
      );
      const up = new Change({ modification: new Attribute({ type: "pwdMaxAge", values: ["2"] }) });
      // The library knows the three operations of RFC 4511 and refuses to name the one of RFC 4525.
      Object.defineProperty(up, "write", { value: writeIncrement });
      await inTree((client) => client.modify(dn, up));
      assert.equal((await read(dn, ["pwdMaxAge"])).pwdMaxAge, "42");
    });

    const dn = (uid: string): string => `uid=${uid},ou=people,dc=example,dc=org`;
    const person = { objectClass: "inetOrgPerson", cn: "New", sn: "New" };
    const refusals: [what: string, code: number | number[], work: (client: Client) => Promise<unknown>][] = [
      ["an entry that is there already", 68, (client) => client.add(dn("anna"), person)],
      [
        "an entry below one that is not there",
        32,
        (client) => client.add(`uid=x,ou=nowhere,dc=example,dc=org`, person),
      ],
      [
        "an entry without what its class demands",
        65,
        (client) => client.add(dn("new"), { objectClass: "inetOrgPerson", cn: "New" }),
      ],
      [
        "an entry with what its class does not know",
        65,
        (client) => client.add(dn("new"), { ...person, member: dn("anna") }),
      ],
      ["an entry without a class", 65, (client) => client.add(dn("new"), { cn: "New" })],
      ["an unknown class", 21, (client) => client.add(dn("new"), { ...person, objectClass: "nonsense" })],
      ["an unknown attribute", 17, (client) => client.modify(dn("anna"), change("replace", "nonsense", ["x"]))],
      ["an empty value", 21, (client) => client.modify(dn("anna"), change("replace", "title", [""]))],
      [
        "a letter that is no ASCII in an address",
        21,
        (client) => client.modify(dn("anna"), change("replace", "mail", ["ö@example.org"])),
      ],
      [
        "a name that is none as a value",
        21,
        (client) => client.modify(dn("anna"), change("replace", "manager", ["no name"])),
      ],
      ["a value twice", 20, (client) => client.modify(dn("anna"), change("add", "description", ["FIRST"]))],
      [
        "a second value of a single one",
        19,
        (client) => client.modify(dn("anna"), change("add", "employeeNumber", ["8"])),
      ],
      [
        "the removal of a value that is not there",
        16,
        (client) => client.modify(dn("anna"), change("delete", "description", ["second"])),
      ],
      ["the removal of what the class demands", 65, (client) => client.modify(dn("anna"), change("delete", "sn", []))],
      [
        "the removal of what the name says",
        // RFC 4511 says 67, OpenLDAP 64.
        [67, 64],
        (client) => client.modify(dn("anna"), change("replace", "uid", ["other"])),
      ],
      [
        "a change of what the server writes",
        19,
        (client) => client.modify(dn("anna"), change("replace", "entryUUID", ["00000000-0000-4000-8000-000000000000"])),
      ],
      ["a change of nobody", 32, (client) => client.modify(dn("nobody"), change("replace", "title", ["x"]))],
      ["the removal of an entry with others below", 66, (client) => client.del("ou=people,dc=example,dc=org")],
      ["the removal of nobody", 32, (client) => client.del(dn("nobody"))],
      ["a new name that is taken", [19, 68], (client) => client.modifyDN(dn("anna"), "uid=bert")],
      ["a name that cannot be read", 34, (client) => client.del("uid=a,,dc=org")],
      ["an unknown extended operation", 2, (client) => client.exop("1.2.3.4.5")],
      ["a bind with a name and no password", 53, (client) => client.bind(dn("anna"), "")],
      ["a bind as nobody known", 49, (client) => client.bind(dn("nobody"), "x")],
    ];
    for (const [what, expected, work] of refusals) {
      test(`${what} is refused with code ${expected}`, async () => {
        const answered = await code(work);
        assert.ok([expected].flat().includes(answered), `the code is ${answered}`);
      });
    }

    test("a renamed entry keeps its id and its groups", async () => {
      await inTree((client) => client.add(dn("first"), person));
      const joining = change("add", "member", [dn("first")]);
      await inTree((client) => client.modify(`cn=team,ou=groups,${server.baseDn}`, joining));
      const { entryUUID } = await read(dn("first"), ["entryUUID"]);
      await inTree((client) => client.modifyDN(dn("first"), "uid=second"));
      const after = await read(dn("second"), ["uid", "entryUUID", "memberOf"]);
      assert.deepEqual(
        [after.uid, after.entryUUID, after.memberOf],
        ["second", entryUUID, `cn=team,ou=groups,${server.baseDn}`],
      );
      await inTree((client) => client.modifyDN(dn("second"), `uid=third,${server.baseDn}`));
      assert.equal((await read(`uid=third,${server.baseDn}`, ["uid"])).uid, "third");
      await inTree((client) => client.del(`uid=third,${server.baseDn}`));
      const members = all(await read(`cn=team,ou=groups,${server.baseDn}`, ["member"]), "member");
      assert.deepEqual(members.sort(), [dn("anna"), dn("bert")]);
    });

    test("the server says who somebody is, and what it can do", async () => {
      const whoAmI = (client: Client): Promise<{ value?: string }> => client.exop("1.3.6.1.4.1.4203.1.11.3");
      assert.equal((await inTree(whoAmI)).value, `dn:${server.adminDn}`);
      assert.ok(!(await server.as("", "", whoAmI)).value);
      const attributes = ["namingContexts", "supportedLDAPVersion", "supportedExtension", "supportedControl"];
      const root = await server.as("", "", (client) => client.search("", { scope: "base", attributes }));
      const told = root.searchEntries[0] ?? assert.fail();
      assert.deepEqual(all(told, "namingContexts"), [server.baseDn]);
      assert.ok(all(told, "supportedLDAPVersion").includes("3"));
      assert.ok(all(told, "supportedExtension").includes("1.3.6.1.4.1.4203.1.11.1"));
      assert.ok(all(told, "supportedControl").includes("1.2.840.113556.1.4.319"));
    });
  });
}

function writeIncrement(this: Change, writer: Parameters<Change["write"]>[0]): void {
  writer.startSequence();
  writer.writeEnumeration(3);
  this.modification.write(writer);
  writer.endSequence();
}
