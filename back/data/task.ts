// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Work to do outside PostgreSQL: queued in the transaction that asks for it, carried out by the worker, maybe twice.

import { AsyncLocalStorage } from "node:async_hooks";
import { CompiledQuery, type Transaction } from "kysely";
import { PgBoss } from "pg-boss";
import type { Schema } from "./schema.ts";

/** What a task is about: ids only, so that carrying it out reads the newest state. */
export type Task =
  | { name: "send-message"; messageId: number }
  /** Not before its moment. */
  | { name: "erase-person"; erasureId: number; startAfter: string }
  /** The directory may be away: it follows within a minute of its return. */
  | { name: "write-entry"; username: string; entryId?: string }
  /** Every hour, and when the directory is back: all of it against all accounts. */
  | { name: "reconcile-accounts" }
  /** What renews a pledge at its provider is brought in line with the pledge. */
  | { name: "align-renewal"; pledgeId: number }
  /** Of one person; without, of everybody, every night. */
  | { name: "find-duplicates"; personId?: number }
  /** Every night, by the worker's own schedule. */
  | { name: "apply-retention" }
  /** An account and its groups follow the rules: of one person whose pledge has changed; without, of everybody, every night. */
  | { name: "align-accounts"; personId?: number }
  /** Every night: providers' own lists against our books. */
  | { name: "reconcile-payments" }
  /** auth ends what the person was signed in by until then, and tells the services; `forget`: for good. `mergedInto`: who carries on. */
  | { name: "end-sign-ins"; uuid: string; at: string; forget?: true; mergedInto?: string }
  /** A test of a mailing, to whoever asked for it. */
  | { name: "send-test"; mailingId: number; personId: number; language: string }
  /** Every morning, by the worker's own schedule. */
  | { name: "remind-donors" };
export type TaskName = Task["name"];

interface Behaviour {
  retryLimit: number;
  retryDelay: number;
  retryDelayMax: number;
  /** After this the task of a worker that ended without a word is taken up again. */
  expireInSeconds: number;
}

/** A task that is done may name an account that is gone: the queue does not keep it. */
export const forgottenAfterSeconds = 3_600;

/** A mail waits out hours of trouble with growing pauses, up to five minutes apart. */
export const queues: Record<TaskName, Behaviour> = {
  "send-message": { retryLimit: 2_000, retryDelay: 2, retryDelayMax: 300, expireInSeconds: 240 },
  "send-test": { retryLimit: 10, retryDelay: 10, retryDelayMax: 300, expireInSeconds: 240 },
  "apply-retention": { retryLimit: 5, retryDelay: 600, retryDelayMax: 3_600, expireInSeconds: 3_600 },
  "remind-donors": { retryLimit: 5, retryDelay: 600, retryDelayMax: 3_600, expireInSeconds: 3_600 },
  "align-accounts": { retryLimit: 5, retryDelay: 60, retryDelayMax: 3_600, expireInSeconds: 3_600 },
  "find-duplicates": { retryLimit: 5, retryDelay: 60, retryDelayMax: 3_600, expireInSeconds: 1_200 },
  "reconcile-payments": { retryLimit: 5, retryDelay: 600, retryDelayMax: 3_600, expireInSeconds: 3_600 },
  "write-entry": { retryLimit: 20_000, retryDelay: 2, retryDelayMax: 45, expireInSeconds: 120 },
  "reconcile-accounts": { retryLimit: 20_000, retryDelay: 5, retryDelayMax: 45, expireInSeconds: 1_800 },
  "align-renewal": { retryLimit: 2_000, retryDelay: 5, retryDelayMax: 300, expireInSeconds: 120 },
  "end-sign-ins": { retryLimit: 20_000, retryDelay: 2, retryDelayMax: 45, expireInSeconds: 120 },
  "erase-person": { retryLimit: 100, retryDelay: 60, retryDelayMax: 3_600, expireInSeconds: 240 },
};

// pg-boss looks up a queue when it is first used, and remembers it: that query, too, runs on the transaction of whoever asks.
const asking = new AsyncLocalStorage<Transaction<Schema>>();
const db = {
  executeSql: async (text: string, values: unknown[] = []) => {
    const transaction = asking.getStore();
    if (!transaction) throw new Error("tasks are queued in a transaction only");
    return { rows: (await transaction.executeQuery(CompiledQuery.raw(text, values))).rows };
  },
};
const sender = new PgBoss({ db, supervise: false, schedule: false, migrate: false });

/** Writes tasks in the caller's transaction: they exist if and only if it commits. */
export async function queueTasks(transaction: Transaction<Schema>, tasks: Task[]): Promise<void> {
  for (const [name, jobs] of Map.groupBy(tasks, (task) => task.name)) {
    const rows = jobs.map(({ name: _, ...data }) => ({
      data,
      ...("startAfter" in data && { startAfter: data.startAfter }),
    }));
    await asking.run(transaction, () => sender.insert(name, rows));
  }
}
