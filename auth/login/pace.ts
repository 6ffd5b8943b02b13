// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How long an answer that tells nothing takes: as long as nearly all of the last real ones, however little there was to do.
import { setTimeout as pause } from "node:timers/promises";

const remembered = 50;
/** A slow spell slows nobody down for long. */
const rememberedMs = 600_000;
/** The slowest few are no measure: one that waited for the disk would slow down everybody after it. */
const share = 0.9;
const atMostMs = 3_000;
const chanceMs = 5;

export class Pace {
  #recent: { at: number; tookMs: number }[] = [];

  /** A real check that began then is done. */
  learn(startedAt: number): void {
    const at = performance.now();
    this.#recent.push({ at, tookMs: Math.min(at - startedAt, atMostMs) });
    this.#recent = this.#recent.slice(-remembered);
  }

  /** Waits until an answer that began then may be given. */
  async wait(startedAt: number): Promise<void> {
    const missing = startedAt + this.#targetMs() - performance.now();
    await pause(Math.max(0, missing) + Math.random() * chanceMs);
  }

  #targetMs(): number {
    const since = performance.now() - rememberedMs;
    const inOrder = this.#recent.filter(({ at }) => at > since).map(({ tookMs }) => tookMs);
    inOrder.sort((one, other) => one - other);
    return inOrder[Math.floor((inOrder.length - 1) * share)] ?? 0;
  }
}
