// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money that came in by the hundred: the same rules as `registerPayment`, in a few statements for all.
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { sql } from "kysely";
import { alignAccount } from "../accounts/align-accounts.ts";
import type { Work } from "../database.ts";
import { changeKinds, Donation, isThankedYearly, thanksFor } from "../donations/donation.ts";
import { type NewMessage, queueMessages } from "../mailings/message.ts";
import { refreshStats } from "../selectors/person-stats.ts";
import { type Match, matchReference, readLookup } from "./match-payment.ts";
import { factsOf, Payment } from "./payment.ts";
import { donationOf, settle } from "./register-payment.ts";

/** Received once, at no cost and under no renewal: the plain case, and nearly all of a statement. */
export interface Received {
  providerReference: string;
  notice: Notice & { kind: "received"; fee?: undefined; renewal?: undefined };
}

type Matched = Received & { match: Match };

/** Safe to repeat, like `registerPayment` with each of them in their order. */
export async function registerReceived(work: Work, provider: Provider, told: readonly Received[]): Promise<void> {
  if (told.length === 0) return;
  await lockNames(
    work,
    told.map(({ providerReference }) => `${provider} ${providerReference}`),
  );
  const lookup = await readLookup(
    work,
    told.map(({ notice }) => notice.reference),
  );
  let group: Matched[] = [];
  const people = new Set<number>();
  for (const each of told) {
    const match = await matchReference(work, each.notice.reference, "lock", lookup);
    // Who gave twice is a person twice: what the first gift changed is written before the second.
    if (match.person && people.has(match.person.id)) {
      await registerGroup(work, provider, group);
      group = [];
      people.clear();
    }
    if (match.person) people.add(match.person.id);
    group.push({ ...each, match });
  }
  await registerGroup(work, provider, group);
}

async function registerGroup(work: Work, provider: Provider, told: readonly Matched[]): Promise<void> {
  const notices = await keepNotices(work, provider, told);
  const kept = told.flatMap((each) => {
    const noticeId = notices.get(each.notice.noticeId);
    // Told twice among these, the first one counts.
    notices.delete(each.notice.noticeId);
    return noticeId === undefined ? [] : { ...each, noticeId };
  });
  const facts = kept.flatMap(({ providerReference, notice, noticeId }) =>
    factsOf(provider, providerReference, notice, work.now).map((fact) => ({ ...fact, noticeId })),
  );
  const payments = new Map(
    (await work.addAll(Payment, facts, "received")).map((payment) => [payment.noticeId, payment]),
  );
  const received = kept.flatMap(({ noticeId, ...each }) => {
    const payment = payments.get(noticeId);
    return payment ? { ...each, payment } : [];
  });
  const rows = received.map(({ payment, match }) => ({
    paymentId: payment.id,
    ...donationOf(payment, match, work.organisation.timeZone),
  }));
  const donations = new Map(
    (await work.addAll(Donation, rows, "received")).map((donation) => [donation.paymentId, donation]),
  );
  const given = received.flatMap(({ payment, ...each }) => {
    const donation = donations.get(payment.id);
    return donation ? { ...each, payment, donation } : [];
  });
  await takeEffect(work, provider, given);
}

type Given = Omit<Matched, "providerReference"> & { payment: Payment; donation: Donation };

async function takeEffect(work: Work, provider: Provider, given: readonly Given[]): Promise<void> {
  const changed = await findChanged(
    work,
    provider,
    given.map(({ payment }) => payment.providerReference),
  );
  for (const { payment, donation, match } of given) {
    if (changed.has(payment.providerReference)) await settle(work, [donation], provider, payment.providerReference);
    match.person?.confirm(work, "payment");
    match.pledge?.receive(work, donation.receivedOn, undefined);
  }
  const people = given.flatMap(({ match }) => match.person?.id ?? []);
  await keepFigures(work, people);
  const mails: NewMessage[] = [];
  for (const { donation, notice, match } of given) {
    const renews = match.pledge !== undefined && match.pledge.renewal !== null;
    const when = renews && (await isThankedYearly(work, donation)) ? "yearly" : "now";
    mails.push(...thanksFor(work, donation, notice.payer, when, match.person));
  }
  await queueMessages(work, mails);
}

async function keepNotices(work: Work, provider: Provider, told: readonly Received[]): Promise<Map<string, number>> {
  const now = work.now.toString();
  const rows = told.map(({ providerReference, notice: { noticeId, raw, ...words } }) => ({
    ...{ provider, raw, told: words, received_at: now },
    ...{ notice_id: noticeId, payment_reference: providerReference },
  }));
  const kept = await work.rows<{ id: number; noticeId: string }>(
    `insert into notice (provider, notice_id, payment_reference, raw, told, received_at)
      select provider, notice_id, payment_reference, raw, told, received_at
      from jsonb_populate_recordset(null::notice, $1::jsonb) on conflict do nothing returning id, notice_id`,
    [JSON.stringify(rows)],
  );
  return new Map(kept.map(({ id, noticeId }) => [noticeId, id]));
}

/** Those of which something went back before they were told of. */
async function findChanged(work: Work, provider: Provider, names: readonly string[]): Promise<Set<string>> {
  const rows = await work.rows<{ original: string }>(
    "select distinct original from payment where provider = $1 and original = any($2) and kind = any($3)",
    [provider, names, changeKinds],
  );
  return new Set(rows.map(({ original }) => original));
}

async function keepFigures(work: Work, people: readonly number[]): Promise<void> {
  if (people.length === 0) return;
  await work.write();
  await refreshStats(work, people);
  const holders = await work.rows<{ personId: number }>(
    "select person_id from account where person_id = any($1) and state <> 'closed' order by person_id",
    [people],
  );
  for (const { personId } of holders) await alignAccount(work, personId);
}

async function lockNames(work: Work, names: readonly string[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(name, 1))
    from unnest(${[...names].sort()}::text[]) as name`.execute(work.query);
}
