// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Work that begins when the answer has been sent, so that the time an answer takes tells nothing of it.
import type { ServerResponse } from "node:http";
import type { Log } from "@cdb/runtime/log.ts";

export class Afterwards {
  readonly #running = new Set<Promise<void>>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  run(answer: ServerResponse, work: () => Promise<void>): void {
    const sent = answer.closed ? Promise.resolve() : new Promise<void>((resolve) => answer.once("close", resolve));
    const running = sent
      .then(work)
      .catch((error: unknown) => this.#log.error({ err: error }, "work after an answer failed"))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running);
  }
}
