// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Runs the `cdb` command as an administrator does: as a process of its own.
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../cli.ts", import.meta.url));

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** Nothing of this process's own settings reaches the command, and no development system is found. */
export function runCdb(args: string[], settings: Record<string, string> = {}): Promise<Outcome> {
  // Compiling the sources is two fifths of what a short command takes.
  const kept = { NODE_COMPILE_CACHE: path.join(tmpdir(), `cdb-compile-cache-${process.getuid?.() ?? ""}`) };
  const env = { PATH: process.env.PATH, CDB_HOME: "/nonexistent", ...kept, ...settings };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [cli, ...args],
      { env, timeout: 30_000, maxBuffer: 64_000_000 },
      (error, out, err) => resolve({ code: error ? Number(error.code ?? -1) : 0, out, err }),
    );
    child.stdin?.end();
  });
}
