// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A person decides whose money it is that nobody could be found for, that it is nobody's gift, or that this was a mistake.
import type { Provider } from "@cdb/api/payments.ts";
import { sql } from "kysely";
import { alignAccount } from "../accounts/align-accounts.ts";
import type { Work } from "../database.ts";
import { Donation, lockDonations, thank } from "../donations/donation.ts";
import { Pledge } from "../donations/pledge.ts";
import { Conflict, Invalid, NotFound } from "../errors.ts";
import type { Money } from "../money.ts";
import { Person } from "../people/person.ts";
import type { DecisionTable } from "../schema.ts";
import { refreshStats } from "../selectors/person-stats.ts";
import { matchReference } from "./match-payment.ts";
import { Payment } from "./payment.ts";
import { settle } from "./register-payment.ts";

/** Money that waits for a decision, oldest first. */
export async function unmatchedPayments(work: Work, limit: number): Promise<Payment[]> {
  const { rows } = await sql<Record<string, unknown>>`select payment.* from donation
    join payment on payment.id = donation.payment_id where donation.purpose = 'unmatched'
    order by donation.received_on, donation.id limit ${limit}`.execute(work.query);
  return rows.map((row) => work.adopt(Payment, row));
}

/** Whose a payment is, or a part of it. */
export type Part = Pick<DecisionTable, "amount" | "personId" | "pledgeId" | "reference" | "purpose">;

/** It is this person's; their open pledge of the same amount counts as paid. They are thanked as always. */
export async function matchDonation(
  work: Work,
  paymentId: number,
  person: Person,
  reason: string,
  decided: "person" | "score" = "person",
): Promise<Donation> {
  const { donation, payment } = await getUndecided(work, paymentId);
  const [matched] = await decide(work, payment, [await partOf(work, person, donation)], "matched", reason, decided);
  return matched as Donation;
}

/** It is nobody's gift, such as interest. */
export async function ignoreDonation(work: Work, paymentId: number, reason: string): Promise<Donation> {
  const { donation, payment } = await getUndecided(work, paymentId);
  const { amount, reference } = donation;
  const [ignored] = await decide(work, payment, [nobodys(amount, reference)], "set-aside", reason);
  return ignored as Donation;
}

/**
 * It is several gifts in one: each of the amounts (minor units) goes to whom `whose` names, a reference or a person; without it is
 * nobody's gift. Throws Invalid with the code `parts-wrong` when they do not add up.
 */
export async function splitDonation(
  work: Work,
  paymentId: number,
  wishes: readonly { amount: number; whose?: string | Person }[],
  reason: string,
): Promise<Donation[]> {
  const { donation, payment } = await getUndecided(work, paymentId);
  const sum = wishes.reduce((total, { amount }) => total + amount, 0);
  if (wishes.length < 2 || sum !== donation.amount || wishes.some(({ amount }) => amount <= 0))
    throw new Invalid("parts-wrong", "The parts must be two at least and add up to the payment.", "parts");
  const parts: Part[] = [];
  for (const { amount, whose } of wishes) {
    const money = { amount, currency: donation.currency };
    if (whose === undefined) parts.push(nobodys(amount, donation.reference));
    else if (typeof whose === "string") parts.push(await partUnder(work, whose, money));
    else parts.push(await partOf(work, whose, money));
  }
  return decide(work, payment, parts, "split", reason);
}

/** Takes a decision back: the money waits again, what it paid is due again. Who was thanked keeps the mail. */
export async function undoDecision(work: Work, paymentId: number, reason: string): Promise<Donation> {
  const donations = await lockDonations(work, paymentId);
  const payment = donations.length > 0 ? await work.get(Payment, paymentId) : undefined;
  if (!payment) throw unknown();
  if (donations[0]?.decided === null)
    throw new Conflict("payment-not-decided", "Nobody has decided about this payment.");
  const before = donations.map(({ personId, pledgeId }) => ({ personId, pledgeId }));
  const { amount, reference } = payment;
  const waits = { amount, personId: null, pledgeId: null, reference, purpose: "unmatched" } as const;
  const [waiting] = await apply(work, payment, [waits], "decision-undone", reason, null);
  await work.write();
  for (const { pledgeId } of before)
    if (pledgeId !== null) await (await work.get(Pledge, pledgeId, "lock")).giveBack(work);
  await refreshFor(work, before);
  return waiting as Donation;
}

