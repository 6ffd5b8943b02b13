// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { makeCertificate } from "@cdb/dev/directory/certificate.ts";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import type { Environment } from "../environment.ts";
import { carryOut } from "./check.ts";
import { directoryChecks } from "./directory.ts";

const server = await startTestServer("OpenLDAP");
after(() => server.remove());
const settings = {
  ...{ LDAP_URL: `ldap://localhost:${server.port}?starttls`, LDAP_CA_FILE: server.caFile },
  ...{ LDAP_BASE_DN: server.baseDn, LDAP_BIND_DN: server.bindDn, LDAP_BIND_PASSWORD: server.bindPassword },
};

async function look(changed: Environment = {}): Promise<string[]> {
  const seen = await Promise.all(directoryChecks({ ...settings, ...changed }).map(carryOut));
  return seen.map(({ about, state, says }) => `${state} ${about}: ${says}`);
}

test("a directory that is as it should be is found right in all its parts", async () => {
  assert.deepEqual(await look(), [
    `ok directory: ldap://localhost:${server.port}?starttls, encrypted`,
    "ok directory: schema: people, groups, forwarding, locks",
    "ok directory: overlays: memberof, refint, unique, ppolicy",
    "ok directory: rights: writes people, groups and passwords, reads no password",
    "ok directory: limits: all entries are given",
  ]);
});

test("a connection that is not safe, or a certificate of somebody unknown, is told with what to do", async () => {
  const first = async (changed: Environment) => (await look(changed))[0] ?? "";
  assert.match(await first({ LDAP_URL: "ldap://ldap.example.org" }), /^wrong .*travel readable .*\?starttls/);
  const other = makeCertificate(server.folder, "other").certificate;
  assert.match(await first({ LDAP_CA_FILE: other }), /^wrong .*self-signed certificate\. .*LDAP_CA_FILE/);
  assert.match(await first({ LDAP_URL: settings.LDAP_URL.replace("localhost", "127.0.0.1") }), /altnames.*LDAP_URL/);
  assert.match(await first({ LDAP_CA_FILE: "/nowhere.pem" }), /^wrong .*LDAP_CA_FILE cannot be read/);
  assert.match(await first({ LDAP_URL: "http://x" }), /^wrong /);
  assert.match(await first({ LDAP_BIND_PASSWORD: "another" }), /^wrong .*does not accept the service account/);
  const [, ...parts] = await look({ LDAP_BIND_PASSWORD: "another" });
  assert.ok(parts.every((it) => /^skipped .*has to answer first/.test(it)));
});

test("an overlay and a limit that are missing are named in their own lines, with the file that says how", async () => {
  server.configure("dn: olcOverlay={1}memberof,olcDatabase={1}mdb,cn=config\nchangetype: delete\n");
  const lines = await look();
  assert.match(lines[2] ?? "", /^wrong directory: overlays: memberOf .*3-overlays\.ldif/);
  assert.match(lines[3] ?? "", /^ok /);
});
