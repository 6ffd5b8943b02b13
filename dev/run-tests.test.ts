// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-run-tests-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs test files in a process of its own, which does not know that it is part of a test. */
function runFiles(contents: Record<string, string>): { report: string; outcome: { passed: number; failed: number } } {
  const files = Object.entries(contents).map(([name, content]) => {
    const file = path.join(folder, name);
    writeFileSync(
      file,
      `import { test, describe } from "node:test"; import assert from "node:assert/strict";\n${content}`,
    );
    return file;
  });
  const script = `import { runTests } from "${new URL("./run-tests.ts", import.meta.url)}";
    const outcome = await runTests(${JSON.stringify(files)}, 2, new AbortController().signal);
    process.stderr.write(JSON.stringify(outcome));`;
  // Not by -e: Node hands its own options on to the files' processes.
  const driver = path.join(folder, "driver.mts");
  writeFileSync(driver, script);
  const run = spawnSync(process.execPath, [driver], { encoding: "utf8", env: {} });
  return { report: run.stdout, outcome: JSON.parse(run.stderr) };
}

test("every test of every file is counted, within others too, and a group of tests is not one", () => {
  const { report, outcome } = runFiles({
    "one.test.ts": 'describe("group", () => { test("a", () => {}); test("b", () => {}); });',
    "two.test.ts": 'test("outer", async (t) => { await t.test("inner", () => {}); });',
  });
  assert.deepEqual(outcome, { passed: 4, failed: 0 });
  assert.match(report, /^✔ .*one\.test\.ts {2}2 passed {2}\d/m);
});

test("a failure is told with its name, its line, what differs and what the file printed", () => {
  const { report, outcome } = runFiles({
    "bad.test.ts": `process.stdout.write("noise");\ntest("sums", () => assert.deepEqual([1, 2], [1, 3]));\ntest("fine", () => {});`,
  });
  assert.deepEqual(outcome, { passed: 1, failed: 1 });
  assert.match(report, /^✖ .*bad\.test\.ts {2}1 passed, 1 failed/);
  assert.match(report, /✖ sums \(line 3\)/);
  assert.match(report, /\+ {3}2\n *- {3}3\n/);
  assert.match(report, /noise/);
  assert.doesNotMatch(report, /node:internal/);
});

test("a file that cannot even be loaded counts as failed and says why", () => {
  const { report, outcome } = runFiles({ "broken.test.ts": 'import "./nowhere.ts";' });
  assert.deepEqual(outcome, { passed: 0, failed: 1 });
  assert.match(report, /Cannot find module .*nowhere\.ts/);
});
