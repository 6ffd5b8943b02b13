// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading what was done by whom.
import type { Selectable } from "kysely";
import type { Work } from "./database.ts";
import type { HistoryTable } from "./schema.ts";

/** What was done to one person's records, newest first. */
export function historyOf(work: Work, personId: number, limit = 200): Promise<Selectable<HistoryTable>[]> {
  return work.query
    .selectFrom("history")
    .selectAll()
    .where("personId", "=", personId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}
