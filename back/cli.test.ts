// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { runCdb } from "./cli/test/run-cdb.ts";
import { freshDatabase } from "./test/database.ts";
import { administrator, makePerson } from "./test/make.ts";

const { database, url } = await freshDatabase();
await database.transaction(administrator, (work) => makePerson(work, { email: "ada@example.org" }));
const home = mkdtempSync(path.join(tmpdir(), "cdb-home-"));
after(() => rmSync(home, { recursive: true }));
const nouns = {
  people: ["find", "show", "history", "add", "change", "import"],
  payments: ["list", "register"],
  mail: ["queue", "send-again", "preview"],
  mailings: ["create", "write", "approve"],
};

test("a command that is not there is exit code 2, and the one that was meant is named", async () => {
  const noun = await runCdb(["peple", "find", "ada"]);
  assert.match(noun.err, /unknown command 'peple'\n\(Did you mean people\?\)/);
  const verb = await runCdb(["people", "fnd", "ada"]);
  assert.match(verb.err, /Did you mean find\?/);
  const option = await runCdb(["people", "find", "ada", "--jsn"]);
  assert.match(option.err, /Did you mean --json\?/);
  assert.deepEqual([noun.code, verb.code, option.code], [2, 2, 2]);
});

test("every command explains itself with an example", async () => {
  const all = Object.entries({ ...nouns, database: ["migrate", "status"] }).flatMap(([noun, verbs]) =>
    verbs.map((verb) => [noun, verb]),
  );
  for (const command of [...all, ["doctor"], ["completion"]]) {
    const { code, out } = await runCdb([...command, "--help"]);
    assert.ok(out.includes(`  $ cdb ${command.join(" ")}`), command.join(" "));
    assert.equal(code, 0);
  }
  const { out } = await runCdb(["--help"]);
  assert.match(out, /Exit codes:\n +0 +done/);
});

test("JSON may be asked for before or after the command", async () => {
  for (const args of [
    ["--json", "people", "find", "ada@"],
    ["people", "--json", "find", "ada@"],
    ["people", "find", "ada@", "--json"],
  ])
    assert.equal(JSON.parse((await runCdb(args, { DATABASE_URL: url })).out).people[0].email, "ada@example.org");
});

test("the settings of the running development system are found, and those that are set come first", async () => {
  writeFileSync(path.join(home, "environment.json"), JSON.stringify({ DATABASE_URL: url }));
  assert.equal((await runCdb(["people", "find", "ada@"], { CDB_HOME: home })).code, 0);
  const dead = "postgres://x:y@127.0.0.1:1/z";
  assert.equal((await runCdb(["people", "find", "ada@"], { CDB_HOME: home, DATABASE_URL: dead })).code, 3);
  const production = await runCdb(["people", "find", "ada@"], { CDB_HOME: home, NODE_ENV: "production" });
  assert.match(production.err, /^DATABASE_URL is not set\. Set it in the environment\.\n$/);
  assert.equal(production.code, 2);
});

test("settings of the development system that cannot be read are exit code 2", async () => {
  writeFileSync(path.join(home, "environment.json"), '{"DATABASE_URL": 5}');
  const { code, err } = await runCdb(["people", "find", "ada@"], { CDB_HOME: home });
  assert.match(err, /is not what the development system writes/);
  assert.equal(code, 2);
});

test("a stack is shown when it is asked for, and only then", async () => {
  const quiet = await runCdb(["people", "show", "nobody"], { DATABASE_URL: url });
  assert.doesNotMatch(quiet.err, /\n\s+at /);
  const debug = await runCdb(["people", "show", "nobody", "--debug"], { DATABASE_URL: url });
  assert.match(debug.err, /\n\s+at /);
});

test("a reader who leaves early hears no complaint", async () => {
  const child = spawn(process.execPath, ["back/cli.ts", "--help"], { cwd: path.dirname(import.meta.dirname) });
  let err = "";
  child.stderr.on("data", (text) => {
    err += text;
  });
  child.stdout.destroy();
  const [code] = await once(child, "close");
  assert.deepEqual([code, err], [0, ""]);
});

test("shells get a script for completion that they understand, and it knows commands and options", async () => {
  const { code, out } = await runCdb(["completion", "bash"]);
  assert.match(out, /complete -F __cdb_complete cdb/);
  assert.equal(code, 0);
  const file = path.join(home, "completion.bash");
  writeFileSync(file, out);
  await promisify(execFile)("bash", ["-n", file]);
  const suggested = await runCdb(["complete", "--", "people", ""]);
  for (const verb of nouns.people) assert.match(suggested.out, new RegExp(`^${verb}\t`, "m"));
  assert.match((await runCdb(["complete", "--", "payments", "register", "--"])).out, /^--amount\t/m);
  for (const shell of ["zsh", "fish"]) assert.match((await runCdb(["completion", shell])).out, /cdb/);
});

test("the launcher starts the command on the pinned Node and passes its exit code on", async () => {
  const launcher = path.join(import.meta.dirname, "cdb.js");
  const run = promisify(execFile)(process.execPath, [launcher, "peple"], { env: { CDB_HOME: home } });
  await assert.rejects(run, { code: 2 });
});