async function decide(
  work: Work,
  payment: Payment,
  parts: readonly Part[],
  verb: string,
  reason: string,
  decided: "person" | "score" = "person",
): Promise<Donation[]> {
  const donations = await apply(work, payment, parts, verb, reason, decided);
  for (const { personId, pledgeId, receivedOn } of donations) {
    if (personId !== null) (await work.get(Person, personId, "lock")).confirm(work, "payment");
    if (pledgeId !== null) (await work.get(Pledge, pledgeId, "lock")).receive(work, receivedOn, undefined);
  }
  await work.write();
  await refreshFor(work, donations);
  const payer = { name: payment.payerName, email: payment.payerEmail };
  for (const donation of donations) if (donation.purpose !== "other") await thank(work, donation, payer);
  return donations;
}

/** Keeps the decision and makes the donations what it says. */
async function apply(
  work: Work,
  payment: Payment,
  parts: readonly Part[],
  verb: string,
  reason: string,
  decided: DecisionTable["decided"],
): Promise<Donation[]> {
  await keepDecision(work, payment.id, parts, decided);
  const [first, ...others] = await lockDonations(work, payment.id);
  if (!first) throw unknown();
  for (const other of others) {
    await work.query.deleteFrom("donation").where("id", "=", other.id).execute();
    work.forget(other, Donation);
    if (other.personId !== null) work.tell(other.personId, "donation", other.id, verb, reason);
  }
  const donations = [Object.assign(first, parts[0], { decided })];
  work.note(first, Donation, verb, reason);
  const { currency, receivedOn } = first;
  for (const [at, part] of parts.entries())
    if (at > 0)
      donations.push(
        await work.add(Donation, { paymentId: payment.id, ...part, currency, receivedOn, decided, part: at + 1 }, verb),
      );
  await settle(work, donations, payment.provider as Provider, payment.providerReference);
  return donations;
}

async function keepDecision(
  work: Work,
  paymentId: number,
  parts: readonly Part[],
  decided: DecisionTable["decided"],
): Promise<void> {
  const { rows } = await sql<{ number: number }>`select coalesce(max(number), 0)::int + 1 as number from decision
    where payment_id = ${paymentId}`.execute(work.query);
  const told = { paymentId, number: rows[0]?.number ?? 1, decided, at: work.now };
  await work.query
    .insertInto("decision")
    .values(parts.map((part, at) => ({ ...told, ...part, part: at + 1 })))
    .execute();
}

async function partOf(work: Work, person: Person, { amount, currency }: Money): Promise<Part> {
  const pledge = await work.find(
    Pledge,
    sql`person_id = ${person.id} and state in ('open', 'lapsed') and renewal is null and amount = ${amount}
      and currency = ${currency} order by next_due_on nulls last, id`,
    "lock",
  );
  const reference = pledge?.reference ?? person.donref(work.organisation.referencePrefix);
  return { amount, personId: person.id, pledgeId: pledge?.id ?? null, reference, purpose: "donation" };
}

async function partUnder(work: Work, written: string, { amount }: Money): Promise<Part> {
  const { person, pledge, purpose, reference } = await matchReference(work, written, "lock");
  if (purpose === "unmatched") throw new NotFound("reference-unknown", "Nobody has this reference.");
  return { amount, personId: person?.id ?? null, pledgeId: pledge?.id ?? null, reference, purpose };
}

function nobodys(amount: number, reference: string): Part {
  return { amount, personId: null, pledgeId: null, reference, purpose: "other" };
}

async function refreshFor(work: Work, parts: readonly { personId: number | null }[]): Promise<void> {
  const people = [...new Set(parts.flatMap(({ personId }) => personId ?? []))];
  await refreshStats(work, people);
  for (const id of people) await alignAccount(work, id);
}

async function getUndecided(work: Work, paymentId: number): Promise<{ donation: Donation; payment: Payment }> {
  const [donation] = await lockDonations(work, paymentId);
  if (!donation) throw unknown();
  if (donation.purpose !== "unmatched")
    throw new Conflict("payment-decided", "It is known already whose this payment is. Undo that first.");
  return { donation, payment: await work.get(Payment, paymentId) };
}

function unknown(): NotFound {
  return new NotFound("payment-unknown", "There is no donation of a payment with this number.");
}
