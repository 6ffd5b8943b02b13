// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Measuring a program from outside: the CPU time of its process per operation, and its resident memory (Linux).
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { leanArguments, leanEnvironment } from "../node-options.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
// Ticks of /proc are hundredths of a second on every Linux we know.
const msPerTick = 10;

export interface Subject {
  pid: number;
  /** Sends a message to the program and waits for the next one from it. */
  ask(message: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts one of our programs, or a bare server beside it, and waits until it listens. */
export function start(file: string, environment: Record<string, string>): Promise<Subject> {
  const child = fork(path.join(root, file), {
    execArgv: [...leanArguments],
    env: { ...process.env, ...leanEnvironment, LOG_LEVEL: "warn", ...environment },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("message", () =>
      resolve({ pid: child.pid ?? 0, ask: (message) => ask(child, message), stop: () => stop(child) }),
    );
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
  });
}

/** User and system time that a process has used so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** Resident memory in megabytes. */
export function residentMb(pid: number): number {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

/** CPU milliseconds per operation, after a warm-up; `concurrency` operations run at once. */
export async function cpuPerOperation(
  subject: Subject,
  operations: number,
  operate: (n: number) => Promise<void>,
  concurrency = 8,
): Promise<number> {
  await runAll(Math.ceil(operations / 4), operate, concurrency, 0);
  const before = cpuMs(subject.pid);
  await runAll(operations, operate, concurrency, operations);
  return (cpuMs(subject.pid) - before) / operations;
}

async function runAll(
  operations: number,
  operate: (n: number) => Promise<void>,
  concurrency: number,
  from: number,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < operations) {
      next += 1;
      await operate(from + next);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

function ask(child: ChildProcess, message: object): Promise<unknown> {
  return new Promise((resolve) => {
    child.once("message", resolve);
    child.send(message);
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
