// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whose money it may be whose reference nobody knows: candidates with a score and its reasons, for a person to decide.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { readReference } from "../donations/reference.ts";
import type { Payment } from "./payment.ts";

/** From 0 to 100: what speaks for this person adds up. */
export interface Suggestion {
  personId: number;
  name: string;
  score: number;
  reasons: Reason[];
}

export type Reason =
  | "reference-in-text"
  | "decided-before"
  | "same-email"
  | "same-name"
  | "similar-name"
  | "pledge-of-this-amount";

const points: Record<Reason, number> = {
  "reference-in-text": 70,
  "decided-before": 60,
  "same-email": 60,
  "same-name": 35,
  "similar-name": 20,
  "pledge-of-this-amount": 25,
};

/** What a name and a pledge bring at most. */
export const mostByName: number = points["same-name"] + points["pledge-of-this-amount"];

/**
 * At most five, the likeliest first; nobody under 20 points. `not-by-name`: people for whom nothing but their name speaks are left
 * out, who are costly to find.
 */
export async function suggestDonors(
  work: Work,
  payment: Payment,
  who: "everybody" | "not-by-name" = "everybody",
): Promise<Suggestion[]> {
  const found = new Map<number, Set<Reason>>();
  const add = (personId: number, reason: Reason) => found.set(personId, (found.get(personId) ?? new Set()).add(reason));
  for (const personId of referencesIn(work, payment.reference)) add(personId, "reference-in-text");
  for (const { personId, reason } of await lookFor(work, payment)) add(personId, reason);
  const among = who === "everybody" ? null : [...found.keys()];
  for (const { personId, reason } of await lookForNames(work, payment, among)) add(personId, reason);
  if (found.size === 0) return [];
  for (const personId of await withPledge(work, payment, [...found.keys()])) add(personId, "pledge-of-this-amount");
  const { rows } = await sql<{ id: number; name: string }>`select id, name from person
    where id = any(${[...found.keys()]}::int[]) and registration in ('unconfirmed', 'confirmed')`.execute(work.query);
  return rows
    .map(({ id, name }) => {
      const reasons = [...(found.get(id) ?? [])];
      const score = reasons.reduce((sum, reason) => sum + points[reason], 0);
      return { personId: id, name, score: Math.min(100, score), reasons };
    })
    .sort((a, b) => b.score - a.score || a.personId - b.personId)
    .slice(0, 5);
}

/** People whose donref stands somewhere in the text, with its check digit right. */
function referencesIn(work: Work, text: string): number[] {
  const { referencePrefix } = work.organisation;
  const compact = text.toUpperCase().replace(/[\s.-]/g, "");
  return [...compact.matchAll(new RegExp(`${referencePrefix}\\d{3,10}`, "g"))].flatMap(([candidate]) => {
    const read = readReference(referencePrefix, candidate);
    return read && read.kind !== "merchandise" ? [read.personId] : [];
  });
}

type Found = { personId: number; reason: Reason }[];

async function lookFor(work: Work, payment: Payment): Promise<Found> {
  const name = payment.payerName.trim().toLowerCase();
  const email = payment.payerEmail.toLowerCase();
  const { rows } = await sql<Found[number]>`
    select id as person_id, 'same-email' as reason from person
      where ${email} <> '' and (lower(email) = ${email} or lower(secondary_email) = ${email})
    union all (select distinct donation.person_id, 'decided-before' from payment
      join donation on donation.payment_id = payment.id
      where decided = 'person' and donation.person_id is not null and payment.id <> ${payment.id}
        and ((${name} <> '' and lower(payer_name) = ${name}) or (${email} <> '' and lower(payer_email) = ${email})) limit 20)`.execute(
    work.query,
  );
  return rows;
}

/** People of this name or a similar one; `among`: of these only. */
async function lookForNames(work: Work, payment: Payment, among: number[] | null): Promise<Found> {
  const name = payment.payerName.trim().toLowerCase();
  if (name === "" || among?.length === 0) return [];
  const { rows } = await sql<Found[number]>`
    (select id as person_id, case when ${sortedWords(sql`name`)} = ${sortedWords(sql`${name}::text`)} then 'same-name' else 'similar-name' end as reason
      from person where lower(name) % ${name} ${among ? sql`and id = any(${among}::int[])` : sql``} order by similarity(lower(name), ${name}) desc limit 20)`.execute(
    work.query,
  );
  return rows;
}

// "Lovelace, Ada" is "Ada Lovelace": banks write names in any order.
function sortedWords(text: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`(select array_agg(word order by word) from regexp_split_to_table(lower(${text}), '[^[:alnum:]]+') word where word <> '')`;
}

async function withPledge(work: Work, payment: Payment, personIds: number[]): Promise<number[]> {
  const { rows } = await sql<{ personId: number }>`select distinct person_id from pledge
    where person_id = any(${personIds}::int[]) and state in ('open', 'lapsed') and method = 'transfer'
      and amount = ${payment.amount} and currency = ${payment.currency}`.execute(work.query);
  return rows.map(({ personId }) => personId);
}
