// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// So many tries at once and then one by one, as in a bucket that leaks (GCRA): whoever waits, waits for one try only.
import type pg from "pg";

/** `tries` at once; each is given back after its share of `seconds`. */
export interface Limit {
  tries: number;
  seconds: number;
}

/** Holds over any number of processes: the count is one row, and PostgreSQL's clock counts. */
export class Bucket {
  readonly #pool: pg.Pool;
  readonly #name: string;
  readonly #wholeMs: number;
  readonly #tryMs: number;

  constructor(pool: pg.Pool, name: string, { tries, seconds }: Limit) {
    this.#pool = pool;
    this.#name = name;
    this.#wholeMs = seconds * 1000;
    this.#tryMs = Math.ceil(this.#wholeMs / tries);
  }

  /** Takes a try. Returns for how many seconds it must wait, and then takes none; 0: go on. */
  async take(key: string): Promise<number> {
    const { rowCount } = await this.#pool.query(
      `insert into throttle as known (key, expire) values ($1, ${nowMs} + $2::bigint)
       on conflict (key) do update set expire = greatest(known.expire, excluded.expire - $2) + $2
       where greatest(known.expire, excluded.expire - $2) + $2 <= excluded.expire - $2 + $3::bigint`,
      [this.#rowOf(key), this.#tryMs, this.#wholeMs],
    );
    if (rowCount === 1) return 0;
    const { rows } = await this.#pool.query<{ ms: string }>(
      `select expire - ${nowMs} as ms from throttle where key = $1`,
      [this.#rowOf(key)],
    );
    return Math.max(1, Math.ceil((Number(rows[0]?.ms ?? 0) + this.#tryMs - this.#wholeMs) / 1000));
  }

  /** A try that was taken does not count. */
  async giveBack(key: string): Promise<void> {
    await this.#pool.query("update throttle set expire = expire - $2 where key = $1", [this.#rowOf(key), this.#tryMs]);
  }

  /** None of the tries counts. */
  async empty(key: string): Promise<void> {
    await this.#pool.query("delete from throttle where key = $1", [this.#rowOf(key)]);
  }

  #rowOf(key: string): string {
    return `${this.#name}:${key}`;
  }
}

const nowMs = "(extract(epoch from clock_timestamp()) * 1000)::bigint";
