// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { isRunning } from "./lock.ts";
import { programPart } from "./program.ts";
import { type Part, Supervisor } from "./supervisor.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-supervisor-"));
after(() => rmSync(folder, { recursive: true }));

/** A small program that notes each of its starts, and is ready at once. */
function makeProgram(name: string, script = ""): { part: Part; starts: () => number[] } {
  const file = path.join(folder, `${name}.ts`);
  const notes = path.join(folder, `${name}.starts`);
  writeFileSync(notes, "");
  writeFileSync(
    file,
    `import { appendFileSync } from "node:fs";
    appendFileSync(${JSON.stringify(notes)}, process.pid + "\\n");
    process.once("SIGTERM", () => process.exit(0));
    ${script}
    process.send({ ready: true });
    setInterval(() => {}, 1000);`,
  );
  const part = programPart({ name, file, environment: {}, logFolder: folder });
  return { part, starts: () => readFileSync(notes, "utf8").split("\n").filter(Boolean).map(Number) };
}

test("a program that ends by itself is started again, and that is said", async () => {
  const said: string[] = [];
  const supervisor = new Supervisor((line) => said.push(line));
  const { part, starts } = makeProgram("fragile");
  await supervisor.keep(part);
  process.kill(starts()[0] as number, "SIGKILL");
  await until(() => said.length === 2);
  assert.match(said[0] ?? "", /^fragile stopped unexpectedly \(SIGKILL\).*; it starts again in 0.5 s\.$/);
  assert.equal(said[1], "fragile runs again.");
  await supervisor.stop();
  assert.equal(starts().length, 2);
  assert.deepEqual(
    starts().filter((pid) => isRunning(pid)),
    [],
  );
});

test("a program that dies while starting is told with the end of its log, and the others stop", async () => {
  const supervisor = new Supervisor(() => undefined);
  const good = makeProgram("good");
  const bad = makeProgram("bad", `process.stdout.write("first\\nthe reason\\n"); process.exit(3);`);
  await assert.rejects(
    supervisor.keep(good.part, bad.part),
    /^Error: bad stopped while starting \(exit code 3\)\. Its log \(.*bad\.log\) ends:\n {2}first\n {2}the reason$/,
  );
  await supervisor.stop();
  assert.deepEqual(
    [...good.starts(), ...bad.starts()].filter((pid) => isRunning(pid)),
    [],
  );
});

test("a program that does not stop when it is told is killed", async () => {
  const supervisor = new Supervisor(() => undefined);
  const deaf = makeProgram("deaf", `process.removeAllListeners("SIGTERM"); process.on("SIGTERM", () => {});`);
  await supervisor.keep(deaf.part);
  await supervisor.stop();
  assert.deepEqual(
    deaf.starts().filter((pid) => isRunning(pid)),
    [],
  );
});

test("stopping in the middle of a start waits for nothing", async () => {
  const supervisor = new Supervisor(() => undefined);
  const slow = makeProgram("slow", `await new Promise((go) => setTimeout(go, 1_000_000));`);
  const starting = assert.rejects(supervisor.keep(slow.part), /stopped while starting/);
  await until(() => slow.starts().length === 1);
  await supervisor.stop();
  await starting;
  assert.deepEqual(
    slow.starts().filter((pid) => isRunning(pid)),
    [],
  );
});

test("what was started last is stopped first", async () => {
  const stopped: string[] = [];
  const make = (name: string): Part => ({
    name,
    start: async () => async () => {
      stopped.push(name);
    },
  });
  const supervisor = new Supervisor(() => undefined);
  await supervisor.keep(make("database"));
  await supervisor.keep(make("directory"));
  await supervisor.keep(make("programs"));
  await supervisor.stop();
  assert.deepEqual(stopped, ["programs", "directory", "database"]);
  await assert.rejects(supervisor.keep(make("late")), /stopped while starting/);
});
