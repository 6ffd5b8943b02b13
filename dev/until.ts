// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Waiting for a condition, for tests: as long as it takes, up to a limit that only something broken reaches.

import { setTimeout as pause } from "node:timers/promises";

/** Asks again and again until the answer is neither undefined, null nor false, and returns it. */
export async function until<Answer>(
  ask: () => Answer | Promise<Answer>,
  limitMs = 20_000,
): Promise<NonNullable<Exclude<Answer, false>>> {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as NonNullable<Exclude<Answer, false>>;
    }
    await pause(20);
  }
  throw new Error(`What was waited for did not happen in ${limitMs / 1000} s: ${ask}`);
}
