// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import pg from "pg";
import { createDatabases, createRoles } from "./databases.ts";
import { startPostgres } from "./postgres.ts";
import { testOptions } from "./test-postgres.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-postgres-"));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

async function ask(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url, query_timeout: 20_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

function pidIn(dataFolder: string): number {
  return Number(readFileSync(path.join(dataFolder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
}

test("data is there again after a stop and a start", async () => {
  const options = testOptions(path.join(folder, "restarted"));
  const first = await startPostgres(options);
  await ask(first.adminUrl, "CREATE TABLE kept AS SELECT 7 AS number");
  await first.stop();
  await assert.rejects(ask(first.adminUrl, "SELECT 1"));
  const second = await startPostgres(options);
  assert.deepEqual(await ask(second.adminUrl, "SELECT number FROM kept"), [[7]]);
  await second.stop();
});

test("every role opens its own database and no other", async () => {
  const server = await startPostgres({
    ...testOptions(path.join(folder, "roles")),
    port: 20_012 + (process.pid % 600) * 16,
  });
  const passwords = { cdb_migrate: "mi gr/ate", cdb_app: "app", cdb_auth: "auth" };
  await createRoles(server.adminUrl, passwords);
  await createRoles(server.adminUrl, passwords);
  assert.deepEqual([await createDatabases(server.adminUrl), await createDatabases(server.adminUrl)], [true, false]);
  const open = (database: string, role: keyof typeof passwords, password = passwords[role]): Promise<unknown> =>
    ask(server.urlFor(database, role, password), "SELECT 1");
  await open("community", "cdb_migrate");
  await open("community", "cdb_app");
  await open("auth", "cdb_auth");
  await assert.rejects(open("community", "cdb_auth"), /permission denied/);
  await assert.rejects(open("auth", "cdb_app"), /permission denied/);
  await assert.rejects(open("postgres", "cdb_auth"), /permission denied/);
  await assert.rejects(open("community", "cdb_app", "wrong"), /password authentication failed/);
  await server.stop();
});

test("the server stops when the process that started it is killed", async () => {
  const dataFolder = path.join(folder, "orphaned");
  const script = `import { startPostgres } from "${new URL("./postgres.ts", import.meta.url)}";
    await startPostgres({ dataFolder: "${dataFolder}" }); process.stdout.write("up");`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(starter.stdout, "data", { signal: AbortSignal.timeout(20_000) });
  const pidFile = path.join(dataFolder, "data", "postmaster.pid");
  assert.ok(existsSync(pidFile));
  starter.kill("SIGKILL");
  await until(() => !existsSync(pidFile));
});

test("a server that lost its keeper is replaced, and its data kept", async () => {
  const options = testOptions(path.join(folder, "lost"));
  let ended = 0;
  const first = await startPostgres({ ...options, onExit: () => ended++ });
  await ask(first.adminUrl, "CREATE TABLE kept AS SELECT 8 AS number");
  const lost = pidIn(first.folder);
  const keeper = Number(readFileSync(`/proc/${lost}/stat`, "utf8").split(") ").pop()?.split(" ")[1]);
  process.kill(keeper, "SIGKILL");
  await until(() => ended === 1);
  const second = await startPostgres(options);
  assert.notEqual(pidIn(second.folder), lost);
  assert.deepEqual(await ask(second.adminUrl, "SELECT number FROM kept"), [[8]]);
  await second.stop();
});

test("a server that ends by itself is noticed", async () => {
  const ended = new Promise<void>((resolve) => {
    startPostgres({ ...testOptions(path.join(folder, "killed")), onExit: resolve }).then((server) =>
      process.kill(pidIn(server.folder), "SIGQUIT"),
    );
  });
  await ended;
});

test("root's private folder makes the data lie elsewhere, found again the next time", {
  skip: process.getuid?.() !== 0,
}, async () => {
  const hidden = path.join(mkdtempSync(path.join(folder, "private-")), "postgres");
  const first = await startPostgres(testOptions(hidden));
  assert.notEqual(first.folder, hidden);
  await ask(first.adminUrl, "CREATE TABLE kept AS SELECT 9 AS number");
  await first.stop();
  const second = await startPostgres(testOptions(hidden));
  assert.deepEqual(await ask(second.adminUrl, "SELECT number FROM kept"), [[9]]);
  await second.stop();
  rmSync(second.folder, { recursive: true });
});
