// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// All payments as double-entry bookkeeping: each entry's postings add up to nothing, and no personal word is in it.
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import type { Money } from "../money.ts";
import type { DonationTable, PaymentTable } from "../schema.ts";
import { addingKinds } from "./payment.ts";

export interface JournalEntry {
  day: Day;
  /** Unique: the provider's name for the fact, and its kind. */
  name: string;
  reference: string;
  postings: readonly Posting[];
}

export interface Posting extends Money {
  account: Account;
}

/** `assets:<provider>` holds what the provider or bank holds for us. Refunds and disputes lower the income on accounts of their own. */
export type Account =
  | `assets:${PaymentTable["provider"]}`
  /** Paid out by a provider, and not yet at the bank. */
  | "assets:underway"
  | "expenses:fees"
  | `income:${"donations" | "extra" | "merchandise" | "other" | "refunds" | "disputes"}`
  /** Ours in the end, but nobody knows yet for what. */
  | "liabilities:unmatched";

interface Fact {
  id: number;
  provider: PaymentTable["provider"];
  providerReference: string;
  kind: Exclude<PaymentTable["kind"], "failed">;
  amount: number;
  currency: string;
  day: Day;
  reference: string;
  parts: readonly Part[];
  /** Of what is reinstated: whether it was a refund that did not arrive. */
  wasRefund: boolean;
}

/** What the payment means, or a part of it that was split. */
interface Part {
  amount: number | null;
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
        ${day} as day, coalesce(min(donation.reference) filter (where part = 1), payment.reference) as reference,
        jsonb_agg(jsonb_build_object('amount', donation.amount, 'purpose', purpose) order by part) as parts,
        exists (select from payment refund where refund.provider = payment.provider and refund.kind = 'refunded'
          and refund.provider_reference = payment.provider_reference) and kind = 'reinstated' as was_refund
      from payment left join donation on donation.payment_id = payment.id
      where kind <> 'failed' ${from ? sql`and ${day} >= ${from} and ${day} < ${before}` : sql``}
        ${after ? sql`and (${day}, payment.id) > (${after.day}, ${after.id})` : sql``}
      group by payment.id order by ${day}, payment.id limit ${atOnce}`.execute(work.query);
    for (const fact of rows) yield entryOf(fact);
    after = rows.at(-1);
    more = rows.length === atOnce;
  }
}

function entryOf(fact: Fact): JournalEntry {
  const { day, provider, providerReference, kind, amount, currency, reference } = fact;
  const sign = (addingKinds as readonly string[]).includes(kind) ? 1 : -1;
  const others = otherSides(fact).map(({ account, amount }) => ({ account, amount: -sign * amount, currency }));
  return {
    day,
    name: `${provider} ${kind} ${providerReference}`,
    reference,
    postings: [{ account: `assets:${provider}`, amount: sign * amount, currency }, ...others],
  };
}

const otherSide: Record<Exclude<Fact["kind"], "received">, Account> = {
  refunded: "income:refunds",
  disputed: "income:disputes",
  reinstated: "income:disputes",
  fee: "expenses:fees",
  "fee-returned": "expenses:fees",
  payout: "assets:underway",
  "payout-returned": "assets:underway",
  arrived: "assets:underway",
};

function otherSides({ kind, amount, parts, wasRefund }: Fact): { account: Account; amount: number }[] {
  if (wasRefund) return [{ account: "income:refunds", amount }];
  if (kind !== "received") return [{ account: otherSide[kind], amount }];
  return parts.map((part) => ({ account: incomeOf(part.purpose), amount: part.amount ?? amount }));
}

function incomeOf(purpose: Part["purpose"]): Account {
  if (purpose === null || purpose === "unmatched") return "liabilities:unmatched";
  return purpose === "donation" ? "income:donations" : `income:${purpose}`;
}
