// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The lines of a bank's statement enter: each once, whatever statements it stands in; money that came is a payment.
import type { Notice } from "@cdb/api/payments.ts";
import type { Day } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Identity } from "../../bank/identity.ts";
import type { Detail, Entry, StatementHead } from "../../bank/statement.ts";
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import { findReference } from "./find-reference.ts";
import { addEntries, addIdentities, findKnown, type NewEntry } from "./known-entries.ts";
import { matchArrivals } from "./payout.ts";
import { registerPayment } from "./register-payment.ts";
import { type Received, registerReceived } from "./register-received.ts";

export interface StatementLine {
  readonly entry: Entry;
  /** The ladder by which it is known again, the surest first. */
  readonly identities: readonly Identity[];
}

/**
 * `received` and `refunded` are registered as payments; `payout` as what a provider paid out and now arrived; `outgoing` is
 * everything else that is booked; `pending` is not kept, for it may still change; `known` came in another statement.
 */
export type LineOutcome = "received" | "refunded" | "payout" | "outgoing" | "pending" | "known";

/** The statement's number in our records; the same one again is the same. Throws Conflict with the code `account-foreign`. */
export async function registerStatement(work: Work, head: StatementHead, accounts: readonly string[]): Promise<number> {
  const { account, format, id, number, opening, closing } = head;
  const name = nameOf(head);
  if (!accounts.includes(name))
    throw new Conflict("account-foreign", "The statement is of an account that is not the organisation's.");
  const values = [name, account.currency, format, id, number?.electronic ?? number?.legal ?? ""];
  const balances = [opening?.amount ?? null, closing?.amount ?? null, closing?.day.toString() ?? null];
  await work.rows(
    `insert into statement (account, currency, format, name, number, opening, closing, closing_on, imported_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [...values, ...balances, work.now.toString()],
  );
  const [row] = await work.rows<{ id: number }>(
    `select id from statement where account = $1 and currency = $2 and format = $3 and name = $4 and number = $5
      and (opening, closing, closing_on) is not distinct from ($6::bigint, $7::bigint, $8::date)`,
    [...values, ...balances],
  );
  if (!row) throw new Conflict("statement-known", "A statement of this name has another currency.");
  return row.id;
}

/** Safe to repeat. What became of each line, in their order. */
export async function importLines(
  work: Work,
  statementId: number,
  head: StatementHead,
  lines: readonly StatementLine[],
): Promise<LineOutcome[]> {
  const account = nameOf(head);
  // Two imports at once would not see each other's lines.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`statement ${account}`}, 2))`.execute(work.query);
  const known = await findKnown(work, account, head.format, lines);
  const added: NewEntry[] = [];
  const outcomes = lines.map((line): LineOutcome => {
    if (line.entry.status !== "booked") return "pending";
    if (known.recognise(line.identities)) return "known";
    const outcome = outcomeOf(line.entry);
    added.push({ ...line, outcome, name: line.identities[0]?.key ?? "" });
    known.remember(line.identities);
    return outcome;
  });
  await addEntries(work, { statementId, account, family: known.family }, added);
  await addIdentities(work, account, known.added());
  await bookAll(work, added);
  if (outcomes.includes("payout")) await matchArrivals(work);
  return outcomes;
}

/** A statement that begins with an amount at which no earlier one of its account ended: what lies between is missing. */
export interface Gap {
  number: string;
  closingOn: Day;
  opening: number;
  currency: string;
}

/** Those of these statements before which something is missing, oldest first; the first one of an account is none. */
export function findGaps(work: Work, statementIds: readonly number[]): Promise<Gap[]> {
  return work.rows(
    `with whole as (select * from statement where format in ('camt.053', 'mt940'))
      select number, closing_on, opening, currency from whole where id = any($1)
        and exists (select from whole earlier where earlier.account = whole.account and earlier.currency = whole.currency
          and earlier.closing_on < whole.closing_on)
        and not exists (select from whole earlier where earlier.account = whole.account and earlier.currency = whole.currency
          and earlier.id <> whole.id and earlier.closing_on <= whole.closing_on and earlier.closing = whole.opening)
      order by closing_on, id`,
    [statementIds],
  );
}

function nameOf({ account }: StatementHead): string {
  return account.iban ?? account.other ?? "";
}

function outcomeOf(entry: Entry): "received" | "refunded" | "payout" | "outgoing" {
  const { amount, returned, reversal, details } = entry;
  if (amount <= 0) return returned || reversal ? "refunded" : "outgoing";
  // What we paid and comes back is no gift.
  if (returned || reversal) return "outgoing";
  return details.some(({ counterparty }) => /\b(stripe|paypal)\b/i.test(counterparty.name)) ? "payout" : "received";
}

/** In their order: what is returned looks for what came before. What came in a row is registered together. */
async function bookAll(work: Work, entries: readonly NewEntry[]): Promise<void> {
  let received: Received[] = [];
  const registerRow = async () => {
    const row = received;
    received = [];
    await registerReceived(work, "bank", row);
  };
  for (const { entry, outcome, name } of entries) {
    if (outcome === "outgoing") continue;
    if (outcome === "received") {
      received.push(...receivedBy(work, entry, name));
      continue;
    }
    await registerRow();
    if (outcome === "refunded") await bookReturned(work, entry, name);
    else {
      const notice = makeNotice(work, name, entry, entry.details[0], entry.amount);
      await registerPayment(work, "bank", name, { ...notice, kind: "arrived" });
    }
  }
  await registerRow();
}

function receivedBy(work: Work, entry: Entry, name: string): Received[] {
  return paymentsIn(entry).flatMap(({ detail, amount, suffix }) => {
    if (amount <= 0) return [];
    const providerReference = `${name}${suffix}`;
    const { fee: _, renewal: __, ...notice } = makeNotice(work, providerReference, entry, detail, amount);
    return { providerReference, notice: { ...notice, kind: "received" } };
  });
}

async function bookReturned(work: Work, entry: Entry, name: string): Promise<void> {
  for (const { detail, amount, suffix } of paymentsIn(entry)) {
    if (amount >= 0) continue;
    const notice = makeNotice(work, `${name}${suffix}`, entry, detail, amount);
    const original = await findOriginal(work, notice, detail);
    await registerPayment(work, "bank", `${name}${suffix}`, { ...notice, ...(original && { original }) });
  }
}

/** A batch whose details are all there is several payments; else the entry is one. */
function paymentsIn(entry: Entry): { detail: Detail | undefined; amount: number; suffix: string }[] {
  const { details, isComplete, amount } = entry;
  if (isComplete && details.length > 1)
    return details.map((detail) => ({ detail, amount: detail.amount ?? 0, suffix: `.${detail.index}` }));
  const [only] = details.length === 1 ? details : [];
  return [{ detail: only, amount: only?.amount ?? amount, suffix: "" }];
}

function makeNotice(work: Work, noticeId: string, entry: Entry, detail: Detail | undefined, signed: number): Notice {
  const { organisation } = work;
  const { remittance = entry.information, creditorReference = "", endToEndId = "", original } = detail ?? {};
  const texts = [creditorReference, endToEndId, remittance];
  // What the bank takes for a return is not part of the gift.
  const costs = signed < 0 && original?.currency === entry.currency ? Math.max(0, -signed - original.amount) : 0;
  const { currency } = entry;
  const day = entry.bookedOn ?? entry.valueOn;
  return {
    noticeId,
    kind: signed > 0 ? "received" : "refunded",
    amount: { amount: Math.abs(signed) - costs, currency },
    ...(costs > 0 && { fee: { amount: costs, currency } }),
    happenedAt: day ? noonOf(day, organisation.timeZone) : work.now.toString(),
    reference: findReference(organisation.referencePrefix, texts) ?? oneLine(creditorReference || remittance, 140),
    payer: { name: oneLine(detail?.counterparty.name ?? "", 300), email: "" },
    raw: makeRaw(detail ? { entry: { ...entry, details: [] }, detail } : { entry }),
  };
}

let lastNoon: { day: Day; timeZone: string; moment: string } | undefined;

/** The hour is unknown; noon is that day in every zone near by. Lines of one day come together. */
function noonOf(day: Day, timeZone: string): string {
  if (lastNoon?.day !== day || lastNoon.timeZone !== timeZone)
    lastNoon = { day, timeZone, moment: day.toZonedDateTime({ timeZone, plainTime: "12:00" }).toInstant().toString() };
  return lastNoon.moment;
}

const endToEndName = "raw::jsonb -> 'detail' ->> 'endToEndId'";
const payerAccount =
  "coalesce(raw::jsonb -> 'detail' -> 'counterparty' ->> 'iban', raw::jsonb -> 'detail' -> 'counterparty' ->> 'other')";

// A returned payment names the one that it undoes by the payer's own name for it, or at least comes from the same account.
async function findOriginal(
  work: Work,
  { amount, happenedAt }: Notice,
  detail: Detail | undefined,
): Promise<string | undefined> {
  const { endToEndId = null, counterparty } = detail ?? {};
  const iban = counterparty?.iban ?? counterparty?.other ?? null;
  const [found] = await work.rows<{ providerReference: string }>(
    // As the indexes have it: payments of a common amount are too many to read.
    `select payment.provider_reference from notice
      join payment on payment.provider = notice.provider and payment.provider_reference = notice.payment_reference
      where notice.provider = 'bank' and raw <> '' and kind = 'received' and amount = $1 and currency = $2 and happened_at <= $3
        and (${endToEndName} = $4 or ${payerAccount} = $5)
        and not exists (select from payment back where back.provider = 'bank' and back.original = payment.provider_reference)
      order by (${endToEndName} = $4) is true desc, happened_at desc, payment.id desc limit 1`,
    [amount.amount, amount.currency, happenedAt, endToEndId, iban],
  );
  return found?.providerReference;
}

function makeRaw(told: object): string {
  const raw = JSON.stringify(told);
  return raw.length <= 200_000 ? raw : JSON.stringify({ beginning: raw.slice(0, 90_000).toWellFormed() });
}

function oneLine(text: string, length: number): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .trim()
    .slice(0, length)
    .toWellFormed();
}
