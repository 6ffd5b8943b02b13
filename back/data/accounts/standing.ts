// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What people are to us by the rules of the profile, and by that in which groups they are.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";

/** Whether a rule of the profile entitles the person to an account. */
export async function isEntitled(work: Work, personId: number): Promise<boolean> {
  return (await entitledOf(work, [personId])).has(personId);
}

/** Those of these people whom a rule of the profile entitles to an account. */
export async function entitledOf(work: Work, personIds: readonly number[]): Promise<Set<number>> {
  const { rows } = await sql<{ personId: number }>`select distinct person_id from (${standings(work)}) as standing
    where person_id = any(${personIds}::int[]) and rule = any(${work.organisation.accounts.entitled}::text[])`.execute(
    work.query,
  );
  return new Set(rows.map(({ personId }) => personId));
}

/** The groups that each of these people is in, sorted; who is in none is left out. Whether their accounts are open is not asked. */
export async function groupsOfAll(work: Work, personIds: readonly number[]): Promise<Map<number, string[]>> {
  if (personIds.length === 0 || work.organisation.groups.length === 0) return new Map();
  const { rows } = await sql<{ personId: number; names: string[] }>`
    select person_id, array_agg(distinct name order by name) as names from (${memberships(work)}) as membership
    where person_id = any(${personIds}::int[]) group by person_id`.execute(work.query);
  return new Map(rows.map(({ personId, names }) => [personId, names]));
}

/** Which of the profile's rules hold for a person. */
export async function rulesOf(work: Work, personId: number): Promise<Set<string>> {
  const { rows } = await sql<{ rule: string }>`select distinct rule from (${standings(work)}) as standing
    where person_id = ${personId}`.execute(work.query);
  return new Set(rows.map(({ rule }) => rule));
}

/** People with an open account who are in any of these groups. */
export async function membersOf(work: Work, groups: readonly string[], limit: number): Promise<number[]> {
  const rules = work.organisation.groups.filter(({ name }) => groups.includes(name)).flatMap((group) => group.for);
  const { rows } = await sql<{ personId: number }>`
    select distinct membership.person_id from (${memberships(work, rules)}) as membership
    join account on account.person_id = membership.person_id and state = 'open'
    where membership.name = any(${groups}::text[]) order by 1 limit ${limit}`.execute(work.query);
  return rows.map(({ personId }) => personId);
}

/** SQL: one row for each person and group. A group that has to be asked for is left when its rule holds no more. */
function memberships(work: Work, rules?: readonly string[]): RawBuilder<unknown> {
  const ways = work.organisation.groups.flatMap(({ name, given, for: holders }) =>
    holders.map((rule) => ({ name, rule, asked: given === "on request" })),
  );
  const these = rules ? sql`where rule = any(${rules}::text[])` : sql``;
  return sql`select standing.person_id, way.name
    from (select * from (${standings(work)}) as every ${these}) as standing
    join jsonb_to_recordset(${JSON.stringify(ways)}::jsonb) as way (name text, rule text, asked boolean)
      on way.rule = standing.rule
    where not asked or exists (select from role where role.person_id = standing.person_id
      and role.name = 'member' and team = way.name and state = 'approved')`;
}

/**
 * SQL: one row for each person and rule that holds for them. A supporter has a running pledge of the profile's figures that was
 * paid at least once, or gave the figure of a year within the last one.
 */
function standings({ organisation, now }: Work): RawBuilder<unknown> {
  const { currency, donations, timeZone } = organisation;
  const { supporterMonthly: monthly, supporterYearly: yearly } = donations;
  const since = now.toZonedDateTimeISO(timeZone).toPlainDate().subtract({ years: 1 }).toString();
  return sql`
    select person_id, name as rule from role where state = 'approved' and name in ('volunteer', 'staff')
    union all
    select person_id, 'volunteer:' || team from role where state = 'approved' and name = 'volunteer' and team <> ''
    union all
    select id, 'everybody' from person where registration = 'confirmed'
    union all
    select person_id, 'supporter' from pledge where state = 'open' and currency = ${currency}
      and case pledge.interval when 'monthly' then amount >= ${monthly}::bigint when 'quarterly' then amount * 4 >= ${yearly}::bigint
        when 'yearly' then amount >= ${yearly}::bigint else false end
      and exists (select from donation where pledge_id = pledge.id and donation.amount > refunded + disputed)
    union all
    select person_id, 'supporter' from donation
      where received_on > ${since}::date and currency = ${currency} and purpose in ('donation', 'extra') and person_id is not null
      group by person_id having sum(amount - refunded - disputed) >= ${yearly}::bigint`;
}
