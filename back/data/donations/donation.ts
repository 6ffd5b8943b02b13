// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a payment means: money given, by whom, for what.
import type { Day } from "@cdb/runtime/time.ts";
import type { Selectable } from "kysely";
import type { Work } from "../database.ts";
import { queueMessage } from "../mailings/message.ts";
import { formatMoney, type Money } from "../money.ts";
import { Person } from "../people/person.ts";
import type { DonationTable } from "../schema.ts";

export interface Donation extends Selectable<DonationTable> {}

export class Donation {
  static readonly table = "donation";

  money(): Money {
    return { amount: this.amount, currency: this.currency };
  }

  isRefunded(): boolean {
    return this.refunded === this.amount;
  }

  /** Money went back. More than was given is refused by the caller's rule: it is kept as a payment and not booked. */
  refund(work: Work, amount: number): boolean {
    if (this.refunded + amount > this.amount) return false;
    this.refunded += amount;
    work.note(this, Donation, "refunded");
    return true;
  }
}

/** A day as people of this language write it. */
export function formatDay(day: Day, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(
    Date.UTC(day.year, day.month - 1, day.day),
  );
}

/** Thanks the donor, or tells the desk of money that belongs to no person. */
export async function thank(work: Work, donation: Donation, payer: { name: string; email: string }): Promise<void> {
  const language = donation.personId === null ? "en" : (await work.get(Person, donation.personId)).language;
  const fields = {
    amount: formatMoney(donation.money(), language),
    day: formatDay(donation.receivedOn, language),
    reference: donation.reference,
  };
  if (donation.purpose === "merchandise" || donation.purpose === "extra") {
    const desk = { email: work.organisation.donations.desk, language: "en" };
    await queueMessage(work, {
      mail: "desk-payment",
      recipient: desk,
      fields: { ...fields, payerName: payer.name, payerEmail: payer.email },
    });
  }
  if (donation.personId === null) return;
  const person = await work.get(Person, donation.personId);
  if (person.isActive())
    await queueMessage(work, { mail: "thank-you", person, fields: { ...fields, name: person.name } });
}

/** The donations of one person, newest first; `before` an id goes on from there. */
export async function donationsOf(
  work: Work,
  personId: number,
  page: { before?: number | undefined; limit: number },
): Promise<(Selectable<DonationTable> & { provider: string })[]> {
  let query = work.query
    .selectFrom("donation")
    .innerJoin("payment", "payment.id", "donation.paymentId")
    .selectAll("donation")
    .select("payment.provider")
    .where("donation.personId", "=", personId);
  if (page.before !== undefined) {
    const before = work.query
      .selectFrom("donation")
      .select(["receivedOn", "id"])
      .where("id", "=", page.before)
      .where("personId", "=", personId);
    query = query.where(({ eb, refTuple }) => eb(refTuple("donation.receivedOn", "donation.id"), "<", before as never));
  }
  return query.orderBy("donation.receivedOn", "desc").orderBy("donation.id", "desc").limit(page.limit).execute();
}
