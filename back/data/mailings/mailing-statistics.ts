// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What is known of a mailing's success without watching anybody: what mail servers answered, and who withdrew after it.
import type { Work } from "../database.ts";
import type { Mailing } from "./mailing.ts";

export interface Counts {
  /** Handed to the mail server, whatever it answered. */
  sent: number;
  accepted: number;
  refused: number;
  unknown: number;
  waiting: number;
  leftOut: number;
  /** Came back after it had been accepted, or was complained about. */
  bounced: number;
  complained: number;
  /** Withdrew this purpose by a link, after this mailing and before the next one for the purpose. */
  withdrawn: number;
}

export interface Statistics {
  total: Counts;
  languages: Record<string, Counts>;
  /** The largest first; those of few readers stand together, for they would tell who somebody is. */
  domains: { domain: string | null; counts: Counts }[];
}

/** Fewer than these are not shown apart, nor are more domains. */
const fewest = 5;
const mostDomains = 20;

interface Row extends Counts {
  language: string | null;
  domain: string | null;
}

/** Changes nothing. */
export async function mailingStatistics(work: Work, mailing: Mailing): Promise<Statistics> {
  const rows = await work.rows<Row>(statement, [mailing.id, mailing.purpose]);
  const known = rows.filter(({ domain }) => domain !== null).sort((a, b) => sizeOf(b) - sizeOf(a));
  const apart = known.filter((row, at) => at < mostDomains && sizeOf(row) >= fewest);
  const rest = known.filter((row) => !apart.includes(row));
  return {
    total: countsOf(rows.filter(({ language, domain }) => language === null && domain === null)),
    languages: Object.fromEntries(
      rows.flatMap((row) => (row.language === null ? [] : [[row.language, countsOf([row])]])),
    ),
    domains: [
      ...apart.map((row) => ({ domain: row.domain, counts: countsOf([row]) })),
      ...(rest.length > 0 ? [{ domain: null, counts: countsOf(rest) }] : []),
    ],
  };
}

const names = [
  "sent",
  "accepted",
  "refused",
  "unknown",
  "waiting",
  "leftOut",
  "bounced",
  "complained",
  "withdrawn",
] as const;

const statement = `with gone as (
    select person_id, min(at) as at from consent where purpose = $2 and fact = 'withdrawn' and channel = '/command/unsubscribe'
      and at > (select began_at from mailing where id = $1) group by person_id),
  withdrawn as (
    select this.person_id from mailing_recipient this join gone on gone.person_id = this.person_id and gone.at > this.handed_over_at
    where this.mailing_id = $1 and not exists (select from mailing_recipient later join mailing on mailing.id = later.mailing_id
      where later.person_id = this.person_id and mailing.purpose = $2 and later.mailing_id <> $1
        and later.handed_over_at > this.handed_over_at and later.handed_over_at < gone.at))
  select language, domain,
    (count(*) filter (where state in ('handed-over', 'accepted', 'refused', 'unknown')))::int as sent,
    (count(*) filter (where state = 'accepted'))::int as accepted, (count(*) filter (where state = 'refused'))::int as refused,
    (count(*) filter (where state = 'unknown'))::int as unknown, (count(*) filter (where state = 'waiting'))::int as waiting,
    (count(*) filter (where state = 'left-out'))::int as left_out,
    (count(*) filter (where bounced_as in ('hard', 'soft')))::int as bounced,
    (count(*) filter (where bounced_as = 'complaint'))::int as complained, count(withdrawn.person_id)::int as withdrawn
  from mailing_recipient recipient left join withdrawn using (person_id)
  where mailing_id = $1 group by grouping sets ((), (language), (domain))`;

function countsOf(rows: readonly Counts[]): Counts {
  return Object.fromEntries(
    names.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)]),
  ) as unknown as Counts;
}

function sizeOf({ sent, waiting, leftOut }: Counts): number {
  return sent + waiting + leftOut;
}
