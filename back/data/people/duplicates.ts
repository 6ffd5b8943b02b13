// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Duplicates: pairs of records that look like one human, found when somebody is confirmed and by night; a person decides.
import { type RawBuilder, sql } from "kysely";
import { describeActor } from "../actor.ts";
import type { Work } from "../database.ts";
import { Invalid } from "../errors.ts";
import { alike, type Reason, rareUpTo, scored } from "./likeness.ts";
import { Person } from "./person.ts";

export interface Candidate {
  /** The other person. */
  personId: number;
  /** From 50 to 100. */
  score: number;
  reasons: Reason[];
}

/** Confirmed people who look like this one, the likeliest first. Changes nothing. */
export async function findDuplicates(work: Work, personId: number): Promise<Candidate[]> {
  const { rows } =
    await sql<Candidate>`select case person_id when ${personId} then other_id else person_id end as person_id, score, reasons
    from (${scored(lookAlikes(personId))}) as likeness order by score desc, 1`.execute(work.query);
  return rows;
}

/** Keeps the pairs of somebody who is confirmed now, for a person to decide. Returns how many are new. Safe to repeat. */
export async function noteDuplicates(work: Work, personId: number): Promise<number> {
  const person = await work.find(Person, sql`id = ${personId}`);
  if (!person?.isConfirmed()) return 0;
  const { numAffectedRows } = await sql`insert into duplicate (person_id, other_id, score, reasons, found_at)
    select person_id, other_id, score, reasons, ${work.now}::timestamptz from (${scored(lookAlikes(personId))}) as likeness
    on conflict do nothing`.execute(work.query);
  return Number(numAffectedRows);
}

export interface OpenDuplicate {
  people: { id: number; name: string; email: string | null }[];
  score: number;
  reasons: Reason[];
  foundAt: string;
}

/** Pairs that nobody has decided about, the likeliest first. */
export async function listDuplicates(work: Work, limit: number): Promise<OpenDuplicate[]> {
  const { rows } = await sql<OpenDuplicate>`select score, reasons, to_json(found_at)#>>'{}' as found_at,
      jsonb_build_array(jsonb_build_object('id', one.id, 'name', one.name, 'email', one.email),
        jsonb_build_object('id', other.id, 'name', other.name, 'email', other.email)) as people
    from duplicate join person as one on one.id = person_id join person as other on other.id = other_id
    where decided is null and one.registration = 'confirmed' and other.registration = 'confirmed'
    order by score desc, person_id, other_id limit ${limit}`.execute(work.query);
  return rows;
}

/** A person looked: these are two. The pair is never asked about again. */
export async function decideDifferent(work: Work, personId: number, otherId: number): Promise<void> {
  if (personId === otherId) throw new Invalid("same-person", "This is one and the same person.");
  await decide(work, personId, otherId, "different");
  for (const id of [personId, otherId]) work.tell(id, "duplicate", pairOf(personId, otherId).join(" "), "different");
}

/** Keeps what was decided about a pair, or with null that it is open again. */
export async function decide(
  work: Work,
  personId: number,
  otherId: number,
  decided: "merged" | "different" | null,
): Promise<void> {
  const [first, second] = pairOf(personId, otherId);
  const at = decided && work.now;
  const by = decided && describeActor(work.actor);
  await sql`insert into duplicate (person_id, other_id, score, reasons, found_at, decided, decided_at, decided_by)
    values (${first}, ${second}, 0, '{}', ${work.now}, ${decided}, ${at}, ${by})
    on conflict (person_id, other_id) do update set decided = ${decided}, decided_at = ${at}, decided_by = ${by}`.execute(
    work.query,
  );
}

function pairOf(one: number, other: number): [number, number] {
  return one < other ? [one, other] : [other, one];
}

/** Whoever an index finds beside this person: each block is small, and only likeness decides. */
function lookAlikes(personId: number): RawBuilder<unknown> {
  const sameName = alike(sql`fold_name(name)`, sql`fold_name(self.name)`);
  const payers = sql`select lower(self.email) as email union select lower(payer_email) from donation
    join payment on payment.id = payment_id where donation.person_id = self.id and payer_email <> ''`;
  return sql`select least(self.id, other.id) as person_id, greatest(self.id, other.id) as other_id, account, rare
    from person as self
    cross join lateral (
      select id, false as account, false as rare from person where registration = 'confirmed' and postcode <> ''
        and self.postcode <> '' and fold_postcode(postcode) = fold_postcode(self.postcode) and ${sameName}
      union all select id, false, false from person
        where registration = 'confirmed' and birthday = self.birthday and ${sameName}
      union all select id, false, false from person
        where registration = 'confirmed' and gmail_mailbox(email) = gmail_mailbox(self.email)
      union all select id, false, false from person where lower(email) = lower(self.secondary_email)
      union all select id, false, false from person where lower(secondary_email) in (lower(self.email), lower(self.secondary_email))
      union all select id, false, true from (
        select id, postcode, count(*) over () as holders from (
          select id, postcode from person where registration = 'confirmed'
            and fold_name(name) = any(array[fold_name(self.name), ${swapped(sql`fold_name(self.name)`)}])
          limit ${sql.lit(rareUpTo + 1)}) as few) as namesakes
        where holders <= ${sql.lit(rareUpTo)} and '' in (postcode, self.postcode)
      union all select id, true, false from (
        select distinct person_id as id, email from (${payers}) as payer
        join payment on lower(payer_email) = email and payer_email <> ''
        join donation on payment_id = payment.id and person_id is not null
        union select person.id, payer.email from (${payers}) as payer join person on lower(person.email) = payer.email) as givers
    ) as found
    join person as other on other.id = found.id and other.registration = 'confirmed'
      and (not account or ${alike(sql`fold_name(other.name)`, sql`fold_name(self.name)`)})
    where self.id = ${personId} and other.id <> self.id`;
}

/** "Lovelace, Ada" and "Ada Lovelace": the last word first. */
function swapped(name: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`regexp_replace(translate(${name}, ',', ''), '^(.+) ([^ ]+)$', '\\2 \\1')`;
}
