// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Everything that must hold before a change is handed in, as `npm test` runs it. Its last line counts.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import path from "node:path";
import { installMissing } from "./debian-packages.ts";
import { allPartSettings } from "./environment.ts";
import { leanEnvironment } from "./node-options.ts";
import { type PostgresServer, startPostgres } from "./postgres.ts";
import { type Outcome, runTests } from "./run-tests.ts";
import { removeLeftServers, removeServer, runFolder, testOptions } from "./test-postgres.ts";

const root = path.dirname(import.meta.dirname);
const colours = process.stdout.isTTY ? "force" : "off";
const sum: Outcome = { passed: 0, failed: 0 };
const stopping = new AbortController();
let server: PostgresServer | undefined;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => finish());
process.on("disconnect", () => finish());

// Each file is a process of its own, and most of them load the same sources.
process.env.NODE_COMPILE_CACHE ??= leanEnvironment.NODE_COMPILE_CACHE;
// What a shell has set for a system of its own must not lead the tests to it.
for (const name of [...allPartSettings, "CDB_HOME", "CDB_PORT", "ORGANISATION", "LOG_LEVEL"]) delete process.env[name];

await step("Programs of the system", async () => installMissing());
await step("Format and lint", () => runTool("biome", "ci", ".", "--colors", colours, "--max-diagnostics", "30"));
await step("Types", () => runTool("tsc"));
await step("A database for the tests", startServer);
await stepOfTests("Tests", find("**/*.test.ts", ["e2e/**"]), 3);
await stepOfTests("Journeys", find("e2e/**/*.test.ts", []), 3);
await finish();

async function step(name: string, work: () => Promise<void>): Promise<void> {
  heading(name);
  try {
    await work();
    sum.passed += 1;
  } catch (error) {
    if (stopping.signal.aborted) return;
    sum.failed += 1;
    process.stdout.write(`✖ ${(error as Error).message}\n`);
  }
}

async function stepOfTests(name: string, files: string[], concurrency: number): Promise<void> {
  heading(name);
  const { passed, failed } = await runTests(files, concurrency, stopping.signal);
  sum.passed += passed;
  sum.failed += failed;
}

function heading(name: string): void {
  if (!stopping.signal.aborted) process.stdout.write(`\n${name}\n`);
}

async function runTool(name: string, ...args: string[]): Promise<void> {
  const program = path.join(root, "node_modules", ".bin", name);
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: "inherit", signal: stopping.signal });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${name} is not content.`);
}

async function startServer(): Promise<void> {
  removeLeftServers();
  if (process.env.TEST_DATABASE_URL) return;
  server = await startPostgres(testOptions(runFolder()));
  process.env.TEST_DATABASE_URL = server.adminUrl;
}

function find(pattern: string, without: string[]): string[] {
  const exclude = ["**/node_modules/**", ".data/**", ...without];
  return globSync(pattern, { cwd: root, exclude })
    .sort()
    .map((file) => path.join(root, file));
}

async function finish(): Promise<void> {
  const interrupted = stopping.signal.aborted;
  stopping.abort();
  if (interrupted) return;
  await server?.stop();
  if (server) removeServer(runFolder());
  process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed\n`);
  process.exit(sum.failed > 0 || sum.passed === 0 ? 1 : 0);
}
