// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// All payments as double-entry bookkeeping: each entry's postings add up to nothing, and no personal word is in it.
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import type { Money } from "../money.ts";
import type { DonationTable, PaymentTable } from "../schema.ts";

export interface JournalEntry {
  day: Day;
  /** Unique: the provider's name for the fact, and its kind. */
  name: string;
  reference: string;
  postings: readonly [Posting, Posting];
}

export interface Posting extends Money {
  account: Account;
}

/** `assets:<provider>` holds what the provider or bank holds for us. Refunds and disputes lower the income on accounts of their own. */
export type Account =
  | `assets:${PaymentTable["provider"]}`
  | `income:${"donations" | "extra" | "merchandise" | "other" | "refunds" | "disputes"}`
  /** Ours in the end, but nobody knows yet for what. */
  | "liabilities:unmatched";

interface Fact {
  id: number;
  provider: PaymentTable["provider"];
  providerReference: string;
  kind: "received" | "refunded" | "disputed" | "reinstated";
  amount: number;
  currency: string;
  day: Day;
  reference: string;
  purpose: DonationTable["purpose"] | null;
}

const atOnce = 5_000;

/** By day, of one calendar year or of all; read in portions, so that years of payments fit. */
export async function* journalEntries(work: Work, year?: number): AsyncGenerator<JournalEntry> {
  const [from, until] = year ? [Temporal.PlainDate.from({ year, month: 1, day: 1 }), year + 1] : [null, null];
  const before = until ? Temporal.PlainDate.from({ year: until, month: 1, day: 1 }) : null;
  const day = sql`(happened_at at time zone ${work.organisation.timeZone})::date`;
  let after: { day: Day; id: number } | undefined;
  for (let more = true; more; ) {
    const { rows } =
      await sql<Fact>`select payment.id, provider, provider_reference, kind, payment.amount, payment.currency,
        ${day} as day, coalesce(donation.reference, payment.reference) as reference, purpose
      from payment left join donation on donation.payment_id = payment.id
      where kind <> 'failed' ${from ? sql`and ${day} >= ${from} and ${day} < ${before}` : sql``}
        ${after ? sql`and (${day}, payment.id) > (${after.day}, ${after.id})` : sql``}
      order by ${day}, payment.id limit ${atOnce}`.execute(work.query);
    for (const fact of rows) yield entryOf(fact);
    after = rows.at(-1);
    more = rows.length === atOnce;
  }
}

function entryOf({ provider, providerReference, kind, amount, currency, day, reference, purpose }: Fact): JournalEntry {
  const comes = kind === "received" || kind === "reinstated";
  const signed = comes ? amount : -amount;
  return {
    day,
    name: `${provider} ${kind} ${providerReference}`,
    reference,
    postings: [
      { account: `assets:${provider}`, amount: signed, currency },
      { account: otherSide(kind, purpose), amount: -signed, currency },
    ],
  };
}

function otherSide(kind: Fact["kind"], purpose: Fact["purpose"]): Account {
  if (kind === "refunded") return "income:refunds";
  if (kind !== "received") return "income:disputes";
  if (purpose === null || purpose === "unmatched") return "liabilities:unmatched";
  return purpose === "donation" ? "income:donations" : `income:${purpose}`;
}
