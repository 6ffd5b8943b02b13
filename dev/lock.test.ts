// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Held, takeLock } from "./lock.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-lock-"));
after(() => rmSync(folder, { recursive: true }));

const takeAndStay = (file: string): string =>
  `import { takeLock } from "${new URL("./lock.ts", import.meta.url)}";
  takeLock("${file}"); process.stdout.write("taken"); setInterval(() => {}, 1000);`;

test("a lock that another living process holds is refused, with its number", async () => {
  const file = path.join(folder, "held");
  const other = spawn(process.execPath, ["--input-type=module", "-e", takeAndStay(file)]);
  await once(other.stdout, "data", { signal: AbortSignal.timeout(20_000) });
  assert.throws(
    () => takeLock(file),
    (error) => error instanceof Held && error.pid === other.pid,
  );
  other.kill("SIGKILL");
  await once(other, "exit");
  takeLock(file).release();
  assert.equal(existsSync(file), false);
});

test("a process that took over the number of the holder does not hold its lock", () => {
  const file = path.join(folder, "recycled");
  takeLock(file);
  const start = readFileSync(file, "utf8").split(" ")[1];
  writeFileSync(file, `${process.pid} 1${start}`);
  takeLock(file).release();
});

test("of many processes that ask at once for a dead one's lock, one gets it", () => {
  const file = path.join(folder, "many");
  writeFileSync(file, "999999999 1\n");
  const script = `import { takeLock } from "${new URL("./lock.ts", import.meta.url)}";
    try { takeLock("${file}"); process.stdout.write("got "); await new Promise(go => setTimeout(go, 1500)); } catch { }`;
  const command = `for i in 1 2 3 4 5 6; do "$0" --input-type=module -e '${script}' & done; wait`;
  const { stdout } = spawnSync("/bin/sh", ["-c", command, process.execPath], { encoding: "utf8" });
  assert.equal(stdout, "got ");
});
