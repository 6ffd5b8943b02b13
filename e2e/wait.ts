// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Waiting for a condition instead of for a time.
import { setTimeout as pause } from "node:timers/promises";

/** Asks until the answer is truthy; fails with the name of what it waited for. */
export async function waitUntil<T>(
  what: string,
  ask: () => T | Promise<T>,
  withinMs = 15_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as NonNullable<Exclude<T, false>>;
    if (Date.now() > end) throw new Error(`waited ${withinMs} ms for this: ${what}`);
    await pause(50);
  }
}
