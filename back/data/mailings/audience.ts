// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who gets a mailing: all who are picked, can be written to and have agreed to its purpose; and who is left out, and why.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import { compileSelector, peopleAndFigures } from "../selectors/selector.ts";
import { isSilent } from "./address-trouble.ts";
import type { Mailing } from "./mailing.ts";
import { fallbackOf, textsOf } from "./mailing-text.ts";

export type LeftOut = "unconfirmed" | "blocked" | "not-agreed" | "no-address" | "address-dead" | "no-text";

export interface Audience {
  /** Whom the selector picks. */
  picked: number;
  gets: number;
  /** Of those who get it, by the language of the text. */
  languages: Record<string, number>;
  leftOut: Partial<Record<LeftOut, number>>;
}

/** Changes nothing. */
export async function countAudience(work: Work, mailing: Mailing): Promise<Audience> {
  const { rows } = await sql<{ why: LeftOut | null; language: string; count: number }>`
    select why, case when why is null then text_language else '' end as language, count(*)::int as count
    from (${await audience(work, mailing)}) as audience group by 1, 2 order by 1, 2`.execute(work.query);
  const sum = (some: typeof rows) => some.reduce((total, { count }) => total + count, 0);
  const gets = rows.filter(({ why }) => why === null);
  return {
    picked: sum(rows),
    gets: sum(gets),
    languages: Object.fromEntries(gets.map(({ language, count }) => [language, count])),
    leftOut: Object.fromEntries(rows.flatMap(({ why, count }) => (why === null ? [] : [[why, count]]))),
  };
}

/** Why a person who is picked would not get it; null: they would; undefined: they are not picked. */
export async function explainRecipient(
  work: Work,
  mailing: Mailing,
  personId: number,
): Promise<LeftOut | null | undefined> {
  const { rows } = await sql<{ why: LeftOut | null }>`select why from (${await audience(work, mailing)}) as audience
    where person_id = ${personId}`.execute(work.query);
  return rows[0]?.why;
}

/** Writes down who gets it, each with the consent it rests on: from here on the audience is what it is. Returns how many. Throws Conflict when there is nobody. */
export async function freezeAudience(work: Work, mailing: Mailing): Promise<number> {
  await sql`select set_config('work_mem', '256MB', true), set_config('statement_timeout', '15min', true)`.execute(
    work.query,
  );
  // In the order of the people, in which all that is read and written for each stands side by side.
  const { numAffectedRows } = await sql`insert into mailing_recipient
      (mailing_id, person_id, position, consent_id, language, domain)
    select ${mailing.id}, person_id, row_number() over (order by hashint4(person_id)),
      (select id from consent where person_id = audience.person_id and purpose = ${mailing.purpose} and fact <> 'requested'
        order by id desc limit 1), text_language, domain
    from (${await audience(work, mailing)}) as audience where why is null order by person_id`.execute(work.query);
  if (!numAffectedRows) throw new Conflict("audience-empty", "There is nobody who would get it.");
  return Number(numAffectedRows);
}

/** Everybody who is picked, with the language of their text and the reason why they get none. */
async function audience(work: Work, mailing: Mailing): Promise<RawBuilder<unknown>> {
  const languages = (await textsOf(work, mailing.id)).map(({ language }) => language);
  const fallback = fallbackOf(work, languages) ?? null;
  const picked =
    mailing.selector === ""
      ? sql`person_stats.registration in ('unconfirmed', 'confirmed')`
      : compileSelector(work.organisation, mailing.selector, work.now).where;
  return sql`select person_stats.person_id,
      case when person_stats.language = any(${languages}::text[]) then person_stats.language else ${fallback} end as text_language,
      lower(split_part(person.email, '@', 2)) as domain,
      case when person_stats.registration <> 'confirmed' then person_stats.registration
        when not (person_stats.granted @> array[${mailing.purpose}]::text[]) then 'not-agreed'
        when person.email is null then 'no-address'
        when ${sql.raw(isSilent)} then 'address-dead'
        when ${fallback}::text is null then 'no-text' end as why
    from ${peopleAndFigures} where ${picked}`;
}
