// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What goes by itself when its time is over: each rule takes a batch, so that a night's work is many short transactions.
import { type RawBuilder, sql } from "kysely";
import { deleteEndedGrants, deleteSignInEvents, shortenNetworks } from "../accounts/forget-sign-ins.ts";
import type { Database, Work } from "../database.ts";
import { prepareLink } from "../links/signed-link.ts";
import { forgetBounces } from "../mailings/bounce.ts";
import { queueMessage } from "../mailings/message.ts";
import { forgetPaymentStarts } from "../payments/admit-payment.ts";
import { erase, eraseRemains } from "../people/erasure.ts";
import { Person } from "../people/person.ts";

export interface RetentionReport {
  /** Registrations that nobody confirmed in time. */
  unconfirmed: number;
  /** People whom soon nothing binds to us any more, asked whether they want to stay. */
  asked: number;
  /** Those of them who did not answer. */
  lapsed: number;
  /** People erased earlier, whose last year that the law keeps is over. */
  remains: number;
  /** Mails to addresses that are nobody's. */
  strayMails: number;
  /** Attempts to pay that were counted. */
  paymentStarts: number;
  /** Networks of sign-ins, shortened. */
  networks: number;
  signInEvents: number;
  endedGrants: number;
  /** What came back a long time ago, and the scores of addresses that answer since. */
  bounces: number;
}

export const batch = 200;
const strayMailDays = 30;
const asksANight = 2_000;

/** One batch of one rule; how many it took. `secret` keys the hash that remembers addresses. */
type Rule = (work: Work, secret: string) => Promise<number>;

/** Every rule of the night. Each is to be called again while it takes a whole `batch`. */
const retentionRules: Record<keyof RetentionReport, Rule> = {
  unconfirmed: (work, secret) => eraseAll(work, unconfirmed(work), secret),
  asked: (work) => askToStay(work),
  lapsed: (work, secret) => eraseAll(work, askedAndSilent(work), secret),
  remains: (work) => eraseRemains(work, batch),
  strayMails: (work) => deleteStrayMails(work),
  paymentStarts: (work) => forgetPaymentStarts(work, batch),
  networks: (work) => shortenNetworks(work, batch),
  signInEvents: (work) => deleteSignInEvents(work, batch),
  endedGrants: (work) => deleteEndedGrants(work, batch),
  bounces: (work) => forgetBounces(work, batch),
};

/** The whole night, in many short transactions: one rule after the other, batch by batch. */
export async function applyRetention(database: Database, secret: string): Promise<RetentionReport> {
  const rules = Object.entries(retentionRules) as [keyof RetentionReport, Rule][];
  const report = Object.fromEntries(rules.map(([name]) => [name, 0])) as unknown as RetentionReport;
  for (const [name, rule] of rules)
    for (let taken = batch; taken === batch; report[name] += taken)
      taken = await database.transaction({ kind: "worker" }, (work) => rule(work, secret));
  return report;
}

/** How many the next nights would take, by rule. Changes nothing. */
export async function previewRetention(work: Work): Promise<Pick<RetentionReport, "unconfirmed" | "asked" | "lapsed">> {
  const count = async (condition: RawBuilder<unknown>) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from person where ${condition}`.execute(work.query);
    return rows[0]?.n ?? 0;
  };
  return {
    unconfirmed: await count(unconfirmed(work)),
    asked: await count(soonLapsed(work)),
    lapsed: await count(askedAndSilent(work)),
  };
}

function unconfirmed(work: Work): RawBuilder<unknown> {
  const weeks = work.organisation.registrations.unconfirmedKeptWeeks;
  return sql`registration = 'unconfirmed' and registered_at < ${work.now}::timestamptz - make_interval(weeks => ${weeks})`;
}

// Nothing given within the years, no consent, no open pledge, no account, and no sign of life that made a row.
function lapsed(work: Work, withinDays = 0): RawBuilder<unknown> {
  const years = work.organisation.retention.contactYears;
  const since = sql`${work.now}::timestamptz + make_interval(days => ${withinDays}) - make_interval(years => ${years})`;
  return sql`registration = 'confirmed' and registered_at < ${since}
    and not exists (select from donation where person_id = person.id and received_on > (${since})::date)
    and not exists (select from account where person_id = person.id and state = 'open')
    and not exists (select from pledge where person_id = person.id and (state = 'open' or made_at > ${since}))
    and not exists (select from history where person_id = person.id and verb not in ('looked-at', 'refused', 'came-back', 'silent') and at > ${since})
    and not exists (select from (select distinct on (purpose) fact from consent where person_id = person.id and fact <> 'requested'
      order by purpose, id desc) newest where fact = 'granted')`;
}

function soonLapsed(work: Work): RawBuilder<unknown> {
  const { askBeforeDays } = work.organisation.retention;
  return sql`${lapsed(work, askBeforeDays)} and not ${asked(work, 0)}`;
}

// Asked long ago counts no more: whoever stayed then is asked anew when their next year is over.
function asked(work: Work, atLeastDaysAgo: number): RawBuilder<unknown> {
  const countsDays = 3 * work.organisation.retention.askBeforeDays;
  return sql`exists (select from message where person_id = person.id and mail = 'keep-alive'
    and queued_at > ${work.now}::timestamptz - make_interval(days => ${countsDays})
    and queued_at <= ${work.now}::timestamptz - make_interval(days => ${atLeastDaysAgo}))`;
}

function askedAndSilent(work: Work): RawBuilder<unknown> {
  return sql`${lapsed(work)} and ${asked(work, work.organisation.retention.askBeforeDays)}`;
}

async function askToStay(work: Work): Promise<number> {
  const { askBeforeDays } = work.organisation.retention;
  if ((await askedToday(work)) >= asksANight) return 0;
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from person where ${soonLapsed(work)} order by id limit ${batch} for update skip locked`.execute(
    work.query,
  );
  for (const person of rows.map((row) => work.adopt(Person, row))) {
    const link = await prepareLink(work, person, "keep-alive", 2 * askBeforeDays);
    await queueMessage(work, { mail: "keep-alive", person, fields: { name: person.name }, linkId: link.id });
  }
  return rows.length;
}

// Who was entered long ago, all at once, is not written to all at once.
async function askedToday(work: Work): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from message where mail = 'keep-alive'
    and queued_at > ${work.now}::timestamptz - interval '20 hours'`.execute(work.query);
  return rows[0]?.n ?? 0;
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
