// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { urlFor } from "./databases.ts";
import { isRunning } from "./lock.ts";
import { removeServer, shareServer, testFolder } from "./test-postgres.ts";

const folder = `${testFolder()}-trial`;
after(() => removeServer(folder));

test("eight test processes that begin at once share one server, which outlives them", async () => {
  const script = `import { shareServer } from "${new URL("./test-postgres.ts", import.meta.url)}";
    process.stdout.write((await shareServer("${folder}")).adminUrl + "\\n");`;
  const command = `for i in 1 2 3 4 5 6 7 8; do "$0" --input-type=module -e '${script}' & done; wait`;
  const { stdout } = spawnSync("/bin/sh", ["-c", command, process.execPath], { encoding: "utf8" });
  const addresses = stdout.trim().split("\n");
  assert.equal(addresses.length, 8, stdout);
  assert.equal(new Set(addresses).size, 1);
  const { adminUrl } = await shareServer(folder);
  assert.equal(adminUrl, addresses[0]);
  const client = new pg.Client(urlFor(adminUrl, "postgres", "cdb_app"));
  await client.connect();
  assert.deepEqual((await client.query("SELECT current_user AS role")).rows, [{ role: "cdb_app" }]);
  await client.end();
});

test("a shared server that was left behind is removed with its data", async () => {
  await shareServer(folder);
  const pid = Number(readFileSync(path.join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
  removeServer(folder);
  assert.equal(isRunning(pid, "postgres"), false);
  assert.equal(existsSync(folder), false);
});
