// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Proves the books: all payments and donations are made anew from what was told and decided, and compared with those that are there.
import type { Provider } from "@cdb/api/payments.ts";
import type { Moment } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { type Change, changeKinds, settleParts } from "../donations/donation.ts";
import type { Told } from "../schema.ts";
import { factsOf, type PaymentFact } from "./payment.ts";
import { matchThen } from "./replay-match.ts";

export interface Replay {
  notices: number;
  payments: number;
  donations: number;
  /** Rows that are in one of both only, at most 100: what it is, its name, and where. */
  differences: Difference[];
}

export interface Difference {
  table: "payment" | "donation";
  name: string;
  foundIn: "the books" | "the replay";
}

const atOnce = 5_000;
const shownAtMost = 100;

/**
 * The whole of it in an empty schema of its own, that of this connection's temporary tables, on one snapshot of the database. `tell` is
 * called after each portion with the number of notices so far. Changes nothing.
 */
export async function replayPayments(work: Work, tell: (notices: number) => void): Promise<Replay> {
  await sql`set transaction isolation level repeatable read`.execute(work.query);
  await work.rows(
    `create temporary table replayed_payment on commit drop as select ${paymentColumns} from payment with no data`,
    [],
  );
  await work.rows("create unique index on replayed_payment (provider, provider_reference, kind)", []);
  await work.rows(
    `create temporary table replayed_donation on commit drop as
    select provider, provider_reference, ${donationColumns} from payment join donation on payment_id = payment.id with no data`,
    [],
  );
  await work.rows("create index on replayed_donation (provider, provider_reference)", []);
  let notices = 0;
  for (let after = 0, more = true; more; ) {
    const told = await work.rows<ToldRow>(
      "select id, provider, payment_reference, told, received_at from notice where id > $1 and told is not null order by id limit $2",
      [after, atOnce],
    );
    await replay(work, told);
    after = told.at(-1)?.id ?? after;
    more = told.length === atOnce;
    notices += told.length;
    tell(notices);
  }
  await decideAnew(work);
  await settleAnew(work);
  return {
    notices,
    payments: await count(work, "replayed_payment"),
    donations: await count(work, "replayed_donation"),
    differences: [...(await compare(work, "payment")), ...(await compare(work, "donation"))].slice(0, shownAtMost),
  };
}

interface ToldRow {
  id: number;
  provider: Provider;
  paymentReference: string;
  told: Told;
  receivedAt: Moment;
}

const paymentColumns = `provider, provider_reference, kind, payment.amount, payment.currency, happened_at, payment.reference, original,
  payer_name, payer_email, registered_at`;
const donationColumns =
  "part, person_id, pledge_id, donation.amount, donation.currency, refunded, disputed, received_on, donation.reference, purpose, decided";

async function replay(work: Work, told: readonly ToldRow[]): Promise<void> {
  const facts = told.flatMap((row) => factsOf(row.provider, row.paymentReference, row.told, row.receivedAt));
  const fresh = await insert(work, facts);
  const received = facts.filter((fact) => fact.kind === "received" && fresh.delete(nameOf(fact)));
  const donations = await matchThen(work, received);
  await work.rows(
    `insert into replayed_donation select provider, provider_reference, 1, person_id, pledge_id, amount, currency, 0, 0, received_on,
      reference, purpose, null from jsonb_to_recordset($1::jsonb) as it (provider text, provider_reference text, person_id integer,
      pledge_id integer, amount bigint, currency text, received_on date, reference text, purpose text)`,
    [JSON.stringify(donations)],
  );
}

/** Adds what is not there yet. Returns the names of what was added. */
async function insert(work: Work, facts: readonly PaymentFact[]): Promise<Set<string>> {
  const rows = facts.map(({ happenedAt, registeredAt, ...fact }) => ({
    ...{ provider: fact.provider, provider_reference: fact.providerReference, kind: fact.kind, amount: fact.amount },
    ...{
      currency: fact.currency,
      happened_at: happenedAt.toString(),
      reference: fact.reference,
      original: fact.original,
    },
    ...{ payer_name: fact.payerName, payer_email: fact.payerEmail, registered_at: registeredAt.toString() },
  }));
  const added = await work.rows<PaymentFact>(
    `insert into replayed_payment select provider, provider_reference, kind, amount, currency, happened_at, reference, original,
      payer_name, payer_email, registered_at from jsonb_to_recordset($1::jsonb) as it (provider text, provider_reference text, kind text,
      amount bigint, currency text, happened_at timestamptz, reference text, original text, payer_name text, payer_email text,
      registered_at timestamptz) on conflict do nothing returning provider, provider_reference, kind`,
    [JSON.stringify(rows)],
  );
  return new Set(added.map(nameOf));
}

