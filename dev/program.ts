// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// One of our programs as a part of the development system: a process group of its own, told by a channel that we live.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { leanArguments, leanEnvironment } from "./node-options.ts";
import type { Part, Stop } from "./supervisor.ts";

export interface Program {
  name: string;
  file: string;
  environment: Record<string, string>;
  logFolder: string;
}

const readyWithinMs = 60_000;
const stopWithinMs = 3_000;
const longLogBytes = 10_000_000;
const shownLines = 15;

export function programPart(program: Program): Part {
  return {
    name: program.name,
    start: async ({ onExit, signal }) => {
      const log = path.join(program.logFolder, `${program.name}.log`);
      const begin = turnOver(log);
      const child = forkProgram(program, log);
      const stop = stopper(child);
      try {
        await waitUntilReady(child, signal);
      } catch (error) {
        await stop();
        throw new Error(
          `${program.name} ${(error as Error).message}. Its log (${log}) ends:\n${lastLines(log, begin)}`,
        );
      }
      child.once("exit", (code, by) => {
        if (!stop.called()) onExit(`stopped unexpectedly (${by ?? `exit code ${code}`}), see ${log}`);
      });
      return stop;
    },
  };
}

function forkProgram({ file, environment }: Program, log: string): ChildProcess {
  const output = openSync(log, "a", 0o600);
  try {
    // Detached: Ctrl-C in the terminal reaches us alone, and we stop the programs in order.
    return fork(file, [], {
      cwd: path.dirname(import.meta.dirname),
      env: { ...environment, ...leanEnvironment },
      execArgv: [...leanArguments],
      detached: true,
      stdio: ["ignore", output, output, "ipc"],
    });
  } finally {
    closeSync(output);
  }
}

function waitUntilReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (sentence: string) => () => reject(new Error(sentence));
    const timer = setTimeout(fail(`was not ready within ${readyWithinMs / 1000} s`), readyWithinMs);
    child.on("message", (message) => (message as { ready?: boolean }).ready && resolve());
    child.once("error", fail("could not be started"));
    child.once("exit", (code, by) => fail(`stopped while starting (${by ?? `exit code ${code}`})`)());
    child.once("exit", () => clearTimeout(timer));
    child.on("message", () => clearTimeout(timer));
    signal.addEventListener("abort", fail("was stopped while starting"), { once: true });
  });
}

function stopper(child: ChildProcess): Stop & { called(): boolean } {
  let called = false;
  const stop = async (): Promise<void> => {
    called = true;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    // The whole group, for what the program may have started itself.
    const timer = setTimeout(() => process.kill(-(child.pid as number), "SIGKILL"), stopWithinMs);
    await exited;
    clearTimeout(timer);
  };
  return Object.assign(stop, { called: () => called });
}

/** Puts a long log aside; returns where the new entries begin. */
function turnOver(log: string): number {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size < longLogBytes) return size;
  renameSync(log, `${log}.old`);
  return 0;
}

function lastLines(log: string, begin: number): string {
  const lines = readFileSync(log).subarray(begin).toString().trimEnd().split("\n");
  return lines
    .slice(-shownLines)
    .map((line) => `  ${line}`)
    .join("\n");
}
