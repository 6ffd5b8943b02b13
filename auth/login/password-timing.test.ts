// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be learnt from how long the sign-in page takes, at an OpenLDAP with Argon2: nothing. And that this test would see it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestServer } from "@cdb/dev/directory/test-servers.ts";
import { all, change } from "@cdb/directory/entry.ts";
import { openLog } from "@cdb/runtime/log.ts";
import { compare, measure } from "../test/compare-times.ts";
import { openBrowser, openClient, startAuth } from "../test/start.ts";
import { PasswordSignIn } from "./password.ts";
import type { Throttle } from "./throttle.ts";

const password = "correct horse battery staple";
// A tenth of the usual cost, so that a thousand answers do not take a minute; there is as much to tell apart.
const cheaper = (ldif: string) => ldif.replace("argon2 m=19456 t=2 p=1", "argon2 m=4096 t=1 p=1");
const server = await startTestServer("OpenLDAP", { change: cheaper });
const auth = await startAuth(undefined, server, { timeoutMs: 60_000 });
const front = await openClient(auth.issuer);
after(() => server.remove());

const decoy = `uid=decoy,ou=system,${server.baseDn}`;
/** Usernames, too. */
const kinds = ["wrong", "unknown", "without", "locked", "blocked"] as const;
/** Longer in two of three pairs is what 200 samples show without fail (five standard deviations), and chance never. */
const telling = 1 / 6;

const wrong = await auth.addPerson("Wrong", password);

async function prepare(): Promise<void> {
  for (const name of ["Without", "Locked"]) await auth.addPerson(name, password);
  (await auth.addPerson("Blocked", password)).blocked = true;
  await server.givePolicy(["wrong"], { pwdLockout: "FALSE" });
  await server.givePolicy(["locked"], { pwdLockout: "TRUE", pwdMaxFailure: "1" });
  const bind = server.as(`uid=locked,ou=people,${server.baseDn}`, "a wrong password", async () => {});
  await assert.rejects(bind);
  await server.asAdmin(async (client) => {
    await client.modify(`uid=without,ou=people,${server.baseDn}`, change("delete", "userPassword", []));
    await client.modify(decoy, change("replace", "userPassword", ["a password that nobody knows"]));
    const stored = (await client.search(decoy, { scope: "base", attributes: ["userPassword"] })).searchEntries[0];
    assert.match(all(stored ?? assert.fail(), "userPassword").join(), /m=4096,t=1/, "the decoy costs what people cost");
  });
}

test("unknown, without password, locked, blocked: each takes as long as a wrong password", async (t) => {
  await prepare();
  const browser = openBrowser(auth.issuer);
  const form = await browser.open((await front.begin()).url);
  const ask = async (kind: string) => {
    const page = await browser.submit(form, { identifier: kind, password: "a wrong password" });
    assert.equal(page.status, 422, kind);
  };
  const forgive = () => auth.pool.query("delete from throttle");
  await measure(kinds, 10, ask, forgive); // What comes first is not yet compiled.
  const taken = await measure(kinds, 200, ask, forgive);
  for (const kind of kinds) {
    const { longer, z } = compare(taken[kind], taken.wrong);
    const median = taken[kind].toSorted((one, other) => one - other)[100]?.toFixed(1);
    t.diagnostic(`${kind}: median ${median} ms, longer than wrong in ${longer.toFixed(3)}, z ${z.toFixed(1)}`);
    assert.ok(Math.abs(longer - 0.5) < telling, `${kind} can be told from wrong: ${longer}`);
  }
});

test("the same measure finds an unknown name when there is no decoy", async (t) => {
  await server.asAdmin((client) => client.del(decoy));
  const back = { findPerson: async (name: string) => (name === "wrong" ? wrong : undefined) };
  const throttle = { countPassword: async () => "go-on", forget: async () => {} } as unknown as Throttle;
  const hasty = { learn: () => {}, wait: async () => {} };
  const directory = server.open();
  const log = openLog("auth", "silent");
  const passwords = new PasswordSignIn(back as never, directory, throttle, log, hasty);
  const ask = async (identifier: string) => {
    const attempt = { identifier, password: "a wrong password", network: "n", isKnownDevice: () => false };
    assert.equal((await passwords.check(attempt)).outcome, "wrong");
  };
  const taken = await measure(["wrong", "unknown"], 200, ask);
  const { longer } = compare(taken.unknown, taken.wrong);
  t.diagnostic(`unknown is longer than wrong in ${longer.toFixed(3)}`);
  await directory.close();
  assert.ok(longer < 0.5 - telling, String(longer));
});
