// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The nightly look through everybody for duplicates: people are put into blocks that an equality makes, and compared within them.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { alike, rareUpTo, scored } from "./likeness.ts";

export interface DuplicateReport {
  /** Pairs that were not known before. */
  found: number;
  /** Pairs that wait for a decision, these among them. */
  open: number;
}

/** Adds the pairs that are new; what was decided stays decided. For a transaction of its own: it takes a while. */
export async function scanForDuplicates(work: Work): Promise<DuplicateReport> {
  await sql`select set_config('work_mem', '256MB', true), set_config('statement_timeout', '600000', true)`.execute(
    work.query,
  );
  let found = 0;
  for (const pairs of [byNameAndPlace, byRareName, byMailbox, bySecondAddress, byAccount]) {
    const { numAffectedRows } = await sql`insert into duplicate (person_id, other_id, score, reasons, found_at)
      select person_id, other_id, score, reasons, ${work.now}::timestamptz from (${scored(pairs)}) as likeness
      on conflict do nothing`.execute(work.query);
    found += Number(numAffectedRows);
  }
  const { rows } = await sql<{ open: number }>`select count(*) as open from duplicate where decided is null`.execute(
    work.query,
  );
  return { found, open: rows[0]?.open ?? 0 };
}

const confirmed = sql`registration = 'confirmed'`;

// One postcode or one birthday, and a word of the name that begins alike.
const byNameAndPlace: RawBuilder<unknown> = sql`
  with folded as materialized (
    select id, fold_postcode(postcode) as place, fold_name(name) as name from person where ${confirmed} and postcode <> ''
    union all select id, birthday::text, fold_name(name) from person where ${confirmed} and birthday is not null),
  begun as materialized (
    select distinct id, place, name, left(word, 3) as beginning from folded, string_to_table(name, ' ') as word where word <> '')
  select distinct one.id as person_id, other.id as other_id, false as account, false as rare
  from begun as one join begun as other on one.place = other.place and one.beginning = other.beginning and one.id < other.id
  where ${alike(sql`one.name`, sql`other.name`)}`;

// A name that hardly anybody has, and one of the two did not say where they live.
const byRareName: RawBuilder<unknown> = sql`
  with keyed as (
    select id, postcode, (select string_agg(word, ' ' order by word)
      from string_to_table(translate(fold_name(name), ',', ''), ' ') as word where word <> '') as key
    from person where ${confirmed}),
  rare as materialized (
    select * from (select *, count(*) over (partition by key) as holders from keyed where key is not null) as counted
    where holders between 2 and ${sql.lit(rareUpTo)})
  select one.id as person_id, other.id as other_id, false as account, true as rare
  from rare as one join rare as other on one.key = other.key and one.id < other.id and '' in (one.postcode, other.postcode)`;

const byMailbox: RawBuilder<unknown> = sql`
  select one.id as person_id, other.id as other_id, false as account, false as rare from person as one
  join person as other on gmail_mailbox(one.email) = gmail_mailbox(other.email) and one.id < other.id
  where one.${confirmed} and other.${confirmed}`;

const bySecondAddress: RawBuilder<unknown> = sql`
  select least(one.id, other.id) as person_id, greatest(one.id, other.id) as other_id, false as account, false as rare from person as one
  join person as other on lower(one.secondary_email) in (lower(other.email)) and one.id <> other.id
  where one.secondary_email is not null and one.${confirmed} and other.${confirmed}`;

// Who paid for several is no account of theirs, e.g. a treasurer; and who paid for somebody of another name is a friend.
const byAccount: RawBuilder<unknown> = sql`
  with payer as materialized (
    select distinct lower(payer_email) as email, person_id from payment join donation on payment_id = payment.id
      where payer_email <> '' and person_id is not null),
  giver as materialized (
    select email, person_id from payer
    union select payer.email, person.id from payer join person on lower(person.email) = payer.email),
  few as materialized (
    select * from (select *, count(*) over (partition by email) as givers from giver) as counted
    where givers between 2 and ${sql.lit(rareUpTo)})
  select one.person_id, other.person_id as other_id, true as account, false as rare
  from few as one join few as other on one.email = other.email and one.person_id < other.person_id
  join person as first on first.id = one.person_id and first.${confirmed}
  join person as second on second.id = other.person_id and second.${confirmed}
    and ${alike(sql`fold_name(first.name)`, sql`fold_name(second.name)`)}`;
