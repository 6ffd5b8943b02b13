// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A fresh database for each test file, copied from a template that is built once per state of the migrations.
import { createHash, randomUUID } from "node:crypto";
import { after } from "node:test";
import { urlFor } from "@cdb/dev/databases.ts";
import { testServer } from "@cdb/dev/test-postgres.ts";
import { type Organisation, readOrganisation } from "@cdb/runtime/organisation.ts";
import pg from "pg";
import { Database } from "../data/database.ts";
import { migrate, readMigrations } from "../data/migrate.ts";
import { queues } from "../data/task.ts";

export const organisation: Organisation = readOrganisation(
  new URL("../../organisations/example", import.meta.url).pathname,
);

export interface TestDatabase {
  database: Database;
  /** As the role of the program. */
  url: string;
  /** As the role that owns the schema. */
  ownerUrl: string;
}

/** Makes a database of its own for this file; it goes when the file's tests are done. */
export async function freshDatabase(): Promise<TestDatabase> {
  const { adminUrl } = await testServer();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await asAdmin(adminUrl, async (admin) => {
    const template = await makeTemplate(admin, adminUrl);
    await admin.query(`create database ${name} owner cdb_migrate template ${template}`);
    // As docs/operate.md has it; what the migrations give to the role on a database is not copied with its template.
    await admin.query(`revoke connect, temporary on database ${name} from public`);
    await admin.query(`grant connect, temporary on database ${name} to cdb_app`);
  });
  const url = urlFor(adminUrl, name, "cdb_app");
  const database = new Database(url, organisation, { program: "test" });
  after(async () => {
    await database.close();
    await asAdmin(adminUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
  });
  return { database, url, ownerUrl: urlFor(adminUrl, name, "cdb_migrate") };
}

async function makeTemplate(admin: pg.Client, adminUrl: string): Promise<string> {
  const state = createHash("sha256")
    .update(JSON.stringify([readMigrations(), queues]))
    .digest("hex")
    .slice(0, 16);
  const name = `template_${state}`;
  await admin.query("select pg_advisory_lock(71)");
  try {
    const known = await admin.query("select from pg_database where datname = $1", [name]);
    if (known.rowCount === 1) return name;
    await admin.query(`drop database if exists ${name}_making with (force)`);
    await admin.query(`create database ${name}_making owner cdb_migrate`);
    await migrate(urlFor(adminUrl, `${name}_making`, "cdb_migrate"));
    await admin.query(`alter database ${name}_making rename to ${name}`);
    return name;
  } finally {
    await admin.query("select pg_advisory_unlock(71)");
  }
}

async function asAdmin<T>(adminUrl: string, verb: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(adminUrl);
  await admin.connect();
  try {
    return await verb(admin);
  } finally {
    await admin.end();
  }
}