function nameOf({
  provider,
  providerReference,
  kind,
}: Pick<PaymentFact, "provider" | "providerReference" | "kind">): string {
  return `${provider} ${kind} ${providerReference}`;
}

/** What was decided last about a payment takes the place of what its reference said. */
async function decideAnew(work: Work): Promise<void> {
  await work.rows(
    `with decided as (select provider, provider_reference, decision.part, coalesce(merged_into, decision.person_id) as person_id, pledge_id,
        decision.amount, payment.currency, decision.reference, purpose, decided
      from decision join payment on payment.id = payment_id left join person on person.id = decision.person_id
      where number = (select max(number) from decision newer where newer.payment_id = decision.payment_id)),
    undecided as (delete from replayed_donation using decided where replayed_donation.provider = decided.provider
      and replayed_donation.provider_reference = decided.provider_reference
      returning replayed_donation.provider, replayed_donation.provider_reference, received_on)
    insert into replayed_donation select provider, provider_reference, part, person_id, pledge_id, amount, currency, 0, 0, received_on,
      reference, purpose, decided from decided join undecided using (provider, provider_reference)`,
    [],
  );
}

/** What went back of each payment, from all that was told of it. */
async function settleAnew(work: Work): Promise<void> {
  const settled = await work.rows<{ provider: string; original: string; changes: Change[]; amounts: number[] }>(
    `select change.provider, original, jsonb_agg(jsonb_build_object('kind', kind, 'amount', change.amount, 'providerReference',
        change.provider_reference) order by happened_at, change.provider_reference) as changes,
      (select jsonb_agg(amount order by part) from replayed_donation all_parts where all_parts.provider = change.provider
        and all_parts.provider_reference = original) as amounts
    from replayed_payment change join replayed_donation donation on donation.provider = change.provider
      and donation.provider_reference = original and donation.currency = change.currency and part = 1
    where kind = any($1) group by change.provider, original`,
    [[...changeKinds]],
  );
  const rows = settled.flatMap(({ provider, original, changes, amounts }) =>
    settleParts(amounts, changes).map((back, at) => ({
      provider,
      provider_reference: original,
      part: at + 1,
      ...back,
    })),
  );
  await work.rows(
    `update replayed_donation set refunded = it.refunded, disputed = it.disputed
      from jsonb_to_recordset($1::jsonb) as it (provider text, provider_reference text, part integer, refunded bigint, disputed bigint)
      where replayed_donation.provider = it.provider and replayed_donation.provider_reference = it.provider_reference
        and replayed_donation.part = it.part`,
    [JSON.stringify(rows)],
  );
}

async function compare(work: Work, table: Difference["table"]): Promise<Difference[]> {
  const [books, replayed] =
    table === "payment"
      ? [`select ${paymentColumns} from payment`, "select * from replayed_payment"]
      : [
          `select provider, provider_reference, ${donationColumns} from payment join donation on payment_id = payment.id`,
          "select * from replayed_donation",
        ];
  const name = table === "payment" ? "kind" : "'part ' || part";
  return work.rows(
    `select '${table}' as table, provider || ' ' || ${name} || ' ' || provider_reference as name, found_in from (
      select *, 'the books' as found_in from (${books} except all ${replayed}) ours union all
      select *, 'the replay' from (${replayed} except all ${books}) theirs) differing order by 2, 3 limit $1`,
    [shownAtMost],
  );
}

async function count(work: Work, table: string): Promise<number> {
  const [row] = await work.rows<{ n: number }>(`select count(*)::int as n from ${table}`, []);
  return row?.n ?? 0;
}
