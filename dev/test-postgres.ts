// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The PostgreSQL of the tests: one per checkout, started by the first test that needs it and used by all others.

import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createRoles } from "./databases.ts";
import { Held, isRunning, type Lock, takeLock } from "./lock.ts";
import { carelessSettings, type PostgresOptions, startPostgres } from "./postgres.ts";
import { findBinaries, findServerUser } from "./postgres-binaries.ts";
import { stopLeftover } from "./postgres-data.ts";

export interface TestServer {
  /** As the superuser. */
  adminUrl: string;
}

const idleMinutes = 10;
const unusedMs = 2 * 60_000;
const enoughBytes = 1_000_000_000;

let found: Promise<TestServer> | undefined;

/** The server at TEST_DATABASE_URL, else the shared one. The three roles exist, each with its name as password. */
export function testServer(): Promise<TestServer> {
  found ??= findServer();
  return found;
}

/** The folder of the shared server: in memory where there is room, with a name that only this checkout and user have. */
export function testFolder(): string {
  const checkout = createHash("sha256")
    .update(path.dirname(import.meta.dirname))
    .digest("hex")
    .slice(0, 10);
  return path.join(fastFolder(), `cdb-test-${process.getuid?.() ?? "user"}-${checkout}`);
}

/** Options for a server whose data nobody will miss: in tests and benchmarks. */
export function testOptions(dataFolder: string): PostgresOptions {
  const settings = { ...carelessSettings, autovacuum: "off", max_connections: "300", shared_buffers: "256MB" };
  return { dataFolder, settings };
}

/** Starts the shared server in the folder, or finds the running one. Many processes may ask at once. */
export async function shareServer(folder: string): Promise<TestServer> {
  makeOwnFolder(folder);
  const lock = await waitForLock(path.join(folder, "lock"));
  try {
    const usedFile = path.join(folder, "used");
    closeSync(openSync(usedFile, "a"));
    utimesSync(usedFile, new Date(), new Date());
    const { adminUrl } = await startPostgres({ ...testOptions(folder), idleMinutes });
    await createRoles(adminUrl);
    return { adminUrl };
  } finally {
    lock.release();
  }
}

/** The folder of the server that one whole run of the tests has for itself. */
export function runFolder(): string {
  return `${testFolder()}-run-${process.pid}`;
}

/** Removes servers that nobody needs any more: of runs that were killed, and the shared one when it was not used lately. */
export function removeLeftServers(): void {
  const shared = testFolder();
  const parent = path.dirname(shared);
  for (const name of readdirSync(parent)) {
    const [, pid] = name.split(`${path.basename(shared)}-run-`);
    if (pid && !isRunning(Number(pid))) removeServer(path.join(parent, name));
  }
  const used = statSync(path.join(shared, "used"), { throwIfNoEntry: false });
  if (used && Date.now() - used.mtimeMs > unusedMs) removeServer(shared);
}

/** Stops a server that works for no living process, and removes its data. */
export function removeServer(folder: string): void {
  if (!existsSync(folder)) return;
  const user = findServerUser();
  stopLeftover(folder, findBinaries(user), user);
  rmSync(folder, { recursive: true, force: true });
}

async function findServer(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (!given) return shareServer(testFolder());
  await createRoles(given);
  return { adminUrl: given };
}

function fastFolder(): string {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > enoughBytes ? memory : tmpdir();
}

// Anybody may make folders there; one that another user prepared is none of ours.
function makeOwnFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const entry = lstatSync(folder);
  if (!entry.isDirectory() || (process.getuid && entry.uid !== process.getuid())) {
    throw new Error(`${folder} belongs to somebody else: remove it, or give a server by TEST_DATABASE_URL.`);
  }
}

async function waitForLock(file: string): Promise<Lock> {
  for (;;) {
    try {
      return takeLock(file);
    } catch (error) {
      if (!(error instanceof Held)) throw error;
      await pause(50);
    }
  }
}
