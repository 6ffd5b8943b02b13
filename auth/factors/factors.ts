// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factors that people have: authenticator apps and passkeys, each with a name of theirs.
import type pg from "pg";
import { durably } from "../database.ts";

export interface Factor {
  id: string;
  kind: "app" | "passkey";
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

/** `limit`: as many as anybody needs. `taken`: it is somebody's already. `not-first`: there is one by now. */
export type Refusal = "limit" | "taken" | "not-first";
export type Removal = { outcome: "removed"; factor: Factor } | { outcome: "last" } | { outcome: "unknown" };

/** Inserts a factor; returns false where it is somebody's already. */
export type Insert = (client: pg.PoolClient) => Promise<boolean>;

const atMost = 20;
const columns = `id, kind, name, created_at as "createdAt", last_used_at as "lastUsedAt"`;

export class Factors {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async has(account: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query({
      name: "has-factor",
      text: "select from factor where account_id = $1 limit 1",
      values: [account],
    });
    return rowCount === 1;
  }

  async of(account: string): Promise<Factor[]> {
    return list(this.#pool, account);
  }

  /** `onlyFirst`: whoever adds it has proved one factor only, which is not enough where there are two. */
  add(account: string, { onlyFirst }: { onlyFirst: boolean }, insert: Insert): Promise<Refusal | undefined> {
    return this.#alone(account, async (client) => {
      const { length } = await list(client, account);
      if (onlyFirst && length > 0) return "not-first";
      if (length >= atMost) return "limit";
      return (await insert(client)) ? undefined : "taken";
    });
  }

  /** Returns false when there is no such factor. */
  async rename(account: string, id: string, name: string): Promise<boolean> {
    const { rowCount } = await this.#pool.query("update factor set name = $3 where account_id = $1 and id = $2", [
      account,
      id,
      name,
    ]);
    return rowCount === 1;
  }

  /** The recovery codes go with the last factor, which goes only where `mayBeLast`. */
  remove(account: string, id: string, { mayBeLast }: { mayBeLast: boolean }): Promise<Removal> {
    return this.#alone(account, async (client) => {
      const all = await list(client, account);
      const factor = all.find((it) => it.id === id);
      if (!factor) return { outcome: "unknown" };
      if (all.length === 1 && !mayBeLast) return { outcome: "last" };
      await client.query("delete from factor where id = $1", [id]);
      if (all.length === 1) await client.query("delete from recovery_code where account_id = $1", [account]);
      return { outcome: "removed", factor };
    });
  }

  /** Takes all of them away, with the recovery codes. Returns how many factors there were. */
  reset(account: string): Promise<number> {
    return this.#alone(account, async (client) => {
      await client.query("delete from recovery_code where account_id = $1", [account]);
      const { rowCount } = await client.query("delete from factor where account_id = $1", [account]);
      return rowCount ?? 0;
    });
  }

  // Nobody else changes this person's factors meanwhile.
  #alone<T>(account: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return durably(this.#pool, async (client) => {
      await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`factors ${account}`]);
      return work(client);
    });
  }
}

async function list(asked: Pick<pg.Pool, "query">, account: string): Promise<Factor[]> {
  const { rows } = await asked.query<Factor>(
    `select ${columns} from factor where account_id = $1 order by created_at, id`,
    [account],
  );
  return rows;
}
