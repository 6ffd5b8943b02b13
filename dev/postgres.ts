// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The embedded PostgreSQL: the real server, from npm, in a folder of ours. For trying, tests and small installations.

import { type ChildProcess, fork, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { findBinaries, findServerUser } from "./postgres-binaries.ts";
import { findDataFolder, makeDataFolder, stopLeftover } from "./postgres-data.ts";
import type { KeeperOrder } from "./postgres-keeper.ts";

export interface PostgresOptions {
  /** Holds the database cluster and the superuser's password; made when missing. */
  dataFolder: string;
  /** TCP on 127.0.0.1. Without it the server listens on a socket in the data folder only, open to whoever may enter. */
  port?: number;
  /** Server settings over our own, as in postgresql.conf. */
  settings?: Record<string, string>;
  logFile?: string;
  /** Called when the server ends without having been asked to. */
  onExit?: () => void;
  /**
   * The server is shared: one that runs already is taken as it is, it outlives this process, and it stops itself when
   * nobody has used it for so long.
   */
  idleMinutes?: number;
}

export interface PostgresServer {
  /** As the superuser, to the database postgres. */
  adminUrl: string;
  urlFor(database: string, role: string, password: string): string;
  /** The data folder may lie elsewhere than asked for, where PostgreSQL's user can reach it. */
  folder: string;
  stop(): Promise<void>;
}

/** Nothing is lost in a crash of the server, but all in one of the machine. Only for data nobody will miss. */
export const carelessSettings: Record<string, string> = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
};

const ourSettings: Record<string, string> = {
  jit: "off",
  random_page_cost: "1.1",
  timezone: "UTC",
  log_timezone: "UTC",
  // A unique violation would log the email address it met.
  log_parameter_max_length_on_error: "0",
  log_error_verbosity: "terse",
};

export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const user = findServerUser();
  const binaries = findBinaries(user);
  mkdirSync(options.dataFolder, { recursive: true });
  const password = passwordIn(options.dataFolder);
  const folder = findDataFolder(options.dataFolder, user);
  const urlFor = addressing(folder, options.port);
  const adminUrl = urlFor("postgres", "postgres", password);
  if (options.idleMinutes && (await answers(adminUrl))) return { adminUrl, urlFor, folder, stop: async () => {} };
  stopLeftover(folder, binaries, user);
  makeDataFolder(folder, binaries, user, password);
  const logFile = options.logFile ?? path.join(options.dataFolder, "log");
  const idle = options.idleMinutes
    ? { adminUrl, usedFile: path.join(options.dataFolder, "used"), minutes: options.idleMinutes }
    : undefined;
  const program = path.join(binaries, "bin", "postgres");
  const keeper = startKeeper({ program, args: serverArguments(folder, options), user, idle }, logFile);
  await waitUntilReady(keeper, adminUrl, logFile);
  return { adminUrl, urlFor, folder, stop: watch(keeper, options.onExit) };
}

function addressing(folder: string, port: number | undefined): PostgresServer["urlFor"] {
  const address = port ? `127.0.0.1:${port}` : "localhost";
  const parameters = port ? "" : `?host=${encodeURIComponent(socketFolder(folder))}`;
  return (database, role, password) =>
    `postgresql://${role}:${encodeURIComponent(password)}@${address}/${database}${parameters}`;
}

function passwordIn(dataFolder: string): string {
  const file = path.join(dataFolder, "password");
  const exists = statSync(file, { throwIfNoEntry: false });
  if (!exists) writeFileSync(file, randomBytes(18).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

function socketFolder(folder: string): string {
  return path.join(folder, "data");
}

function serverArguments(folder: string, { port, settings }: PostgresOptions): string[] {
  const listening: Record<string, string> = port
    ? { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "" }
    : { listen_addresses: "", unix_socket_directories: socketFolder(folder) };
  const all = Object.entries({ ...ourSettings, ...listening, ...settings });
  return ["-D", path.join(folder, "data"), ...all.flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

function startKeeper(order: KeeperOrder, logFile: string): ChildProcess {
  const file = path.join(import.meta.dirname, "postgres-keeper.ts");
  const log = openSync(logFile, "a", 0o600);
  // Detached: Ctrl-C in the terminal must not reach PostgreSQL before the programs that use it have stopped.
  const common = { detached: true, env: { PATH: process.env.PATH }, execArgv: [] };
  try {
    if (!order.idle) return fork(file, [JSON.stringify(order)], { ...common, stdio: ["ignore", log, log, "ipc"] });
    const keeper = spawn(process.execPath, [file, JSON.stringify(order)], { ...common, stdio: ["ignore", log, log] });
    keeper.unref();
    return keeper;
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(keeper: ChildProcess, adminUrl: string, logFile: string): Promise<void> {
  while (!(await answers(adminUrl))) {
    if (keeper.exitCode !== null) {
      const lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-8);
      throw new Error(`PostgreSQL did not start. The end of its log (${logFile}):\n${lines.join("\n")}`);
    }
    await pause(20);
  }
}

/** True when the server takes our connection; throws when it answers but will not have us. */
async function answers(adminUrl: string): Promise<boolean> {
  const client = new pg.Client(adminUrl);
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("28")) {
      throw new Error("PostgreSQL refuses the password kept in its folder.", { cause: error });
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function watch(keeper: ChildProcess, onExit: (() => void) | undefined): () => Promise<void> {
  let stopping = false;
  keeper.on("exit", () => stopping || onExit?.());
  return async () => {
    stopping = true;
    if (keeper.exitCode !== null || keeper.signalCode !== null) return;
    keeper.kill("SIGTERM");
    await once(keeper, "exit");
  };
}
