// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What makes two records look like one human: reasons, and what each counts for, said once in SQL for one person and for everybody.
import { type RawBuilder, sql } from "kysely";

export type Reason =
  | "same-email"
  | "same-mailbox"
  | "similar-name"
  | "rare-name"
  | "same-birthday"
  | "same-postcode"
  | "same-address"
  | "same-account";

/** From here on somebody should look at it. A household – one postal address, another name – stays below. */
export const likely = 50;
/** How many hold a name until it says nothing by itself any more. */
export const rareUpTo = 5;

/** Names whose trigrams are not at least this much the same are two names. */
const alikeFrom = 0.55;

/** Whether two folded names are one with slips: the order of words does not matter, a letter more or less hardly. */
export function alike(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`similarity(${one}, ${other}) >= ${sql.lit(alikeFrom)}`;
}

/**
 * Scores pairs of people. `pairs` selects person_id, other_id (the smaller number first, repeated as often as found), and whether
 * the pair was found by its account and by a rare name. Selects person_id, other_id, score from 0 to 100, reasons.
 */
export function scored(pairs: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select person_id, other_id, least(100, greatest(0, score))::smallint as score, reasons
    from (select person_id, other_id, bool_or(account) as account, bool_or(rare) as rare from (${pairs}) as found group by 1, 2) as pair
    join person as one on one.id = person_id
    join person as other on other.id = other_id
    cross join lateral (select
      lower(one.email) = lower(other.secondary_email) or lower(one.secondary_email) in (lower(other.email), lower(other.secondary_email))
        as email,
      gmail_mailbox(one.email) = gmail_mailbox(other.email) as mailbox,
      similarity(fold_name(one.name), fold_name(other.name)) as name,
      one.postcode <> '' and fold_postcode(one.postcode) = fold_postcode(other.postcode)
        and (one.country = other.country or '' in (one.country, other.country)) as postcode,
      ${streetOf(sql`one`)} as street, ${streetOf(sql`other`)} as other_street,
      one.birthday = other.birthday as birthday) as facts
    cross join lateral (select coalesce(facts.postcode and street <> '' and similarity(street, other_street) >= 0.6
      and ${digitsOf(sql`street`)} = ${digitsOf(sql`other_street`)}, false) as address) as place
    cross join lateral (select
      array_agg(reason order by at) as reasons, sum(points) - case when not facts.birthday then 40 else 0 end as score
      from (values
        (1, 'same-email', 60, facts.email),
        (2, 'same-mailbox', 30, facts.mailbox),
        (3, 'similar-name', (48 * facts.name)::integer, facts.name >= ${sql.lit(alikeFrom)}),
        (4, 'rare-name', 10, rare),
        (5, 'same-birthday', 25, facts.birthday),
        (6, 'same-postcode', 25, facts.postcode),
        (7, 'same-address', 20, address),
        (8, 'same-account', 40, account)) as reason (at, reason, points, holds)
      where holds) as sum
    where score >= ${sql.lit(likely)}`;
}

function streetOf(person: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`fold_name(array_to_string(${person}.address_lines, ' '))`;
}

/** Number 5 and number 7 of a street are two houses. */
function digitsOf(street: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`regexp_replace(${street}, '[^0-9]+', ' ', 'g')`;
}
