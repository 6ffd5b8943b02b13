// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Runs one `cdb` command after the other in a process of its own that has loaded them once: to load them is most of what a short one takes.
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

export interface Order {
  args: string[];
  env: Record<string, string>;
}

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

const endsWithinMs = 5_000;
const said = { out: "", err: "" };
let runs = 0;

for (const [stream, name] of [
  [process.stdout, "out"],
  [process.stderr, "err"],
] as const)
  stream.write = (text: string | Uint8Array) => {
    said[name] += typeof text === "string" ? text : Buffer.from(text).toString();
    return true;
  };

process.on("message", async (order: Order) => process.send?.(await carryOut(order)));
process.send?.("ready");

async function carryOut({ args, env }: Order): Promise<Outcome> {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv.splice(2, Infinity, ...args);
  [said.out, said.err, process.exitCode] = ["", "", undefined];
  // Nobody types anything.
  Object.defineProperty(process, "stdin", { value: Readable.from([]), configurable: true });
  const atRest = process.getActiveResourcesInfo().length;
  runs += 1;
  // The command is what loading its file does: under another name each time.
  await import(`../../cli.ts?run=${runs}`);
  process.stdout.removeAllListeners("error");
  const outcome = { code: Number(process.exitCode ?? 0), ...said };
  if (await ends(atRest)) return outcome;
  return { ...outcome, code: -1, err: `${outcome.err}It never ends: ${process.getActiveResourcesInfo()}\n` };
}

/** A command ends when nothing holds it any more. */
async function ends(atRest: number): Promise<boolean> {
  const until = Date.now() + endsWithinMs;
  while (process.getActiveResourcesInfo().length > atRest) {
    if (Date.now() > until) return false;
    await pause(5, undefined, { ref: false });
  }
  return true;
}
