// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who meets a selector: how many, and page by page.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { Invalid } from "../errors.ts";
import { Person } from "../people/person.ts";
import { peopleAndFigures, type Selector } from "./selector.ts";

const nextIds = 20_000;

export async function countPeople(work: Work, selector: Selector): Promise<number> {
  const [row] = await runOnce<{ count: number }>(
    work,
    sql`select count(*) as count from ${peopleAndFigures} where ${selector.where}`,
  );
  return row?.count ?? 0;
}

/** In the order of their ids; `after` an id goes on from there. */
export async function listPeople(
  work: Work,
  selector: Selector,
  { after = 0, limit }: { after?: number | undefined; limit: number },
): Promise<Person[]> {
  // Where many are picked, the next ids hold a page of them. Where few are, going on in order would take long: all are looked for.
  const near = sql`person_stats.person_id between ${after + 1} and ${after + nextIds} order by person_stats.person_id`;
  const rows = await runOnce<Record<string, unknown>>(work, pageOf(selector, near, limit));
  const far = sql`person_stats.person_id > ${after} order by person_stats.person_id + 0`;
  const all = rows.length === limit ? rows : await runOnce<Record<string, unknown>>(work, pageOf(selector, far, limit));
  return all.map((row) => work.adopt(Person, row));
}

function pageOf(selector: Selector, where: RawBuilder<unknown>, limit: number): RawBuilder<unknown> {
  return sql`select * from person where id in (
      select person_stats.person_id from ${peopleAndFigures} where ${selector.where} and ${where} limit ${limit})
    order by id`;
}

/**
 * Runs a statement that is planned for its values and then forgotten, with memory for its hash tables and little time; outside a
 * transaction with those of the connection. Throws Invalid with the code `selector-too-slow`.
 */
export async function runOnce<Row>(work: Work, statement: RawBuilder<unknown>, withinMs = 5_000): Promise<Row[]> {
  const limits = sql`select set_config('work_mem', '64MB', true), set_config('statement_timeout', ${String(withinMs)}, true)`;
  await limits.execute(work.query);
  try {
    const { rows } = await sql<Row>`/* once */ ${statement}`.execute(work.query);
    await sql`set local statement_timeout to default`.execute(work.query);
    return rows;
  } catch (error) {
    if ((error as { code?: unknown }).code !== "57014") throw error;
    throw new Invalid("selector-too-slow", "Finding these people takes too long; ask for less at once.", "selector");
  }
}
