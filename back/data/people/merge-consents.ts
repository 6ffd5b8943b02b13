// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What two people agreed to, when they become one and when they are two again: a no is never lost to the other's earlier yes.

import type { Moment } from "@cdb/runtime/time.ts";
import { type RawBuilder, sql } from "kysely";
import { describeActor } from "../actor.ts";
import type { Work } from "../database.ts";

/**
 * Facts stand in the order in which we heard of them, which is not always that in which they were said: a list brings grants of
 * years ago. Where such a grant of the one would hide a younger withdrawal of the other, that withdrawal is said again.
 */
export function keepWithdrawals(work: Work, keepId: number, goneId: number): Promise<void> {
  const newest = newestOf(sql`${keepId}, ${goneId}`);
  return sayAgain(
    work,
    sql`said.person_id`,
    sql`(${newest}) as said join (${newest}) as other on other.purpose = said.purpose and other.person_id <> said.person_id
      where said.fact = 'withdrawn' and other.fact = 'granted' and other.id > said.id and other.at <= said.at`,
  );
}

/** What was withdrawn while the two were one was withdrawn for both: a link in an old mail of the one acted for the survivor. */
export function shareWithdrawals(work: Work, keptId: number, goneId: number, since: Moment): Promise<void> {
  return sayAgain(
    work,
    sql`${goneId}`,
    sql`(${newestOf(sql`${keptId}`)}) as said join (${newestOf(sql`${goneId}`)}) as other on other.purpose = said.purpose
      where said.fact = 'withdrawn' and said.at > ${since} and other.fact = 'granted'`,
  );
}

/** Adds the withdrawals `said` of these rows anew, in the name of `whose`, as they were worded. */
async function sayAgain(work: Work, whose: RawBuilder<unknown>, said: RawBuilder<unknown>): Promise<void> {
  const { rows } = await sql<{ id: number; personId: number }>`
    insert into consent (person_id, purpose, fact, wording, wording_language, wording_version, wording_hash, channel, actor, at)
    select ${whose}::integer, said.purpose, 'withdrawn', said.wording, said.wording_language, said.wording_version,
      said.wording_hash, 'merge', ${describeActor(work.actor)}, ${work.now} from ${said} returning id, person_id`.execute(
    work.query,
  );
  for (const { id, personId } of rows) work.tell(personId, "consent", id, "withdrawn");
}

function newestOf(people: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`select distinct on (person_id, purpose) * from consent
    where person_id in (${people}) and fact <> 'requested' order by person_id, purpose, id desc`;
}
