// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Ten codes on paper for who has lost the second factor: shown once, kept as keyed hashes, each of use once.
import { randomInt } from "node:crypto";
import type pg from "pg";
import { durably } from "../database.ts";
import type { Secrets } from "../secrets.ts";

const howMany = 10;
/** Digits, so that a keypad is enough; longer than an app's, so that nobody takes one for the other. */
export const recoveryDigits = 12;

export class RecoveryCodes {
  readonly #pool: pg.Pool;
  readonly #secrets: Secrets;

  constructor(pool: pg.Pool, secrets: Secrets) {
    this.#pool = pool;
    this.#secrets = secrets;
  }

  /** Ten new ones; the older ones count no more. */
  make(account: string): Promise<string[]> {
    const codes = Array.from({ length: howMany }, makeCode);
    return durably(this.#pool, async (client) => {
      await lock(client, account);
      await client.query("delete from recovery_code where account_id = $1", [account]);
      await this.#insert(client, account, codes);
      return codes;
    });
  }

  /** Ten for who has none, nothing for who has some. */
  makeFirst(account: string): Promise<string[] | undefined> {
    const codes = Array.from({ length: howMany }, makeCode);
    return durably(this.#pool, async (client) => {
      await lock(client, account);
      const { rowCount } = await client.query("select from recovery_code where account_id = $1 limit 1", [account]);
      if (rowCount === 1) return undefined;
      await this.#insert(client, account, codes);
      return codes;
    });
  }

  /** Whether it is one of theirs that was not used before. Of several at once one is right. */
  use(account: string, code: string): Promise<boolean> {
    return durably(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        "update recovery_code set used_at = now() where account_id = $1 and code_hash = $2 and used_at is null",
        [account, this.#hash(account, code)],
      );
      return rowCount === 1;
    });
  }

  /** How many are left to be used. */
  async left(account: string): Promise<number> {
    const { rows } = await this.#pool.query<{ left: number }>(
      `select count(*)::int as "left" from recovery_code where account_id = $1 and used_at is null`,
      [account],
    );
    return rows[0]?.left ?? 0;
  }

  async #insert(client: pg.PoolClient, account: string, codes: string[]): Promise<void> {
    await client.query("insert into recovery_code (account_id, code_hash) select $1, unnest($2::bytea[])", [
      account,
      codes.map((code) => this.#hash(account, code.replaceAll("-", ""))),
    ]);
  }

  #hash(account: string, code: string): Buffer {
    return this.#secrets.mac("recovery codes", `${account} ${code}`);
  }
}

function lock(client: pg.PoolClient, account: string): Promise<unknown> {
  return client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`recovery codes ${account}`]);
}

/** "1234-5678-9012": 40 bits, of which somebody who guesses may try five in a quarter of an hour. */
function makeCode(): string {
  const digits = randomInt(10 ** recoveryDigits)
    .toString()
    .padStart(recoveryDigits, "0");
  return digits.replace(/\d{4}(?=\d)/g, "$&-");
}
