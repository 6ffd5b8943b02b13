// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything that is kept about one person (GDPR articles 15 and 20), with what for and how long.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { personalTables, recipients } from "../privacy/personal-data.ts";
import type { PersonalTable } from "../privacy/personal-table.ts";
import { numbersOf } from "./find-people.ts";
import type { Person } from "./person.ts";

export interface PersonExport {
  exportedAt: string;
  recipients: string[];
  tables: { table: string; purpose: string; ground: string; kept: string; rows: Record<string, unknown>[] }[];
}

/** Reads every row of every table that tells of the person; secrets of mails under way are left out. */
export async function exportPerson(work: Work, person: Person): Promise<PersonExport> {
  const tables: PersonExport["tables"] = [];
  const numbers = await numbersOf(work, person.id);
  for (const [table, { purpose, ground, kept, personal, plain, words = {}, ...owners }] of Object.entries(
    personalTables,
  )) {
    const columns = [...plain, ...personal].filter((column) => column !== "secrets").map((column) => sql.ref(column));
    const told = Object.entries(words).map(([name, its]) => sql`${sql.raw(its)} as ${sql.ref(name)}`);
    const { rows } = await sql<{ row: Record<string, unknown> }>`select to_jsonb(picked) as row from
      (select ${sql.join([...told, ...columns])} from ${sql.table(table)} where ${theirs(owners, numbers)}) picked`.execute(
      work.query,
    );
    tables.push({ table, purpose, ground, kept, rows: rows.map(({ row }) => row) });
  }
  return { exportedAt: work.now.toString(), recipients: [...recipients], tables };
}

function theirs(
  { person, otherPerson, key }: Pick<PersonalTable, "person" | "otherPerson" | "key">,
  numbers: number[],
): RawBuilder<unknown> {
  const names = (its: string) => sql`${sql.raw(its)} = any(${numbers}::int[])`;
  // By the keys of one's rows: an index finds them, where asking each row whose it is would read the whole table.
  if (key) return sql`${sql.ref(key)} in (${names(person)})`;
  return otherPerson ? sql`(${names(person)} or ${names(otherPerson)})` : names(person);
}
