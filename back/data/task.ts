// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Work to do outside PostgreSQL: queued in the transaction that asks for it, carried out by the worker, maybe twice.

import { CompiledQuery, type Transaction } from "kysely";
import { PgBoss } from "pg-boss";
import type { Schema } from "./schema.ts";

/** What a task is about: ids only, so that carrying it out reads the newest state. */
export type Task = { name: "send-message"; messageId: number };
export type TaskName = Task["name"];

/** How each queue behaves. A mail waits out hours of trouble with growing pauses, up to five minutes apart. */
export const queues: Record<
  TaskName,
  { retryLimit: number; retryDelay: number; retryBackoff: boolean; retryDelayMax: number }
> = {
  "send-message": { retryLimit: 2_000, retryDelay: 2, retryBackoff: true, retryDelayMax: 300 },
};

// Only builds statements here: every insert runs on the caller's own transaction.
let sender: Promise<PgBoss> | undefined;

/** Writes tasks in the caller's transaction: they exist if and only if it commits. */
export async function queueTasks(transaction: Transaction<Schema>, tasks: Task[]): Promise<void> {
  if (tasks.length === 0) return;
  const db = {
    executeSql: async (text: string, values: unknown[] = []) => ({
      rows: (await transaction.executeQuery(CompiledQuery.raw(text, values))).rows,
    }),
  };
  sender ??= Promise.resolve(new PgBoss({ db, supervise: false, schedule: false, migrate: false }));
  const boss = await sender;
  for (const [name, jobs] of Map.groupBy(tasks, (task) => task.name))
    await boss.insert(
      name,
      jobs.map(({ name: _, ...data }) => ({ data })),
      { db },
    );
}
