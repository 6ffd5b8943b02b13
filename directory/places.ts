// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// So many at once and no more; so many others wait in line, in the order in which they came; the rest is sent away.

import { DirectoryUnavailable } from "./errors.ts";

export class Places {
  #free: number;
  readonly #longest: number;
  readonly #line: (() => void)[] = [];

  constructor(places: number, longestLine: number) {
    this.#free = places;
    this.#longest = longestLine;
  }

  /** Whoever gave up while waiting does no work any more. Throws DirectoryUnavailable when the line is full. */
  async within<T>(given: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (this.#line.length >= this.#longest) throw new DirectoryUnavailable("Too many passwords wait for a check");
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    try {
      given.throwIfAborted();
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
