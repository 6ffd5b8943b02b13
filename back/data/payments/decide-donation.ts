// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A person decides whose money it is that nobody could be found for, that it is nobody's gift, or that this was a mistake.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Donation, thank } from "../donations/donation.ts";
import { Pledge } from "../donations/pledge.ts";
import { Conflict, NotFound } from "../errors.ts";
import type { Person } from "../people/person.ts";
import { refreshStats } from "../selectors/person-stats.ts";
import { Payment } from "./payment.ts";

/** Money that waits for a decision, oldest first. */
export async function unmatchedPayments(work: Work, limit: number): Promise<Payment[]> {
  const { rows } = await sql<Record<string, unknown>>`select payment.* from donation
    join payment on payment.id = donation.payment_id where donation.purpose = 'unmatched'
    order by donation.received_on, donation.id limit ${limit}`.execute(work.query);
  return rows.map((row) => work.adopt(Payment, row));
}

/** It is this person's; their open pledge of the same amount counts as paid. They are thanked as always. */
export async function matchDonation(
  work: Work,
  paymentId: number,
  person: Person,
  reason: string,
  decided: "person" | "score" = "person",
): Promise<Donation> {
  const { donation, payment } = await getUndecided(work, paymentId);
  const pledge = await work.find(
    Pledge,
    sql`person_id = ${person.id} and state in ('open', 'lapsed') and renewal is null and amount = ${donation.amount}
      and currency = ${donation.currency} order by next_due_on nulls last, id`,
    "lock",
  );
  Object.assign(donation, {
    personId: person.id,
    pledgeId: pledge?.id ?? null,
    reference: pledge?.reference ?? person.donref(work.organisation.referencePrefix),
    purpose: "donation",
    decided,
  });
  work.note(donation, Donation, "matched", reason);
  person.confirm(work, "payment");
  pledge?.receive(work, donation.receivedOn, undefined);
  await work.write();
  await refreshStats(work, [person.id]);
  await thank(work, donation, { name: payment.payerName, email: payment.payerEmail });
  return donation;
}

/** It is nobody's gift, such as interest. */
export async function ignoreDonation(work: Work, paymentId: number, reason: string): Promise<Donation> {
  const { donation } = await getUndecided(work, paymentId);
  Object.assign(donation, { purpose: "other", decided: "person" });
  work.note(donation, Donation, "set-aside", reason);
  return donation;
}

/** Takes a decision back: the money waits again. A pledge that it paid stays as it is, and the person keeps the thank-you. */
export async function undoDecision(work: Work, paymentId: number, reason: string): Promise<Donation> {
  const donation = await getDonation(work, paymentId);
  if (donation.decided === null) throw new Conflict("payment-not-decided", "Nobody has decided about this payment.");
  const { personId } = donation;
  const { reference } = await work.get(Payment, paymentId);
  Object.assign(donation, { personId: null, pledgeId: null, reference, purpose: "unmatched", decided: null });
  work.note(donation, Donation, "decision-undone", reason);
  await work.write();
  if (personId !== null) await refreshStats(work, [personId]);
  return donation;
}

async function getUndecided(work: Work, paymentId: number): Promise<{ donation: Donation; payment: Payment }> {
  const donation = await getDonation(work, paymentId);
  if (donation.purpose !== "unmatched")
    throw new Conflict("payment-decided", "It is known already whose this payment is. Undo that first.");
  return { donation, payment: await work.get(Payment, paymentId) };
}

async function getDonation(work: Work, paymentId: number): Promise<Donation> {
  const donation = await work.find(Donation, sql`payment_id = ${paymentId}`, "lock");
  if (!donation) throw new NotFound("payment-unknown", "There is no donation of a payment with this number.");
  return donation;
}
