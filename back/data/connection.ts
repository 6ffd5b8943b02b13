// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The connections to PostgreSQL: a small pool, our types for its values, and prepared statements.
import { createHash } from "node:crypto";
import { readMoment, Temporal } from "@cdb/runtime/time.ts";
import pg from "pg";

const { builtins } = pg.types;
// Of our pools only: pg-boss reads the same types its own way.
const types = new pg.TypeOverrides();
types.setTypeParser(builtins.DATE, (text) => Temporal.PlainDate.from(text));
types.setTypeParser(builtins.TIMESTAMPTZ, readMoment);
types.setTypeParser(builtins.INT8, readInteger);
types.setTypeParser(builtins.NUMERIC, readInteger);

/** Opens a pool. `url` is a libpq address; nothing is connected before the first query. */
export function openPool(url: string, size: number, program: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    Client: PreparingClient,
    types,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: 30_000,
    statement_timeout: 60_000,
    application_name: `cdb-${program}`,
  } as pg.PoolConfig);
  // A connection that PostgreSQL closed (a restart) is not an error of ours: the next query tells whoever asks, and opens another.
  // Without a listener each that is in use would end this process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

// Statements of the program are few and come again: naming them lets PostgreSQL parse and plan each once per connection.
class PreparingClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's overloads are wider than any type it exports.
  override query(config: any, values?: any, callback?: any): any {
    if (typeof config !== "string" || !Array.isArray(values)) return super.query(config, values, callback);
    if (config.startsWith(once)) return super.query({ text: config, values: values.map(bind) }, callback);
    return super.query({ name: statementName(config), text: config, values: values.map(bind) }, callback);
  }
}

// Before a statement that somebody's question made: every question is another one, and PostgreSQL would keep them all.
const once = "/* once */";

const names = new Map<string, string>();

function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash("sha256").update(text).digest("base64url").slice(0, 20);
    if (names.size < 2_000) names.set(text, name);
  }
  return name;
}

function bind(value: unknown): unknown {
  return value instanceof Temporal.Instant || value instanceof Temporal.PlainDate ? value.toString() : value;
}

function readInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError("a number in the database is no safe integer");
  return value;
}
