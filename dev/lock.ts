// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A lock in the form of a file that names the process holding it. It ends with that process, even when that is killed.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

export interface Lock {
  release(): void;
}

/** Another living process has the lock. */
export class Held extends Error {
  readonly pid: number;

  constructor(file: string, pid: number) {
    super(`${file} is held by process ${pid}.`);
    this.pid = pid;
  }
}

/** Takes the lock, or throws Held. */
export function takeLock(file: string): Lock {
  const mine = `${process.pid} ${startOf(process.pid)}\n`;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    while (!linked(draft, file)) removeDead(file);
  } finally {
    rmSync(draft);
  }
  return { release: () => readHolder(file) === mine && rmSync(file) };
}

/** True when a process with that number lives (and has that name, where the system tells names). */
export function isRunning(pid: number, name?: string): boolean {
  if (name) {
    const found = readHolder(`/proc/${pid}/comm`);
    if (found !== undefined) return found.trim() === name;
  }
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

// A hard link, unlike an opened file, appears with its content or not at all.
function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function removeDead(file: string): void {
  const holder = readHolder(file);
  if (holder === undefined) return;
  const [pid, start] = holder.trim().split(" ");
  if (isRunning(Number(pid)) && startOf(Number(pid)) === start) throw new Held(file, Number(pid));
  // Moved first: between reading and removing, another process may have done the same and taken the lock.
  const moved = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, moved);
  } catch {
    return;
  }
  if (readHolder(moved) !== holder) linked(moved, file);
  rmSync(moved);
}

/** When the process started, in the system's own count; numbers of processes come round again. */
function startOf(pid: number): string {
  // The second field, the program's name, may hold spaces and parentheses.
  const fields = readHolder(`/proc/${pid}/stat`)?.split(") ").pop()?.split(" ");
  return fields?.[19] ?? "unknown";
}

function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
