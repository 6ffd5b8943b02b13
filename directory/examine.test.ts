// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A server that lacks something, or gives too much, is told from one that is set up as the documentation says.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { kinds, startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { isPerson } from "./entry.ts";

type Change = (ldif: string, file: string) => string;

const without =
  (pattern: RegExp, put = ""): Change =>
  (ldif) =>
    ldif.replace(pattern, put);
const overlay = (name: string): Change => without(new RegExp(`dn: olcOverlay=${name},(.+\\n)+`));
const withoutMisc: Change = (ldif, file) =>
  file === "misc.ldif"
    ? ""
    : ldif.replace(/olcUniqueURI:.*mailLocal.*\n/, "").replaceAll(/,?mail(LocalA|RoutingA)ddress/g, "");
const service = 'by dn.exact="cn=service,ou=system,dc=example,dc=org"';

const faults: [what: string, change: Change, part: string, says: RegExp][] = [
  ["inetLocalMailRecipient", withoutMisc, "schema", /load the schema misc/],
  ["memberof", overlay("memberof"), "overlays", /overlay memberof is missing/],
  ["refint", overlay("refint"), "overlays", /overlay refint is missing/],
  ["unique", overlay("unique"), "overlays", /lacks the overlay unique/],
  ["ppolicy", overlay("ppolicy"), "overlays", /ppolicy does not look after/],
  [
    "the right to write people",
    without(new RegExp(`${service} write`, "g"), `${service} read`),
    "rights",
    /may not add people/,
  ],
  [
    "the right to write passwords",
    without(/by dn\.exact="cn=service,[^"]*" =w/),
    "rights",
    /may not write userPassword/,
  ],
  [
    "a bar before passwords",
    without(new RegExp(`${service} =w`), `${service} write`),
    "rights",
    /may read userPassword/,
  ],
  [
    "the right to see who made an entry",
    without(/(\{3\}to attrs=pwdPolicySubentry)((?:.*\n)*?) {2}by dn\.exact="cn=service.*\n/, "$1,creatorsName$2"),
    "rights",
    /may not read creatorsName/,
  ],
  [
    "the right of everybody to try a password",
    without(/(?<=\{1\}to (?:.*\n)*?) {2}by anonymous auth\n/),
    "rights",
    /cannot sign in/,
  ],
  [
    "a bar before the rest",
    without(/(\{7\}to \*[^{]*?)by dn.exact="cn=service[^"]*" read/, `$1${service} write`),
    "rights",
    /outside of people and groups/,
  ],
  ["a bar before strangers", without(/by \* none/g, "by * read"), "rights", /Anybody may read/],
  [
    "limits that are wide enough",
    without(/replace: olcLimits\n(olcLimits.*\n)+-\n/),
    "limits",
    /not given all entries.*olcLimits/,
  ],
];

for (const kind of kinds)
  test(`${kind} as the documentation has it is found right, and left without a trace`, {
    timeout: 60_000,
  }, async () => {
    const server = await startTestServer(kind);
    const directory = server.open();
    try {
      assert.deepEqual(await directory.examine(), []);
      await server.asAdmin(async (client) => {
        const { searchEntries } = await client.search(server.baseDn, { filter: "(cn=*probe*)" });
        assert.deepEqual(
          [searchEntries, (await client.search(server.baseDn, { filter: isPerson })).searchEntries],
          [[], []],
        );
      });
    } finally {
      await directory.close();
      await server.remove();
    }
  });

describe("OpenLDAP without", { timeout: 180_000 }, () => {
  for (const [what, change, part, says] of faults)
    test(`${what} is told from one that is right`, async () => {
      let isChanged = false;
      const server = await startTestServer("OpenLDAP", {
        change: (ldif, file) => {
          const changed = change(ldif, file);
          isChanged ||= changed !== ldif;
          return changed;
        },
      });
      const directory = server.open();
      try {
        assert.ok(isChanged, "the change found nothing to change");
        if (part === "limits")
          await server.asAdmin(async (client) => {
            for (let n = 0; n < 501; n++)
              await client.add(`uid=many${n},ou=people,${server.baseDn}`, {
                objectClass: "inetOrgPerson",
                cn: "x",
                sn: "x",
              });
          });
        const findings = await directory.examine();
        assert.ok(
          findings.some((finding) => finding.part === part && says.test(finding.says)),
          JSON.stringify(findings),
        );
      } finally {
        await directory.close();
        await server.remove();
      }
    });
});
