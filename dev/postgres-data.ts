// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The folder of an embedded PostgreSQL: where it lies, how it is made, and what to do with a server left in it.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isRunning } from "./lock.ts";
import { canUse, type ServerUser, systemFolder } from "./postgres-binaries.ts";

/** The wished folder, or one that PostgreSQL's user can reach; the wished folder then remembers which. */
export function findDataFolder(wished: string, user: ServerUser | undefined): string {
  const pointer = path.join(wished, "elsewhere");
  if (existsSync(pointer)) return readFileSync(pointer, "utf8").trim();
  if (!user || existsSync(path.join(wished, "data"))) return wished;
  const trial = path.join(wished, "trial");
  mkdirSync(trial, { recursive: true });
  chownSync(trial, user.uid, user.gid);
  const reachable = canUse(user, trial);
  rmSync(trial, { recursive: true });
  if (reachable) return wished;
  const name = createHash("sha256").update(path.resolve(wished)).digest("hex").slice(0, 12);
  const elsewhere = path.join(systemFolder(), `data-${name}`);
  // Left by a folder of the same name that was deleted since, and its password with it.
  rmSync(elsewhere, { recursive: true, force: true });
  mkdirSync(elsewhere, { mode: 0o755 });
  writeFileSync(pointer, `${elsewhere}\n`);
  return elsewhere;
}

/** Makes a new database cluster when there is none, whole or not at all. */
export function makeDataFolder(folder: string, binaries: string, user: ServerUser | undefined, password: string): void {
  const data = path.join(folder, "data");
  if (existsSync(path.join(data, "PG_VERSION"))) refuseOtherVersion(data, binaries);
  else initialise(data, binaries, user, password);
}

/** Stops a server that lost the process it worked for, so that the new one is under our control. */
export function stopLeftover(folder: string, binaries: string, user: ServerUser | undefined): void {
  const data = path.join(folder, "data");
  const pidFile = path.join(data, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  if (isRunning(pid, "postgres")) run(binaries, "pg_ctl", ["stop", "-D", data, "-m", "fast", "-t", "20"], user);
  // After a crash of the machine another program may have that number now, and PostgreSQL would not start. A dead number
  // stays for PostgreSQL to judge, which by it also finds processes that a killed server has left.
  else if (isRunning(pid)) rmSync(pidFile);
}

function initialise(data: string, binaries: string, user: ServerUser | undefined, password: string): void {
  const unfinished = `${data}.unfinished`;
  const passwordFile = `${data}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const file of [unfinished, passwordFile]) chownSync(file, user.uid, user.gid);
  const choices = ["--username=postgres", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"];
  const access = ["--auth-host=scram-sha-256", "--auth-local=trust", `--pwfile=${passwordFile}`];
  run(binaries, "initdb", ["-D", unfinished, "--no-instructions", ...choices, ...access], user);
  rmSync(passwordFile);
  renameSync(unfinished, data);
}

function refuseOtherVersion(data: string, binaries: string): void {
  const made = readFileSync(path.join(data, "PG_VERSION"), "utf8").trim();
  const asked = spawnSync(path.join(binaries, "bin", "postgres"), ["--version"], { encoding: "utf8" });
  if (asked.stdout.includes(` ${made}.`)) return;
  throw new Error(
    `${data} was made by PostgreSQL ${made}, and this is ${asked.stdout.trim()}: begin with a new folder.`,
  );
}

function run(binaries: string, program: string, args: string[], user: ServerUser | undefined): void {
  const done = spawnSync(path.join(binaries, "bin", program), args, { ...user, cwd: "/", encoding: "utf8" });
  if (done.status === 0) return;
  throw new Error(`${program} failed: ${done.error?.message ?? (done.stderr || done.stdout)}`.trimEnd());
}
