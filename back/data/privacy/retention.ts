// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What goes by itself when its time is over: each rule takes a batch, so that a night's work is many short transactions.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { erase, eraseRemains } from "../people/erasure.ts";
import { Person } from "../people/person.ts";

export interface RetentionReport {
  /** Registrations that nobody confirmed in time. */
  unconfirmed: number;
  /** People whom nothing binds to us any more. */
  lapsed: number;
  /** People erased earlier, whose last year that the law keeps is over. */
  remains: number;
  /** Mails to addresses that are nobody's. */
  strayMails: number;
}

export const batch = 200;
const strayMailDays = 30;

/** One batch of each rule. Call it again while any number equals `batch`. `secret` keys the hash that remembers addresses. */
export async function applyRetention(work: Work, secret: string): Promise<RetentionReport> {
  return {
    unconfirmed: await eraseAll(work, unconfirmed(work), secret),
    lapsed: await eraseAll(work, lapsed(work), secret),
    remains: await eraseRemains(work, batch),
    strayMails: await deleteStrayMails(work),
  };
}

/** How many the next nights would take, by rule. Changes nothing. */
export async function previewRetention(work: Work): Promise<Pick<RetentionReport, "unconfirmed" | "lapsed">> {
  const count = async (condition: RawBuilder<unknown>) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from person where ${condition}`.execute(work.query);
    return rows[0]?.n ?? 0;
  };
  return { unconfirmed: await count(unconfirmed(work)), lapsed: await count(lapsed(work)) };
}

function unconfirmed(work: Work): RawBuilder<unknown> {
  const weeks = work.organisation.registrations.unconfirmedKeptWeeks;
  return sql`registration = 'unconfirmed' and registered_at < ${work.now}::timestamptz - make_interval(weeks => ${weeks})`;
}

// Nothing given within the years, no consent, no open pledge, no account, and no sign of life that made a row.
function lapsed(work: Work): RawBuilder<unknown> {
  const years = work.organisation.retention.contactYears;
  const since = sql`${work.now}::timestamptz - make_interval(years => ${years})`;
  return sql`registration = 'confirmed' and registered_at < ${since}
    and not exists (select from donation where person_id = person.id and received_on > (${since})::date)
    and not exists (select from account where person_id = person.id and state = 'open')
    and not exists (select from pledge where person_id = person.id and (state = 'open' or made_at > ${since}))
    and not exists (select from history where person_id = person.id and at > ${since})
    and not exists (select from (select distinct on (purpose) fact from consent where person_id = person.id and fact <> 'requested'
      order by purpose, id desc) newest where fact = 'granted')`;
}

async function eraseAll(work: Work, condition: RawBuilder<unknown>, secret: string): Promise<number> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from person where ${condition} order by id limit ${batch} for update skip locked`.execute(work.query);
  for (const row of rows) await erase(work, work.adopt(Person, row), secret, "silently");
  return rows.length;
}

async function deleteStrayMails(work: Work): Promise<number> {
  const { rows } =
    await sql`delete from message where id in (select id from message where person_id is null and state in ('accepted', 'refused')
    and queued_at < ${work.now}::timestamptz - make_interval(days => ${strayMailDays}) limit ${batch}) returning id`.execute(
      work.query,
    );
  return rows.length;
}
