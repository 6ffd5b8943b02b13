// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is thanked by name for a year: organisations, and private people who agreed, by what they gave in the organisation's currency.
import { Temporal, today } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import type { Money } from "../money.ts";

export interface DonorList {
  year: number;
  /** From the largest amount on. */
  levels: Level[];
}

export interface Level {
  /** Who gave at least so much, and less than the level before. */
  from: Money;
  /** By name. */
  donors: Donor[];
  /** How many more gave so much and are not named. */
  unnamed: number;
}

export interface Donor {
  personId: number;
  kind: "individual" | "organisation";
  /** As they wrote it themselves. */
  name: string;
  given: Money;
  /** The first of the years in a row in which they gave; null when it is not long enough ago to be told. */
  since: number | null;
}

/** Of one calendar year; what went back of a donation is taken off, on whatever day it did. */
export async function listDonors(
  work: Work,
  year: number = today(work.organisation.timeZone, work.now).year,
): Promise<DonorList> {
  const { currency, donations, purposes } = work.organisation;
  const { amounts } = donations.donorList;
  const naming = purposes.filter(({ permits }) => permits === "naming").map(({ name }) => name);
  const donors = await donorsOf(work, year, Math.min(...amounts), naming);
  const levels = amounts.map((amount, at): Level => {
    const below = amounts[at - 1] ?? Number.POSITIVE_INFINITY;
    const reached = donors.filter(({ given }) => given.amount >= amount && given.amount < below);
    const named = reached.filter(({ mayName }) => mayName).map(({ mayName: _, ...donor }) => donor);
    const order = new Intl.Collator("en");
    named.sort((a, b) => order.compare(a.name, b.name) || a.personId - b.personId);
    return { from: { amount, currency }, donors: named, unnamed: reached.length - named.length };
  });
  return { year, levels };
}

/**
 * The first year of the row that ends with the newest one, in which at most `pauses` years without a gift stand; null when fewer than
 * `years` are years of giving. Years come newest first.
 */
export function donorSince(
  given: readonly number[],
  { years, pauses }: { years: number; pauses: number },
): number | null {
  let [first, count, left] = [given[0] ?? 0, 0, pauses];
  for (const year of given) {
    const missed = Math.max(0, first - year - 1);
    if (missed > left) break;
    [first, left, count] = [year, left - missed, count + 1];
  }
  return count >= years ? first : null;
}

// The figures of each person hold running totals by day: a year is the difference of two, so that no donation need be read.
async function donorsOf(
  work: Work,
  year: number,
  atLeast: number,
  naming: readonly string[],
): Promise<(Donor & { mayName: boolean })[]> {
  const { currency, donations } = work.organisation;
  const [from, to] = [lastDayOf(year - 1), lastDayOf(year)];
  const { rows } = await sql<{
    personId: number;
    kind: Donor["kind"];
    name: string;
    amount: number;
    mayName: boolean;
    years: number[];
  }>`select person_id, person_stats.kind, person.name, reached.amount,
      person_stats.kind = 'organisation' or granted && ${[...naming]}::text[] as may_name,
      -- A gift in another currency adds nothing to the total, and is a gift all the same.
      (select array_agg(distinct extract(year from day)::int order by extract(year from day)::int desc)
        from unnest(given_on) as day where day <= ${to}::date) as years
    from person_stats
    cross join lateral (select coalesce(given_total[width_bucket(${to}::date, given_on)], 0)
      - coalesce(given_total[width_bucket(${from}::date, given_on)], 0) as amount) as reached
    join person on person.id = person_id
    where last_donation_on > ${from} and donated >= ${atLeast} and reached.amount >= ${atLeast}
      and person_stats.registration = 'confirmed'`.execute(work.query);
  return rows.map(({ amount, years, ...donor }) => ({
    ...donor,
    given: { amount, currency },
    since: donorSince(years, donations.donorList.since),
  }));
}

function lastDayOf(year: number): Temporal.PlainDate {
  return Temporal.PlainDate.from({ year, month: 12, day: 31 });
}
