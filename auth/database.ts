// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The database of auth alone: short-lived state that nobody else sees, brought to its newest form at each start.
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";

const folder = new URL("migrations/", import.meta.url);
const migrationLock = 7_231_200;
// A database that hangs is to be told to whoever waits. The longest work is a client's end, of all that it was handed out.
const limits = {
  connectionTimeoutMillis: 5_000,
  idle_in_transaction_session_timeout: 30_000,
  statement_timeout: 60_000,
  query_timeout: 65_000,
};

/** Connects and applies what migrations are missing. Several starting at once wait for each other. */
export async function openDatabase(url: string): Promise<pg.Pool> {
  // What a crash of PostgreSQL loses here is half a second of sign-ins: people sign in again.
  const pool = new pg.Pool({ connectionString: url, max: 8, options: "-c synchronous_commit=off", ...limits });
  // A connection that breaks is replaced; the next query tells whoever asks. Without a listener each would end this process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  await withLock(pool, migrationLock, migrate).catch(async (error) => {
    await pool.end();
    throw error;
  });
  return pool;
}

/** Runs `work` in a transaction. What it asks goes over this one connection: of several that want a second one, each waits for the other. */
export async function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isBroken = false;
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    client.release(isBroken);
  }
}

/** Runs `work` in a transaction that no other process is in at the same time. */
export function withLock<T>(pool: pg.Pool, lock: number, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return transaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [lock]);
    return work(client);
  });
}

/** Runs `work` in a transaction that outlives a crash of PostgreSQL: for what was promised, or must not happen twice. */
export function durably<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return transaction(pool, async (client) => {
    await client.query("set local synchronous_commit = on");
    return work(client);
  });
}

async function migrate(client: pg.PoolClient): Promise<void> {
  await client.query(
    "create table if not exists migration (name text primary key, applied_at timestamptz not null default now())",
  );
  const { rows } = await client.query<{ name: string }>("select name from migration");
  const applied = new Set(rows.map(({ name }) => name));
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql") && !applied.has(name));
  for (const name of names.sort()) {
    await client.query(readFileSync(new URL(name, folder), "utf8"));
    await client.query("insert into migration (name) values ($1)", [name]);
  }
}
