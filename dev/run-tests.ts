// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Runs test files, a few at a time, and prints one line for each that passes and all that helps for each that fails.

import path from "node:path";
import type { EventData } from "node:test";
import { run } from "node:test";
import { inspect } from "node:util";

export interface Outcome {
  passed: number;
  failed: number;
}

interface FileOutcome extends Outcome {
  /** What the file itself printed. */
  printed: string;
  complaints: string[];
  seconds: number;
}

// A file that still runs then hangs: in the end most often on something it forgot to close.
const longestFileMs = 240_000;

export async function runTests(files: string[], concurrency: number, signal: AbortSignal): Promise<Outcome> {
  const sum: Outcome = { passed: 0, failed: 0 };
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file && !signal.aborted; file = waiting.shift()) {
      const outcome = await runFile(file, signal);
      process.stdout.write(describe(file, outcome));
      sum.passed += outcome.passed;
      sum.failed += outcome.failed;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return sum;
}

async function runFile(file: string, stop: AbortSignal): Promise<FileOutcome> {
  const outcome: FileOutcome = { passed: 0, failed: 0, printed: "", complaints: [], seconds: 0 };
  const began = performance.now();
  const tooLong = AbortSignal.timeout(longestFileMs);
  const events = run({ files: [file], signal: AbortSignal.any([stop, tooLong]) });
  events.on("test:pass", ({ details }) => {
    if (details.type !== "suite") outcome.passed += 1;
  });
  events.on("test:fail", (failure) => {
    if (failure.details.type !== "suite") outcome.failed += 1;
    const complaint = complain(failure);
    if (complaint) outcome.complaints.push(complaint);
  });
  for (const stream of ["test:stdout", "test:stderr"] as const)
    events.on(stream, ({ message }) => {
      outcome.printed += message;
    });
  for await (const _ of events);
  if (tooLong.aborted)
    outcome.complaints.push(`The file had not ended after ${longestFileMs / 1000} s and was killed.`);
  outcome.seconds = (performance.now() - began) / 1000;
  return outcome;
}

function complain({ name, line, details }: EventData.TestFail): string | undefined {
  const error = details.error as Error & { failureType?: string };
  if (error.failureType === "subtestsFailed") return undefined;
  // The runner wraps what was thrown; a file that could not even be loaded has said why on its standard error.
  const cause = error.cause ?? error;
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
  const further = cause instanceof Error && cause.cause ? `\ncaused by ${inspect(cause.cause)}` : "";
  return `${name} (line ${line})\n${indent(withoutInnards(reason + further))}`;
}

function withoutInnards(stack: string): string {
  return stack.replaceAll(/^ +at .*(\bnode:|node_modules).*\n?/gm, "").trimEnd();
}

function describe(file: string, { passed, failed, printed, complaints, seconds }: FileOutcome): string {
  const name = path.relative(path.dirname(import.meta.dirname), file);
  const bad = failed > 0 || complaints.length > 0;
  const head = `${bad ? "✖" : "✔"} ${name}  ${passed} passed${failed > 0 ? `, ${failed} failed` : ""}  ${seconds.toFixed(1)} s\n`;
  if (!bad) return head;
  const said = printed.trim() ? `  it printed:\n${indent(printed.trimEnd())}\n` : "";
  return `${head}${complaints.map((complaint) => `${indent(`✖ ${complaint}`)}\n`).join("")}${said}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
