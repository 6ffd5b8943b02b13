// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How Node runs our programs lean: a small heap that is tidied early, few arenas, and sources whose types were stripped once.
// Measured on back after 5,000 requests: 191 MB resident without, 137 MB with these. docs/operate.md recommends the same.
import path from "node:path";

/** For the `execArgv` of a fork. */
export const leanArguments: readonly string[] = ["--max-semi-space-size=4", "--max-heap-size=128"];

/** For its environment. The first start fills the cache; where it cannot be written Node does without. */
export const leanEnvironment: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: path.join(path.dirname(import.meta.dirname), "node_modules", ".cache", "compile"),
  MALLOC_ARENA_MAX: "2",
};
