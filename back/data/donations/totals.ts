// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What was given, by day, month or year, for what and how it was paid, each currency apart: the same figures as the journal's.
import type { Day } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import type { DonationTable, PaymentTable } from "../schema.ts";

export const grains = ["day", "month", "year"] as const;
export type Grain = (typeof grains)[number];

export interface TotalsWish {
  by: Grain;
  /** Apart for each purpose, for each way of paying. */
  purpose?: boolean | undefined;
  method?: boolean | undefined;
  /** Days, both included. */
  from?: Day | undefined;
  to?: Day | undefined;
}

/** Minor units. What went back counts on the day it did, as in the books, maybe in another period than its gift. */
export interface Total {
  /** `2026`, `2026-11`, `2026-11-20`. */
  period: string;
  purpose: DonationTable["purpose"] | null;
  method: PaymentTable["provider"] | null;
  currency: string;
  /** How many donations came in. */
  count: number;
  gross: number;
  refunded: number;
  /** Taken back by donors' banks, less what came again. */
  disputed: number;
  net: number;
}

const shapes: Record<Grain, string> = { day: "YYYY-MM-DD", month: "YYYY-MM", year: "YYYY" };

/** By period, then currency, purpose, way of paying. */
export async function totals(work: Work, wish: TotalsWish): Promise<Total[]> {
  const { by, purpose, method, from, to } = wish;
  const within = (day: ReturnType<typeof sql>) =>
    sql`${from ? sql`and ${day} >= ${from}` : sql``} ${to ? sql`and ${day} <= ${to}` : sql``}`;
  // Payments are read for the way of paying only: donations alone are half the rows.
  const provider = method ? sql`payment.provider` : sql`null::text`;
  const backOn = sql`(back.happened_at at time zone ${work.organisation.timeZone})::date`;
  // A little more than the days, for the index; `within` is exact.
  const about = sql`${from ? sql`and back.happened_at >= ${from}::date - 2` : sql``} ${to ? sql`and back.happened_at < ${to}::date + 3` : sql``}`;
  // What did not arrive is under the name of its refund, as a dispute that was won is under the dispute's.
  const failedRefund = sql`(back.kind = 'reinstated' and exists (select from payment refund where refund.kind = 'refunded'
    and refund.provider = back.provider and refund.provider_reference = back.provider_reference))`;
  const { rows } = await sql<Omit<Total, "net">>`
    with came as (
      select date_trunc(${by}, received_on)::date as period, ${purpose ? sql`purpose` : sql`null::text`} as purpose,
        ${provider} as method, donation.currency, count(*) as count, sum(donation.amount) as gross, 0 as refunded, 0 as disputed
      from donation ${method ? sql`join payment on payment.id = payment_id` : sql``}
      where true ${within(sql`received_on`)} group by 1, 2, 3, 4),
    went as (
      select date_trunc(${by}, ${backOn})::date as period, ${purpose ? sql`coalesce(gift.purpose, 'unmatched')` : sql`null::text`} as purpose,
        ${method ? sql`back.provider` : sql`null::text`} as method, back.currency, 0 as count, 0 as gross,
        sum(case when back.kind = 'refunded' then back.amount when ${failedRefund} then -back.amount else 0 end) as refunded,
        sum(case when back.kind = 'disputed' then back.amount when back.kind = 'reinstated' and not ${failedRefund}
          then -back.amount else 0 end) as disputed
      from payment back
      left join payment on payment.provider = back.provider and payment.provider_reference = back.original and payment.kind = 'received'
      left join lateral (select purpose from donation where payment_id = payment.id order by id limit 1) as gift on true
      where back.kind in ('refunded', 'disputed', 'reinstated') ${about} ${within(backOn)} group by 1, 2, 3, 4)
    select to_char(period, ${shapes[by]}) as period, purpose, method, currency, sum(count)::bigint as count,
      sum(gross)::bigint as gross, sum(refunded)::bigint as refunded, sum(disputed)::bigint as disputed
    from (select * from came union all select * from went) as both_ways
    group by both_ways.period, purpose, method, currency
    order by both_ways.period, currency, purpose, method`.execute(work.query);
  return rows.map((row) => ({ ...row, net: row.gross - row.refunded - row.disputed }));
}
