// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Payouts: of which payments, refunds and fees each was made, to the cent, and as which line of a statement it arrived.
import type { Notice, Provider } from "@cdb/api/payments.ts";
import type { Day } from "@cdb/runtime/time.ts";
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import type { Money } from "../money.ts";
import { signedAmount } from "./payment.ts";

export interface PartName {
  providerReference: string;
  kind: Notice["kind"];
}

/**
 * Keeps what a payout was made of. Without names, all that the provider held then, if it is exactly that. Safe to repeat. Returns what
 * is missing: the payout less its parts; null when it is not known what it was made of.
 */
export async function keepParts(
  work: Work,
  provider: Provider,
  payoutName: string,
  names: readonly PartName[] | undefined,
): Promise<Money | null> {
  const [payout] = await work.rows<{ id: number; amount: number; currency: string }>(
    "select id, amount, currency from payment where provider = $1 and provider_reference = $2 and kind = 'payout'",
    [provider, payoutName],
  );
  if (!payout) return null;
  const parts = sql`id in (select payment_id from payout_part where payout_id = ${payout.id}) and kind <> 'arrived'`;
  if (names) await addParts(work, payout.id, named(provider, names));
  else if ((await sumOf(work, parts)) === null) {
    const all = held(provider, payout);
    if ((await sumOf(work, all)) === payout.amount) await addParts(work, payout.id, all);
  }
  const sum = await sumOf(work, parts);
  return sum === null && !names ? null : { amount: payout.amount - (sum ?? 0), currency: payout.currency };
}

/** Finds for each payout that is underway the line of a statement as which it arrived. Safe to repeat. Returns how many it found. */
export async function matchArrivals(work: Work): Promise<number> {
  // Two at once would take the same line for two payouts.
  await sql`select pg_advisory_xact_lock(hashtextextended('arrivals', 0))`.execute(work.query);
  const { rows } = await sql<{ payoutId: number; arrivedId: number }>`
    select payout.id as payout_id, arrived.id as arrived_id from payment payout join payment arrived
      on arrived.kind = 'arrived' and arrived.amount = payout.amount and arrived.currency = payout.currency
        and arrived.payer_name ~* payout.provider
        and arrived.happened_at between payout.happened_at - interval '1 day' and payout.happened_at + interval '14 days'
    where payout.kind = 'payout' and not exists (select from payout_part where payment_id = arrived.id)
      and not exists (select from payout_part join payment on payment.id = payment_id where payout_id = payout.id and kind = 'arrived')
      and not exists (select from payment back where back.kind = 'payout-returned' and back.provider = payout.provider
        and back.provider_reference = payout.provider_reference)
    order by payout.happened_at, payout.id, arrived.happened_at, arrived.id`.execute(work.query);
  const taken = new Set<number>();
  let found = 0;
  for (const { payoutId, arrivedId } of rows) {
    if (taken.has(payoutId) || taken.has(arrivedId)) continue;
    taken.add(payoutId).add(arrivedId);
    await work.query.insertInto("payoutPart").values({ payoutId, paymentId: arrivedId }).execute();
    found += 1;
  }
  return found;
}

export interface Payout {
  id: number;
  provider: Provider;
  name: string;
  day: Day;
  amount: number;
  currency: string;
  /** Sums of its parts, each with its sign: minor units. */
  received: number;
  refunded: number;
  disputed: number;
  fees: number;
  /** What the parts do not tell of; null when no part is known. */
  open: number | null;
  arrivedOn: Day | null;
  returned: boolean;
}

/** The newest first; `underway`: only those that neither arrived nor came back. */
export function listPayouts(work: Work, { limit, underway }: { limit: number; underway?: boolean }): Promise<Payout[]> {
  const zone = work.organisation.timeZone;
  const sum = (...kinds: Notice["kind"][]) =>
    sql`coalesce(sum(${signedAmount}) filter (where kind in (${sql.join(kinds)})), 0)::bigint`;
  const returned = sql`exists (select from payment back where back.kind = 'payout-returned' and back.provider = payout.provider
    and back.provider_reference = payout.provider_reference)`;
  return sql<Payout>`select payout.id, payout.provider, payout.provider_reference as name, payout.amount, payout.currency,
      (payout.happened_at at time zone ${zone})::date as day, received, refunded, disputed, fees,
      case when count > 0 then payout.amount - received - refunded - disputed - fees end as open, arrived_on, ${returned} as returned
    from payment payout cross join lateral (
      select ${sum("received")} as received, ${sum("refunded")} as refunded, ${sum("disputed", "reinstated")} as disputed,
        ${sum("fee", "fee-returned")} as fees, count(*) filter (where kind <> 'arrived')::int as count,
        (max(happened_at) filter (where kind = 'arrived') at time zone ${zone})::date as arrived_on
      from payout_part join payment on payment.id = payment_id where payout_id = payout.id) as parts
    where payout.kind = 'payout' ${underway ? sql`and arrived_on is null and not ${returned}` : sql``}
    order by payout.happened_at desc, payout.id desc limit ${limit}`
    .execute(work.query)
    .then(({ rows }) => rows);
}

async function addParts(work: Work, payoutId: number, those: RawBuilder<unknown>): Promise<void> {
  await sql`insert into payout_part (payout_id, payment_id) select ${payoutId}, id from payment where ${those}
    on conflict do nothing`.execute(work.query);
}

async function sumOf(work: Work, those: RawBuilder<unknown>): Promise<number | null> {
  const { rows } = await sql<{
    sum: number | null;
  }>`select sum(${signedAmount})::bigint as sum from payment where ${those}`.execute(work.query);
  return rows[0]?.sum ?? null;
}

function named(provider: Provider, names: readonly PartName[]): RawBuilder<unknown> {
  return sql`provider = ${provider} and (provider_reference, kind) in (
    select name, kind from unnest(${names.map((it) => it.providerReference)}::text[], ${names.map((it) => it.kind)}::text[]) as it (name, kind))`;
}

/** What the provider held when it paid out: all that no earlier payout was made of. */
function held(provider: Provider, payout: { id: number; currency: string }): RawBuilder<unknown> {
  return sql`provider = ${provider} and currency = ${payout.currency} and kind not in ('payout', 'payout-returned', 'failed')
    and happened_at <= (select happened_at from payment where id = ${payout.id})
    and not exists (select from payout_part where payment_id = payment.id and payout_id <> ${payout.id})`;
}
