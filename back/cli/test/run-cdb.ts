// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Runs the `cdb` command as an administrator does: beside the test, with nothing but its arguments and settings.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Order, Outcome } from "./cdb-host.ts";

export type { Outcome } from "./cdb-host.ts";

const tooLongMs = 60_000;
let host: Promise<ChildProcess> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** One after the other. Nothing of this process's own settings reaches the command, and no development system is found. */
export function runCdb(args: string[], settings: Record<string, string> = {}): Promise<Outcome> {
  const env = { PATH: process.env.PATH ?? "", CDB_HOME: "/nonexistent", ...settings };
  const run = last.then(() => ask({ args, env }));
  last = run.catch(() => {});
  return run;
}

async function ask(order: Order): Promise<Outcome> {
  host ??= start();
  const child = await host;
  child.ref();
  child.channel?.ref();
  try {
    child.send(order);
    const [outcome] = await once(child, "message", { signal: AbortSignal.timeout(tooLongMs) });
    return outcome;
  } finally {
    // It ends with the test.
    child.channel?.unref();
    child.unref();
  }
}

async function start(): Promise<ChildProcess> {
  const child = fork(path.join(import.meta.dirname, "cdb-host.ts"), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.on("exit", (code) => {
    if (code) throw new Error(`the process of the commands ended with ${code}`);
  });
  await once(child, "message");
  return child;
}
