// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The unit of work: one transaction, an identity map, change detection, and one flush that writes rows, history and tasks together.
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import {
  CamelCasePlugin,
  CompiledQuery,
  Kysely,
  PostgresDialect,
  type RawBuilder,
  sql,
  type Transaction,
} from "kysely";
import type pg from "pg";
import { type Actor, describeActor } from "./actor.ts";
import { openPool } from "./connection.ts";
import { Conflict, NotFound } from "./errors.ts";
import { type Deed, writeHistory } from "./history.ts";
import { type AnyRecordClass, changesOf, type Values } from "./record.ts";
import type { Schema } from "./schema.ts";
import { queueTasks, type Task } from "./task.ts";

export class Database {
  readonly pool: pg.Pool;
  readonly organisation: Organisation;
  readonly query: Kysely<Schema>;
  /** Whoever is `alone` may wait long for somebody outside; nobody else is to wait for their connection. */
  readonly #alone: { pool: pg.Pool; query: Kysely<Schema> };

  constructor(url: string, organisation: Organisation, options: { program: string; poolSize?: number }) {
    this.pool = openPool(url, options.poolSize ?? 8, options.program);
    this.organisation = organisation;
    this.query = queryOn(this.pool);
    const pool = openPool(url, aloneAtOnce, options.program);
    this.#alone = { pool, query: queryOn(pool) };
  }

  /** Runs `verb` in one transaction in the name of `actor`; what it changed is written when it returns, or not at all. */
  transaction<T>(actor: Actor, verb: (work: Work) => Promise<T>): Promise<T> {
    return this.query.transaction().execute(async (transaction) => {
      const work = new Work(actor, this.organisation, transaction);
      const result = await verb(work);
      await work.flush();
      return result;
    });
  }

  /** Runs `verb` for reading only: without a transaction's two round trips, and refused when it changed a record after all. */
  read<T>(actor: Actor, verb: (work: Work) => Promise<T>): Promise<T> {
    return this.query.connection().execute(async (connection) => {
      const work = new Work(actor, this.organisation, connection as Transaction<Schema>);
      const result = await verb(work);
      if (work.hasChanges()) throw new Error("something that only reads has changed a record");
      return result;
    });
  }

  /**
   * Runs `verb` while nobody else does so under this name, in whatever program; others wait. For work outside PostgreSQL that two
   * must not do at once: it is no transaction, each statement counts at once, and the lock ends with the connection.
   */
  alone<T>(actor: Actor, name: string, verb: (work: Work) => Promise<T>): Promise<T> {
    return this.#alone.query.connection().execute(async (connection) => {
      const work = new Work(actor, this.organisation, connection as Transaction<Schema>);
      await work.rows("select pg_advisory_lock(72, hashtext($1))", [name]);
      try {
        return await verb(work);
      } finally {
        await work.rows("select pg_advisory_unlock(72, hashtext($1))", [name]);
      }
    });
  }

  /** Throws when PostgreSQL does not answer. */
  async check(): Promise<void> {
    await this.pool.query("select 1");
  }

  async close(): Promise<void> {
    for (const { pool, query } of [this, this.#alone]) {
      await query.destroy();
      // Kysely ends a pool that it has used itself.
      if (!pool.ended) await pool.end();
    }
  }
}

const aloneAtOnce = 6;

function queryOn(pool: pg.Pool): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}

interface Known {
  kind: AnyRecordClass;
  record: { id: number | string };
  snapshot: Record<string, unknown>;
  verb: string;
  reason: string;
}

export class Work {
  readonly actor: Actor;
  readonly organisation: Organisation;
  /** Lists, reports and facts are plain queries; records come by `find` and `get`. */
  readonly query: Transaction<Schema>;
  readonly now: Moment = Temporal.Now.instant();
  readonly #known = new Map<string, Known>();
  readonly #history: Deed[] = [];
  readonly #tasks: Task[] = [];

  constructor(actor: Actor, organisation: Organisation, query: Transaction<Schema>) {
    this.actor = actor;
    this.organisation = organisation;
    this.query = query;
  }

