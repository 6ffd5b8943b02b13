// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb database …`: bringing the database to the newest form, and seeing in which it is.
import type { Command } from "commander";
import { migrate, missingMigrations, readMigrations } from "../data/migrate.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import type { Desk } from "./desk.ts";
import { requireSetting } from "./environment.ts";

export function offerDatabase(program: Command, desk: Desk): void {
  const database = program.command("database").description("Bring the database to the newest form");
  database
    .command("migrate")
    .description("Apply the migrations that are missing, as the role of MIGRATE_DATABASE_URL; safe to repeat")
    .addHelpText("after", examples("database migrate"))
    .action(answering(() => migrateDatabase(requireSetting(desk.environment(), "MIGRATE_DATABASE_URL"))));
  database
    .command("status")
    .description("Show which migrations are applied and which are missing; exit code 1 when one is")
    .addHelpText("after", examples("database status", "database status --json"))
    .action(answering(() => showStatus(desk)));
}

async function migrateDatabase(url: string): Promise<Answer> {
  const applied = await migrate(url);
  const text = applied.map((name) => `applied ${name}`).join("\n");
  return { json: { applied }, text: text || "Nothing to do: the database is up to date." };
}

async function showStatus(desk: Desk): Promise<Answer> {
  const { rows, missing, version } = await desk.readDirectly(async (pool) => ({
    version: (await pool.query<{ server_version: string }>("show server_version")).rows[0]?.server_version ?? "",
    rows: (
      await pool.query<{ name: string; appliedAt: string }>(
        `select name, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "appliedAt" from migration order by name`,
      )
    ).rows,
    missing: (await missingMigrations(pool, readMigrations())).map(({ name }) => name),
  }));
  const lines = [...rows.map((row) => [row.name, row.appliedAt]), ...missing.map((name) => [name, "missing"])];
  const advice = missing.length > 0 ? "\n\nRun `cdb database migrate`." : "";
  return {
    json: { postgresql: version, applied: rows, missing },
    text: `PostgreSQL ${version}\n\n${table(["migration", "applied"], lines)}${advice}`,
    wrong: missing.length > 0,
  };
}
