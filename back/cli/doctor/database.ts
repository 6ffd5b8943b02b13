// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at PostgreSQL: who gets in, what is missing, and who may change what.
import type pg from "pg";
import { openPool } from "../../data/connection.ts";
import { missingMigrations, readMigrations } from "../../data/migrate.ts";
import { queues } from "../../data/task.ts";
import type { Environment } from "../environment.ts";
import { type Check, type Outcome, ok, skipped, wrong } from "./check.ts";

export function databaseChecks(environment: Environment): Check[] {
  const asApp = (look: (pool: pg.Pool) => Promise<Outcome>) => () => visit(environment, "DATABASE_URL", look);
  return [
    { about: "PostgreSQL as the program", look: asApp(meetRole) },
    {
      about: "PostgreSQL as the owner of the tables",
      look: () => visit(environment, "MIGRATE_DATABASE_URL", meetOwner),
    },
    { about: "PostgreSQL of auth", look: () => visit(environment, "AUTH_DATABASE_URL", meetRole) },
    { about: "migrations", look: asApp(lookForMigrations) },
    { about: "queue of tasks", look: asApp(lookForQueues) },
    { about: "facts cannot be changed", look: asApp(lookForRights) },
    { about: "testing of cards", look: asApp(lookForAttacks) },
  ];
}

async function visit(
  environment: Environment,
  name: string,
  look: (pool: pg.Pool) => Promise<Outcome>,
): Promise<Outcome> {
  const url = environment[name];
  if (!url) return skipped(`${name} is not set.`);
  const pool = openPool(url, 1, "doctor");
  try {
    return await look(pool);
  } finally {
    await pool.end();
  }
}

async function meetRole(pool: pg.Pool): Promise<Outcome> {
  const me = await one(
    pool,
    "select current_user as role, rolsuper as super, current_setting('server_version') as version from pg_roles where rolname = current_user",
  );
  if (me.super)
    return wrong(`The role ${me.role} is a superuser, whom nothing holds back. Use a role that only uses the tables.`);
  if (Number.parseInt(String(me.version), 10) < 15)
    return wrong(`This is PostgreSQL ${me.version}; it must be 15 or newer.`);
  return ok(`PostgreSQL ${me.version}, role ${me.role}`);
}

async function meetOwner(pool: pg.Pool): Promise<Outcome> {
  const me = await one(
    pool,
    `select current_user as role, has_database_privilege(current_database(), 'create') as may,
      (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('public.person')) as owner`,
  );
  if (me.owner !== null && me.owner !== me.role)
    return wrong(`The tables belong to ${me.owner}, but MIGRATE_DATABASE_URL names ${me.role}.`);
  if (!me.may) return wrong(`The role ${me.role} may not create in this database: make it the database's owner.`);
  return ok(`role ${me.role}`);
}

async function lookForMigrations(pool: pg.Pool): Promise<Outcome> {
  const known = readMigrations();
  const missing = (await missingMigrations(pool, known)).map(({ name }) => name);
  if (missing.length > 0) return wrong(`Missing: ${missing.join(", ")}. Run \`cdb database migrate\`.`);
  const { rows } = await pool.query<{ name: string }>("select name from migration");
  const newer = rows.map(({ name }) => name).filter((name) => !known.some((migration) => migration.name === name));
  if (newer.length > 0)
    return wrong(`The database knows ${newer.join(", ")}, this program does not: it is too old. Update it.`);
  return ok(`all ${known.length} applied`);
}

async function lookForQueues(pool: pg.Pool): Promise<Outcome> {
  const migrate = "Run `cdb database migrate`.";
  const { there } = await one(pool, "select to_regclass('pgboss.queue') is not null as there");
  if (!there) return wrong(`The tables of the queue are missing. ${migrate}`);
  const { rows } = await pool.query<{ name: string }>("select name from pgboss.queue");
  const missing = Object.keys(queues).filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) return wrong(`The queue ${missing.join(", ")} is missing. ${migrate}`);
  const { may } = await one(
    pool,
    "select has_table_privilege('pgboss.job', 'select') and has_table_privilege('pgboss.job', 'insert') as may",
  );
  return may ? ok(`${rows.length} queues`) : wrong(`The program may not write tasks. ${migrate}`);
}

async function lookForRights(pool: pg.Pool): Promise<Outcome> {
  const { rows } = await pool.query<{ name: string; changes: boolean; adds: boolean }>(
    `select name, has_table_privilege(name, 'update, delete, truncate') as changes, has_table_privilege(name, 'insert') as adds
      from unnest(array['payment', 'notice', 'consent', 'history']) as name`,
  );
  const [changing] = rows.filter(({ changes }) => changes);
  if (changing)
    return wrong(
      `The program may change or remove a ${changing.name}. Revoke it: \`revoke update, delete, truncate on payment, notice, consent, history from <the role>\`.`,
    );
  const [closed] = rows.filter(({ adds }) => !adds);
  if (closed)
    return wrong(
      `The program may not add a ${closed.name}: the role in DATABASE_URL is not the one the migrations grant to.`,
    );
  const { may } = await one(pool, "select has_database_privilege(current_database(), 'temporary') as may");
  if (!may)
    return wrong("The program may not make temporary tables: `grant temporary on database <this one> to <the role>`.");
  return ok("payments, notices, consents and history are only ever added");
}

async function lookForAttacks(pool: pg.Pool): Promise<Outcome> {
  const { rows } = await pool.query<{ began: string; ends: string }>(
    `select to_char(began_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as began, to_char(ends_at at time zone 'UTC', 'HH24:MI') as ends
      from payment_attack where ends_at > now()`,
  );
  const [attack] = rows;
  if (!attack) return ok("nobody tests cards here");
  return wrong(
    `Since ${attack.began} UTC somebody tests cards. Until ${attack.ends}, or for as long as it goes on, few may pay whom we do not know. Look at the payments at Stripe and PayPal.`,
  );
}

async function one(pool: pg.Pool, query: string): Promise<Record<string, unknown>> {
  return (await pool.query<Record<string, unknown>>(query)).rows[0] ?? {};
}
