// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Brings the database to the newest form: numbered SQL files, forward only, each once and in a transaction of its own; then the queue's own tables.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { PgBoss } from "pg-boss";
import { forgottenAfterSeconds, queues } from "./task.ts";

const folder = new URL("migrations/", import.meta.url);
const lock = 7_231_100;

export interface Migration {
  name: string;
  text: string;
  checksum: string;
}

export function readMigrations(): Migration[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}-.+\.sql$/.test(name));
  return names.sort().map((name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    return { name, text, checksum: createHash("sha256").update(text).digest("hex") };
  });
}

/** Applies what is missing as the role that owns the schema. Returns the names applied. Two at once wait for each other. */
export async function migrate(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lock]);
    const applied = await applyMissing(client, readMigrations());
    await prepareQueue(url, client);
    return applied;
  } finally {
    await client.end();
  }
}

/** Migrations that the database has not seen. Throws when one that it has seen was changed since. */
export async function missingMigrations(
  client: { query: pg.Client["query"] },
  migrations: Migration[],
): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>("select name, checksum from migration");
  const known = new Map(rows.map((row) => [row.name, row.checksum]));
  for (const { name, checksum } of migrations)
    if (known.has(name) && known.get(name) !== checksum)
      throw new Error(`${name} was changed after it was applied; migrations only go forward`);
  return migrations.filter(({ name }) => !known.has(name));
}

async function applyMissing(client: pg.Client, migrations: Migration[]): Promise<string[]> {
  await client.query(`create table if not exists migration (name text primary key, checksum text not null, applied_at timestamptz not null default now());
    grant select on migration to cdb_app`);
  const missing = await missingMigrations(client, migrations);
  for (const { name, text, checksum } of missing) {
    await client.query("begin");
    await client.query(text);
    await client.query("insert into migration (name, checksum) values ($1, $2)", [name, checksum]);
    await client.query("commit");
  }
  return missing.map(({ name }) => name);
}

async function prepareQueue(url: string, client: pg.Client): Promise<void> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, max: 1 });
  await boss.start();
  for (const [name, behaviour] of Object.entries(queues)) {
    const options = { ...behaviour, retryBackoff: true, notify: true, deleteAfterSeconds: forgottenAfterSeconds };
    if (await boss.getQueue(name)) await boss.updateQueue(name, options);
    else await boss.createQueue(name, options);
  }
  await boss.stop({ graceful: false });
  await client.query(`grant usage on schema pgboss to cdb_app;
    grant select, insert, update, delete on all tables in schema pgboss to cdb_app;
    grant usage on all sequences in schema pgboss to cdb_app;
    grant execute on all functions in schema pgboss to cdb_app`);
}
