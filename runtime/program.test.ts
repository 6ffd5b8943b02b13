// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-program-"));
after(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, "program.ts");
writeFileSync(
  file,
  `import { runProgram } from "${path.join(import.meta.dirname, "program.ts")}";
  import { z } from "${import.meta.resolve("zod")}";
  const settings = { LOG_LEVEL: { check: z.string(), development: "silent", meaning: "" }, NEEDED: { check: z.string(), meaning: "It is needed." } };
  const timer = setInterval(() => {}, 1000);
  await runProgram("test", settings, async () => ({ stop: async () => clearInterval(timer) }));`,
);

const start = (environment: Record<string, string>) =>
  fork(file, { env: { ...process.env, ...environment }, stdio: ["ignore", "ignore", "pipe", "ipc"] });

for (const [how, stop] of [
  ["SIGTERM", (child: ReturnType<typeof start>) => child.kill("SIGTERM")],
  ["SIGINT", (child: ReturnType<typeof start>) => child.kill("SIGINT")],
  ["the end of whoever started it", (child: ReturnType<typeof start>) => child.disconnect()],
] as const)
  test(`a program says when it is ready and stops cleanly on ${how}`, async () => {
    const child = start({ NEEDED: "yes" });
    assert.deepEqual((await once(child, "message"))[0], { ready: true });
    stop(child);
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

test("a program that lacks a setting says so in a sentence and ends", async () => {
  const child = start({});
  let said = "";
  child.stderr?.on("data", (data) => {
    said += data;
  });
  const [code] = await once(child, "exit");
  assert.equal(code, 1);
  assert.match(said, /NEEDED: is missing\. It is needed\./);
});
