// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Keeps the parts of the development system running: starts them in stages, starts again what ended by itself, and
// stops all of them, the last stage first.

export type Stop = () => Promise<void>;

export interface Part {
  name: string;
  /** Resolves when the part is ready for use. Rejects, leaving nothing behind, when it fails or the signal comes first. */
  start(surroundings: { onExit: (how: string) => void; signal: AbortSignal }): Promise<Stop>;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;
const calmMs = 60_000;

export class Supervisor {
  readonly #say: (line: string) => void;
  readonly #stopping = new AbortController();
  readonly #stages: Kept[][] = [];

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Starts the parts side by side; from then on each is started again when it ends. */
  async keep(...parts: Part[]): Promise<void> {
    this.#stopping.signal.throwIfAborted();
    const stage = parts.map((part) => new Kept(part, this.#stopping.signal, this.#say));
    this.#stages.push(stage);
    await Promise.all(stage.map((kept) => kept.begin()));
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopped while starting"));
    for (const stage of this.#stages.splice(0).reverse()) await Promise.all(stage.map((kept) => kept.end()));
  }
}

class Kept {
  readonly #part: Part;
  readonly #signal: AbortSignal;
  readonly #say: (line: string) => void;
  #started: Promise<Stop> | undefined;
  #startedAt = 0;
  #pauseMs = firstPauseMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(part: Part, signal: AbortSignal, say: (line: string) => void) {
    this.#part = part;
    this.#signal = signal;
    this.#say = say;
  }

  async begin(): Promise<void> {
    this.#startedAt = Date.now();
    this.#started = this.#part.start({ onExit: (how) => this.#again(how), signal: this.#signal });
    await this.#started;
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    const stop = await this.#started?.catch(() => undefined);
    await stop?.();
  }

  #again(how: string): void {
    if (this.#signal.aborted) return;
    if (Date.now() - this.#startedAt > calmMs) this.#pauseMs = firstPauseMs;
    this.#say(`${this.#part.name} ${how}; it starts again in ${this.#pauseMs / 1000} s.`);
    this.#timer = setTimeout(() => {
      this.begin().then(
        () => this.#say(`${this.#part.name} runs again.`),
        (error: Error) => this.#again(`did not start: ${error.message}`),
      );
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }
}
