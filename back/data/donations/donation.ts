// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a payment means: money given, by whom, for what.
import { localeOf } from "@cdb/runtime/locale.ts";
import type { Day } from "@cdb/runtime/time.ts";
import { type RawBuilder, type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import { type NewMessage, queueMessage } from "../mailings/message.ts";
import { formatMoney, type Money } from "../money.ts";
import { Person } from "../people/person.ts";
import type { DonationTable } from "../schema.ts";

export interface Donation extends Selectable<DonationTable> {}

export class Donation {
  static readonly table = "donation";

  money(): Money {
    return { amount: this.amount, currency: this.currency };
  }

  /** What went back of it; `verb`: what was told last. */
  settle(work: Work, back: WentBack, verb: Change["kind"]): void {
    Object.assign(this, back);
    work.note(this, Donation, verb);
  }
}

/** Of a donation, in its currency. */
export interface WentBack {
  refunded: number;
  disputed: number;
}

/**
 * What went back of a payment of these donations, in their order, from all that was told, in whatever order that was. More than was
 * given is not booked: it stays a payment without effect until a person looks. What went back is taken from the last part first.
 */
export function settleParts(amounts: readonly number[], changes: readonly Change[]): WentBack[] {
  const given = amounts.reduce((sum, amount) => sum + amount, 0);
  let [refunded, disputed] = [0, 0];
  const undone = new Set(
    changes.filter(({ kind }) => kind === "reinstated").map(({ providerReference }) => providerReference),
  );
  for (const { kind, amount, providerReference } of changes) {
    if (undone.has(providerReference) || refunded + disputed + amount > given) continue;
    if (kind === "refunded") refunded += amount;
    if (kind === "disputed") disputed += amount;
  }
  return amounts
    .toReversed()
    .map((amount) => {
      const part = { refunded: Math.min(amount, refunded), disputed: 0 };
      part.disputed = Math.min(amount - part.refunded, disputed);
      refunded -= part.refunded;
      disputed -= part.disputed;
      return part;
    })
    .toReversed();
}

export interface Change {
  /** What undoes a refund or a dispute has its name. */
  providerReference: string;
  kind: (typeof changeKinds)[number];
  amount: number;
}

/** Kinds of payments that change what a donation was. */
export const changeKinds = ["refunded", "disputed", "reinstated"] as const;

export function isChange(kind: string): kind is Change["kind"] {
  return (changeKinds as readonly string[]).includes(kind);
}

/** The donations of a payment in their order, for nobody else to change before this transaction ends. */
export async function lockDonations(work: Work, paymentId: number | RawBuilder<unknown>): Promise<Donation[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from donation where payment_id = ${paymentId}
    order by part for update`.execute(work.query);
  return rows.map((row) => work.adopt(Donation, row, true));
}

const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** A day as people of this language write it. */
export function formatDay(day: Day, language: string): string {
  const format =
    dayFormats.get(language) ?? new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long", timeZone: "UTC" });
  dayFormats.set(language, format);
  return format.format(Date.UTC(day.year, day.month - 1, day.day));
}

/** Thanks the donor, or tells the desk of money that belongs to no person. */
export async function thank(work: Work, donation: Donation, payer: Payer): Promise<void> {
  const person = donation.personId === null ? undefined : await work.get(Person, donation.personId);
  const isYearly = person !== undefined && (await isThankedYearly(work, donation));
  for (const mail of thanksFor(work, donation, payer, isYearly ? "yearly" : "now", person))
    await queueMessage(work, mail);
}

export interface Payer {
  name: string;
  email: string;
}

/** The mails that are due for it; who is thanked once a year gets none now. */
export function thanksFor(
  work: Work,
  donation: Donation,
  payer: Payer,
  when: "now" | "yearly",
  person: Person | undefined,
): NewMessage[] {
  const language = person?.language ?? "en";
  const mails: NewMessage[] = [];
  const fields = {
    amount: formatMoney(donation.money(), language),
    day: formatDay(donation.receivedOn, language),
    reference: donation.reference,
  };
  if (donation.purpose === "merchandise" || donation.purpose === "extra") {
    const desk = { email: work.organisation.donations.desk, language: "en" };
    mails.push({
      mail: "desk-payment",
      recipient: desk,
      fields: { ...fields, payerName: payer.name, payerEmail: payer.email },
    });
  }
  if (person?.isActive() && when === "now")
    mails.push({
      mail: "thank-you",
      person,
      fields: { ...fields, name: person.name },
      donationId: donation.id,
    });
  return mails;
}

/** A donation as lists show it. Its day stays text (ISO 8601): a list of days is only passed on. */
export type DonationLine = Omit<Selectable<DonationTable>, "receivedOn"> & { receivedOn: string; provider: string };

const listed = `select donation.id, payment_id, person_id, pledge_id, donation.amount, donation.currency, refunded, disputed,
    received_on::text as received_on, donation.reference, purpose, decided, part, version, payment.provider
  from donation inner join payment on payment.id = donation.payment_id where donation.person_id = $1`;
const newestFirst = "order by donation.received_on desc, donation.id desc limit $2";

/** The donations of one person, newest first; `before` an id goes on from there. */
export function donationsOf(
  work: Work,
  personId: number,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<DonationLine[]> {
  if (before === undefined) return work.rows(`${listed} ${newestFirst}`, [personId, limit]);
  const after =
    "and (donation.received_on, donation.id) < (select received_on, id from donation where id = $3 and person_id = $1)";
  return work.rows(`${listed} ${after} ${newestFirst}`, [personId, limit, before]);
}

// The first of a pledge is thanked for at once, whoever renews it afterwards.
export async function isThankedYearly(work: Work, { id, pledgeId }: Donation): Promise<boolean> {
  if (work.organisation.donations.thanksForRenewals === "each" || pledgeId === null) return false;
  const { rows } = await sql`select 1 from pledge where id = ${pledgeId} and renewal is not null
    and exists (select from donation where pledge_id = pledge.id and id <> ${id})`.execute(work.query);
  return rows.length > 0;
}
