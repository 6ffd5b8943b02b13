// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { erase } from "../data/people/erasure.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const secret = "a secret for tests of adding";
const cdb = (...args: string[]) => runCdb(["people", ...args], { DATABASE_URL: url, LINK_SECRET: secret });
const show = async (who: string) => JSON.parse((await cdb("show", who, "--json")).out);

async function mailsTo(email: string): Promise<string[]> {
  const { rows } = await database.pool.query("select mail from message where recipient = $1", [email]);
  return rows.map(({ mail }) => mail);
}

test("who is added is confirmed by the coordinator, with the reason in the history, and gets no mail", async () => {
  const { code, out } = await cdb(
    ...["add", "--name", "Zoë Löffler", "--email", "zoe@example.org", "--language", "de", "--reason", "paper form"],
    ...["--city", "Köln", "--country", "DE", "--lines", "Ring 1", "Hinterhaus"],
  );
  assert.match(out, /^Zoë Löffler is confirmed: person \d+, EX\d+\.\n$/);
  assert.equal(code, 0);
  const shown = await show("zoe@example.org");
  assert.deepEqual([shown.registration, shown.language], ["confirmed", "de"]);
  assert.deepEqual([shown.postalAddress.lines, shown.postalAddress.city], [["Ring 1", "Hinterhaus"], "Köln"]);
  const { entries } = JSON.parse((await cdb("history", "zoe@example.org", "--json")).out);
  assert.ok(entries.some((it: { reason: string }) => it.reason === "coordinator: paper form"));
  assert.deepEqual(await mailsTo("zoe@example.org"), []);
});

test("who is asked is unconfirmed and gets the mail with the link", async () => {
  assert.equal((await cdb("add", "--name", "Bo", "--email", "bo@example.org", "--ask")).code, 0);
  assert.equal((await show("bo@example.org")).registration, "unconfirmed");
  assert.deepEqual(await mailsTo("bo@example.org"), ["confirm-registration"]);
});

test("who is known is named, and nothing is overwritten", async () => {
  const { code, err } = await cdb("add", "--name", "Other", "--email", "ZOE@example.org");
  assert.match(err, /^Person \d+ has this email address already\.\n$/);
  assert.equal(code, 1);
  assert.equal((await show("zoe@example.org")).name, "Zoë Löffler");
});

test("who left comes back by their own link only", async () => {
  await database.transaction(administrator, async (work) => {
    await erase(work, await makePerson(work, { email: "left@example.org" }), secret, "silently");
  });
  const args = ["add", "--name", "Lea Left", "--email", "left@example.org"];
  const { code, err } = await cdb(...args);
  assert.match(err, /^Whoever has this address left\./);
  assert.equal(code, 1);
  assert.equal((await cdb(...args, "--ask")).code, 0);
});

test("what is wrong is a sentence, and nobody is added", async () => {
  const count = async () => (await database.pool.query("select count(*)::int as n from person")).rows[0].n;
  const before = await count();
  const mistakes: [string[], number, RegExp][] = [
    [["--name", "X", "--email", "nonsense"], 1, /^email: /],
    [["--name", " ", "--email", "x@example.org"], 1, /^name: must not be empty/],
    [["--name", "X", "--email", "x@example.org", "--country", "Germany"], 1, /country: must be a two-letter/],
    [["--name", "X", "--email", "x@example.org", "--language", "la"], 1, /does not write in this language/],
    [["--name", "X", "--email", "x@example.org", "--kind", "robot"], 1, /^kind: /],
    [["--name", "X", "--email", "x@mailinator.com"], 1, /not accepted/],
    [["--name", "X"], 2, /--email/],
  ];
  for (const [args, expected, sentence] of mistakes) {
    const { code, err } = await cdb("add", ...args);
    assert.match(err, sentence);
    assert.equal(code, expected, err);
  }
  assert.equal(await count(), before);
});

test("a change puts right what is said and leaves the rest; it needs a reason", async () => {
  const { out } = await cdb(
    "change",
    "zoe@example.org",
    "--city",
    "Bonn",
    "--birthday",
    "1980-02-29",
    "--reason",
    "letter",
  );
  assert.equal(out, "Changed of Zoë Löffler: birthday, postalAddress.\n");
  const { postalAddress, name } = await show("zoe@example.org");
  assert.deepEqual([postalAddress.lines[0], postalAddress.city, name], ["Ring 1", "Bonn", "Zoë Löffler"]);
  const { entries } = JSON.parse((await cdb("history", "zoe@example.org", "--json")).out);
  const changed = entries.find((it: { verb: string }) => it.verb === "changed");
  assert.deepEqual([changed.reason, changed.changes.city], ["letter", ["Köln", "Bonn"]]);
  assert.match((await cdb("change", "zoe@example.org", "--city", "Rom")).err, /required option '--reason/);
  assert.match((await cdb("change", "zoe@example.org", "--reason", "x")).err, /^Say what is to be changed/);
  const future = await cdb("change", "zoe@example.org", "--birthday", "2999-01-01", "--reason", "x");
  assert.match(future.err, /between 1900 and today/);
});
