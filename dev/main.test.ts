// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The whole development system, started and stopped as people and accidents do.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { isRunning } from "./lock.ts";
import { until } from "./until.ts";

const home = mkdtempSync(path.join(tmpdir(), "cdb-home-"));
// A dozen ports that another checkout's tests, at the same time, are unlikely to want.
const port = 20_000 + (process.pid % 600) * 16;
after(() => rmSync(home, { recursive: true }));

interface Started {
  child: ChildProcess;
  output: () => string;
  exitCode: Promise<number>;
}

function start(environment: Record<string, string> = {}): Started {
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, "launch.js"), path.join(import.meta.dirname, "main.ts")],
    {
      env: { PATH: process.env.PATH, CDB_HOME: home, CDB_PORT: String(port), ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += data;
    });
  return { child, output: () => output, exitCode: once(child, "close").then(([code]) => code) };
}

async function startToReady(): Promise<Started> {
  const started = start();
  await until(() => {
    assert.equal(started.child.exitCode, null, started.output());
    return /^ready/m.test(started.output());
  }, 60_000);
  return started;
}

/** The process and all that it started, and they started. */
function family(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const children = parents.filter(([, parent]) => parent === pid).map(([child]) => child);
  return [pid, ...children.flatMap(family)];
}

function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()?.split(" ")[1]);
  } catch {
    return 0;
  }
}

const living = (pids: number[]): number[] => pids.filter((pid) => isRunning(pid));

test("the system starts from nothing, says what it did, and stops on SIGTERM with nothing left", async () => {
  const { child, output, exitCode } = await startToReady();
  const lines = output().split("\n");
  assert.equal(lines.filter((line) => line.startsWith("ready")).length, 1);
  assert.match(output(), new RegExp(`the site +http://localhost:${port}\n`));
  assert.match(output(), /Ada Example signs in with ada \/ /);
  const pids = family(child.pid as number);
  assert.ok(pids.length > 8, `launcher, supervisor, four programs, PostgreSQL and its keeper: ${pids}`);
  child.kill("SIGTERM");
  assert.equal(await exitCode, 0, output());
  assert.deepEqual(living(pids), []);
});

test("secrets are made once, and only their owner may read them", async () => {
  const files = ["settings.json", "environment.json"].map((name) => path.join(home, name));
  assert.deepEqual(
    files.map((file) => statSync(file).mode & 0o777),
    [0o600, 0o600],
  );
});

test("nothing is left when the launcher is killed, and meanwhile nobody else may start", async () => {
  const settings = readFileSync(path.join(home, "settings.json"), "utf8");
  const { child } = await startToReady();
  assert.equal(readFileSync(path.join(home, "settings.json"), "utf8"), settings);
  const pids = family(child.pid as number);

  const second = start();
  assert.equal(await second.exitCode, 1);
  const [, holder] = second.output().match(/runs already, as process (\d+)/) ?? [];
  assert.ok(pids.includes(Number(holder)), second.output());

  child.kill("SIGKILL");
  await until(() => living(pids).length === 0);
});

test("PostgreSQL, killed, comes back, and the programs work on with it", async () => {
  const { child, output, exitCode } = await startToReady();
  const pidFile = path.join(home, "postgres", "data", "postmaster.pid");
  process.kill(Number(readFileSync(pidFile, "utf8").split("\n")[0]), "SIGKILL");
  await until(() => /PostgreSQL runs again/.test(output()));
  await until(async () => (await fetch(`http://localhost:${port + 10}/health`)).ok);
  child.kill("SIGTERM");
  assert.equal(await exitCode, 0, output());
});

test("nothing is left when the supervisor is killed", async () => {
  const { child } = await startToReady();
  const pids = family(child.pid as number);
  process.kill(pids[1] as number, "SIGKILL");
  await until(() => living(pids).length === 0);
});

test("ports that are taken are named, before anything starts", async () => {
  const server = createServer().listen(port + 1, "127.0.0.1");
  await once(server, "listening");
  const { output, exitCode } = start();
  assert.equal(await exitCode, 1);
  assert.match(output(), new RegExp(`^\\s*Port ${port + 1} \\(auth\\) is in use by another program`));
  server.close();
});

test("settings that make no sense are told in a sentence", async () => {
  const wrong = start({ CDB_PORT: "many" });
  assert.equal(await wrong.exitCode, 1);
  assert.match(wrong.output(), /CDB_PORT is "many"/);
  const half = start({ DATABASE_URL: "postgresql://localhost/x", STRIPE_SECRET_KEY: "sk_test_x" });
  assert.equal(await half.exitCode, 1);
  assert.match(half.output(), /DATABASE_URL is set, so MIGRATE_DATABASE_URL and AUTH_DATABASE_URL must be set too\./);
  assert.match(half.output(), /STRIPE_SECRET_KEY is set, so STRIPE_WEBHOOK_SECRET must be set too\./);
});