  /** The one record that meets the condition. `lock`: nobody else changes it before this transaction ends. */
  async find<K extends AnyRecordClass>(
    kind: K,
    condition: RawBuilder<unknown>,
    lock?: "lock",
  ): Promise<InstanceType<K> | undefined> {
    const { rows } = await sql<
      Record<string, unknown>
    >`select * from ${sql.table(kind.table)} where ${condition} limit 1 ${lock ? sql`for update` : sql``}`.execute(
      this.query,
    );
    return rows[0] && this.adopt(kind, rows[0], lock !== undefined);
  }

  /** All records that meet the condition, locked in one order, so that two who lock several never wait for each other. */
  async findAll<K extends AnyRecordClass>(kind: K, condition: RawBuilder<unknown>): Promise<InstanceType<K>[]> {
    const { rows } = await sql<
      Record<string, unknown>
    >`select * from ${sql.table(kind.table)} where ${condition} order by id for update`.execute(this.query);
    return rows.map((row) => this.adopt(kind, row, true));
  }

  /** The record with this id. Throws NotFound with the code `<table>-unknown`. */
  async get<K extends AnyRecordClass>(kind: K, id: number | string, lock?: "lock"): Promise<InstanceType<K>> {
    const record = await this.find(kind, sql`id = ${id}`, lock);
    if (!record) throw new NotFound(`${kebab(kind.table)}-unknown`, `There is no ${kind.table} with this id.`);
    return record;
  }

  /** The rows of a fixed statement with `$1` … in it; what is asked on every page need not be built anew each time. */
  async rows<T>(statement: string, values: unknown[]): Promise<T[]> {
    return (await this.query.executeQuery<T>(CompiledQuery.raw(statement, values))).rows;
  }

  /** Adds a record. `verb` is what the history says of it. */
  async add<K extends AnyRecordClass>(kind: K, values: Values<K>, verb: string): Promise<InstanceType<K>> {
    const added = await this.addOnce(kind, values, verb);
    if (!added) throw new Conflict(`${kebab(kind.table)}-known`, `This ${kind.table} is there already.`);
    return added;
  }

  /** Adds a record unless one of the table's unique names is taken already; then undefined, and nothing happened. */
  async addOnce<K extends AnyRecordClass>(
    kind: K,
    values: Values<K>,
    verb: string,
  ): Promise<InstanceType<K> | undefined> {
    const columns = Object.keys(values);
    const { rows } = await sql<
      Record<string, unknown>
    >`insert into ${sql.table(kind.table)} (${sql.join(columns.map((c) => sql.ref(c)))})
      values (${sql.join(Object.values(values))}) on conflict do nothing returning *`.execute(this.query);
    if (!rows[0]) return undefined;
    const record = this.adopt(kind, rows[0], true);
    if (!kind.quiet) this.#history.push(entry(kind, record, verb, {}, ""));
    return record;
  }

  /** Adds many records by one statement, but for those of which a unique name is taken already; in no certain order. */
  async addAll<K extends AnyRecordClass>(
    kind: K,
    values: readonly Values<K>[],
    verb: string,
  ): Promise<InstanceType<K>[]> {
    const [first] = values;
    if (!first) return [];
    const columns = sql.join(Object.keys(first).map((column) => sql.ref(column)));
    const { rows } = await sql<Record<string, unknown>>`insert into ${sql.table(kind.table)} (${columns})
      select ${columns} from jsonb_populate_recordset(null::${sql.table(kind.table)}, ${rowsAsJson(values)}::jsonb)
      on conflict do nothing returning *`.execute(this.query);
    const records = rows.map((row) => this.adopt(kind, row, true));
    if (!kind.quiet) for (const record of records) this.#history.push(entry(kind, record, verb, {}, ""));
    return records;
  }

