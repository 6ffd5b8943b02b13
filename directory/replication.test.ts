// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Two OpenLDAP servers as the documentation sets them up: the second follows the first, and takes no changes itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { startTestServer, type TestServer } from "@cdb/dev/directory/test-servers.ts";
import { until } from "@cdb/dev/until.ts";
import type { Directory } from "./directory.ts";
import { DirectoryRefused } from "./errors.ts";

const docs = path.join(import.meta.dirname, "../docs/directory");
const [password, secret] = ["analytical engine", "the replica"];

describe("a replica", { timeout: 120_000 }, () => {
  let [first, second]: TestServer[] = [];
  let [provider, replica]: Directory[] = [];

  before(async () => {
    first = await startTestServer("OpenLDAP");
    provider = first.open();
    await first.addPerson({
      username: "ada",
      password,
      name: "Ada Example",
      mail: "ada@example.org",
      groups: ["crew"],
    });
    first.configure(readFileSync(path.join(docs, "replication-provider.ldif"), "utf8"));
    await first.asAdmin((client) =>
      client.add(`cn=replica,ou=system,${first?.baseDn}`, {
        objectClass: ["device", "simpleSecurityObject"],
        userPassword: secret,
        pwdPolicySubentry: `cn=system-policy,ou=system,${first?.baseDn}`,
      }),
    );
    second = await startTestServer("OpenLDAP", { change: (ldif, file) => (file === "4-entries.ldif" ? "" : ldif) });
    second.configure(
      readFileSync(path.join(docs, "replication-replica.ldif"), "utf8")
        .replaceAll("ldaps://ldap.example.org", first.tlsUrl)
        .replace("/etc/ssl/certs/ca-certificates.crt", first.caFile)
        .replace("@REPLICA@", `"${secret}"`),
    );
    replica = second.open();
  });

  after(async () => {
    await Promise.all([provider?.close(), replica?.close()]);
    await Promise.all([second?.remove(), first?.remove()]);
  });

  test("shows what the first server shows, groups and passwords included, and follows it", async () => {
    const [at, from] = [replica ?? assert.fail(), provider ?? assert.fail()];
    await until(() => at.findEntry("ada").catch(() => undefined));
    assert.deepEqual(await at.findEntry("ada"), await from.findEntry("ada"));
    assert.equal((await at.checkPassword("ada", password)).outcome, "right");
    const { id } = (await from.findEntry("ada")) ?? assert.fail();
    const known = { id, formerUsernames: [], ourGroups: ["crew"] };
    const entry = { displayName: "Ada", surname: "Ada", mail: "ada@example.org", groups: [] };
    await from.writeEntry({ ...entry, username: "renamed" }, known);
    await until(async () => (await at.findEntry("renamed"))?.displayName === "Ada");
    assert.deepEqual([(await at.findEntry("renamed"))?.id, await at.groupsOf("renamed")], [id, []]);
    await from.writeEntry({ ...entry, username: "renamed", isLocked: true }, known);
    await until(async () => (await at.checkPassword("renamed", password)).outcome === "refused");
  });

  test("takes no change, and says so", async () => {
    const entry = { username: "nobody", displayName: "N", surname: "N", mail: "n@example.org", groups: [] };
    await assert.rejects(
      (replica ?? assert.fail()).writeEntry(entry),
      (error) => error instanceof DirectoryRefused && error.resultCode === 10,
    );
  });
});
