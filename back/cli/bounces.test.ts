// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { hostileSamples } from "../bounces/test/hostile-samples.ts";
import { report, secret } from "../bounces/test/returned-mail.ts";
import { returnPath } from "../mail/return-path.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { sentMailing } from "../test/sent-mailing.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const settings = { DATABASE_URL: url, LINK_SECRET: secret };
const cdb = (...args: string[]) => runCdb(["mail", ...args], settings);
const program = fileURLToPath(new URL("../cli.ts", import.meta.url));

const email = "ada@example.net";
const { personId, mailingId } = await database.transaction(administrator, async (work) => {
  const person = await makePerson(work, { email });
  return { personId: person.id, mailingId: await sentMailing(work, person) };
});
const to = returnPath("bounces@example.org", secret, { kind: "mailing", mailingId, personId });
const bounce = report({
  to,
  fields: "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; ada@example.net\nAction: failed\nStatus: 5.1.1",
});

/** As a mail server does it. */
function pipe(mail: string | Buffer, more: NodeJS.ProcessEnv = {}, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "mail", "bounce", ...args], {
    ...{ input: mail, encoding: "utf8", maxBuffer: 10_000_000 },
    env: {
      PATH: process.env.PATH,
      ORGANISATION: "organisations/example",
      NODE_ENV: "production",
      ...settings,
      ...more,
    },
  });
  return { code: status, said: stdout + stderr };
}

test("the pipe takes a mail in without a word; twice is once", async () => {
  assert.deepEqual(pipe(bounce), { code: 0, said: "" });
  assert.deepEqual(pipe(bounce), { code: 0, said: "" });
  const { bounces, addresses } = JSON.parse((await cdb("bounces", "--json")).out);
  assert.deepEqual(
    bounces.map((it: Record<string, unknown>) => [it.kind, it.status, it.reason, it.address, it.personId, it.points]),
    [["hard", "5.1.1", "user-unknown", email, personId, 1]],
  );
  assert.deepEqual([addresses[0].address, addresses[0].points, addresses[0].silentSince], [email, 1, null]);
});

test("a mail of ten megabytes, and one that nobody can read, are taken in too", () => {
  for (const { raw } of hostileSamples.filter(({ name }) => /megabytes|noise/.test(name)))
    assert.deepEqual(pipe(raw, {}, "--to", to), { code: 0, said: "" });
});

test("nothing is no mail (65); while something is wrong here the mail server is to try again (75)", () => {
  assert.equal(pipe("").code, 65);
  assert.equal(pipe(bounce, { DATABASE_URL: "postgresql://127.0.0.1:1/x" }).code, 75);
  assert.equal(pipe(bounce, { LINK_SECRET: "" }).code, 75);
  assert.equal(pipe(bounce, { DATABASE_URL: "" }).code, 75);
});

test("bounces are listed by address, person and kind, as a table, JSON or CSV", async () => {
  assert.match(
    (await cdb("bounces")).out,
    /hard +5\.1\.1 +user-unknown +ada@example\.net +sent-1 +1\n[\s\S]*ada@example\.net +\d+ +1 /,
  );
  assert.match(
    (await cdb("bounces", "--address", "ADA@example.net", "--csv")).out,
    /^id,cameAt,.*\r\n\d+,.*,hard,5\.1\.1,/,
  );
  assert.equal(
    JSON.parse((await cdb("bounces", "--who", email, "--kind", "complaint", "--json")).out).bounces.length,
    0,
  );
  assert.equal((await cdb("bounces", "--kind", "odd")).code, 2);
  assert.equal((await cdb("bounces", "--who", "nobody@example.org")).code, 1);
  assert.match((await cdb("bounces", "--address", "other@example.org")).out, /^Nothing came back\./);
});

test("an administrator forgives, with a reason for the history", async () => {
  assert.equal((await cdb("forgive", email)).code, 2);
  assert.match((await cdb("forgive", email, "--reason", "rang us")).out, /written to again/);
  assert.match((await cdb("forgive", email, "--reason", "rang us")).out, /Nothing was held/);
  assert.deepEqual(JSON.parse((await cdb("bounces", "--json")).out).addresses, []);
});
