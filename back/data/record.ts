// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How a row becomes an object with verbs: a record class names its table and gets the row's values as properties.
import type { Insertable, Selectable } from "kysely";
import type { Schema } from "./schema.ts";

export type TableName = Exclude<keyof Schema, "history" | "historyDetail">;

export interface RecordClass<T extends TableName = TableName, R extends Selectable<Schema[T]> = Selectable<Schema[T]>> {
  new (): R;
  readonly table: T;
  /** Changes of this record are not written to the history (it is itself a log, or nothing anybody did). */
  readonly quiet?: true;
}

export type Values<K extends RecordClass> = Insertable<Schema[K["table"]]>;
// biome-ignore lint/suspicious/noExplicitAny: any record class, whatever its row.
export type AnyRecordClass = RecordClass<any, any>;

/** Columns whose values differ from the snapshot, with both values. */
export function changesOf(record: object, snapshot: Record<string, unknown>): Record<string, [unknown, unknown]> {
  const changes: Record<string, [unknown, unknown]> = {};
  for (const column in snapshot) {
    const before = snapshot[column];
    const after = (record as Record<string, unknown>)[column];
    if (before !== after && JSON.stringify(before) !== JSON.stringify(after)) changes[column] = [before, after];
  }
  return changes;
}