  /** Makes the object of a row, or gives the one that this work has already; `fresh` rows refresh it. */
  adopt<K extends AnyRecordClass>(kind: K, row: Record<string, unknown>, fresh = false): InstanceType<K> {
    const key = `${kind.table} ${row.id}`;
    const known = this.#known.get(key);
    if (known && !fresh) return known.record as InstanceType<K>;
    const record = Object.assign(known?.record ?? new kind(), row) as InstanceType<K>;
    this.#known.set(key, {
      kind,
      record: record as Known["record"],
      snapshot: { ...row },
      verb: known?.verb ?? "changed",
      reason: known?.reason ?? "",
    });
    return record;
  }

  /** Says what a change of this record means, for the history. */
  note(record: { id: number | string }, kind: AnyRecordClass, verb: string, reason = ""): void {
    const known = this.#known.get(`${kind.table} ${record.id}`);
    if (!known) throw new Error(`a ${kind.table} of another work cannot be changed here`);
    known.verb = verb;
    known.reason = reason;
  }

  /** What a verb wrote past its object is not compared any more: its values are nobody's to keep in the history. */
  forget(record: { id: number | string }, kind: AnyRecordClass): void {
    this.#known.delete(`${kind.table} ${record.id}`);
  }

  /** Says that something happened to a person that is a fact of its own, e.g. a consent. */
  tell(personId: number | null, record: string, recordId: number | string, verb: string, reason = ""): void {
    this.#history.push({ personId, record, recordId: String(recordId), verb, changes: {}, reason });
  }

  /** Stores work to be done outside PostgreSQL once this transaction has committed. */
  queue(task: Task): void {
    this.#tasks.push(task);
  }

  hasChanges(): boolean {
    const changed = [...this.#known.values()].some(
      ({ record, snapshot }) => Object.keys(changesOf(record, snapshot)).length > 0,
    );
    return changed || this.#history.length > 0 || this.#tasks.length > 0;
  }

  /** Writes changed records now, for a verb that goes on with what the database makes of them. */
  async write(): Promise<void> {
    for (const known of this.#known.values()) await this.#write(known);
  }

  /** Writes what changed, its history and its tasks. Called once, by `Database.transaction`. */
  async flush(): Promise<void> {
    await this.write();
    await writeHistory(this.query, this.#history, describeActor(this.actor), this.now);
    await queueTasks(this.query, this.#tasks);
  }

  async #write(known: Known): Promise<void> {
    const { kind, record, snapshot, verb, reason } = known;
    const changes = changesOf(record, snapshot);
    const columns = Object.entries(changes);
    if (columns.length === 0) return;
    const set = columns.map(([column, [, value]]) => sql`${sql.ref(column)} = ${value}`);
    const versioned = "version" in snapshot;
    const { numAffectedRows } = await sql`update ${sql.table(kind.table)}
      set ${sql.join(versioned ? [...set, sql`version = version + 1`] : set)}
      where id = ${record.id} ${versioned ? sql`and version = ${snapshot.version}` : sql``}`.execute(this.query);
    if (numAffectedRows !== 1n)
      throw new Conflict("changed-meanwhile", `This ${kind.table} was changed by somebody else meanwhile.`);
    if (versioned) (record as { version?: number }).version = (snapshot.version as number) + 1;
    known.snapshot = { ...record } as Record<string, unknown>;
    if (!kind.quiet) this.#history.push(entry(kind, record, verb, changes, reason));
  }
}

function entry(kind: AnyRecordClass, record: object, verb: string, changes: Deed["changes"], reason: string): Deed {
  const { id, personId } = record as { id: number | string; personId?: number | null };
  const about = kind.table === "person" ? Number(id) : (personId ?? null);
  return { personId: about, record: kebab(kind.table), recordId: String(id), verb, changes, reason };
}

/** Under the names of the columns, for `jsonb_populate_recordset`; all rows have the columns of the first. */
function rowsAsJson<R extends object>(values: readonly R[]): string {
  const names = Object.keys(values[0] ?? {}).map((camel) => [camel as keyof R, snake(camel)] as const);
  return JSON.stringify(values.map((row) => Object.fromEntries(names.map(([camel, name]) => [name, row[camel]]))));
}

function snake(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function kebab(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
