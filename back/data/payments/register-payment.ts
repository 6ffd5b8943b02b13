// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A payment enters: the notice is kept, the payment is booked once, the donation is made, the donor is thanked – in one transaction.
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Donation, thank } from "../donations/donation.ts";
import { refreshStats } from "../selectors/person-stats.ts";
import { matchReference } from "./match-payment.ts";
import { Payment } from "./payment.ts";

/** Safe to repeat: the provider's names for the notice and for the payment are unique in the database. */
export async function registerPayment(
  work: Work,
  provider: Provider,
  providerReference: string,
  notice: Notice,
): Promise<"registered" | "known-already"> {
  const noticeId = await keepNotice(work, provider, notice);
  if (noticeId === undefined) return "known-already";
  const payment = await work.addOnce(
    Payment,
    {
      provider,
      providerReference,
      kind: notice.kind,
      ...notice.amount,
      happenedAt: Temporal.Instant.from(notice.happenedAt),
      reference: notice.reference,
      original: notice.original ?? null,
      payerName: notice.payer.name,
      payerEmail: notice.payer.email,
      noticeId,
      registeredAt: work.now,
    },
    notice.kind,
  );
  if (!payment) return "known-already";
  if (payment.kind === "received") await receiveDonation(work, payment, notice);
  if (payment.kind === "refunded") await refundDonation(work, payment);
  return "registered";
}

async function keepNotice(work: Work, provider: Provider, notice: Notice): Promise<number | undefined> {
  const kept = await work.query
    .insertInto("notice")
    .values({ provider, noticeId: notice.noticeId, raw: notice.raw, receivedAt: work.now })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return kept?.id;
}

async function receiveDonation(work: Work, payment: Payment, notice: Notice): Promise<void> {
  await lockOriginal(work, payment.provider, payment.providerReference);
  const { person, pledge, purpose, reference } = await matchReference(work, payment.reference, "lock");
  const donation = await work.add(
    Donation,
    {
      paymentId: payment.id,
      personId: person?.id ?? null,
      pledgeId: pledge?.id ?? null,
      amount: payment.amount,
      currency: payment.currency,
      receivedOn: payment.happenedAt.toZonedDateTimeISO(work.organisation.timeZone).toPlainDate(),
      reference,
      purpose,
    },
    "received",
  );
  await applyEarlierRefunds(work, payment, donation);
  person?.confirm(work, "payment");
  pledge?.receive(work, donation.receivedOn, notice.renewal);
  if (person) await keepStats(work, person.id);
  await thank(work, donation, notice.payer);
}

// The refund of more than was paid, or of a payment that nobody told us of, stays a payment without effect until a person looks.
async function refundDonation(work: Work, refund: Payment): Promise<void> {
  await lockOriginal(work, refund.provider, refund.original ?? "");
  const donation = await work.find(
    Donation,
    sql`payment_id = (select id from payment where provider = ${refund.provider} and provider_reference = ${refund.original} and kind = 'received')`,
    "lock",
  );
  if (donation?.currency !== refund.currency || !donation.refund(work, refund.amount)) return;
  if (donation.personId !== null) await keepStats(work, donation.personId);
}

async function keepStats(work: Work, personId: number): Promise<void> {
  await work.write();
  await refreshStats(work, [personId]);
}

// Providers guarantee no order: a refund may be told before its payment.
async function applyEarlierRefunds(work: Work, payment: Payment, donation: Donation): Promise<void> {
  const refunds = await work.query
    .selectFrom("payment")
    .select("amount")
    .where("provider", "=", payment.provider)
    .where("original", "=", payment.providerReference)
    .where("kind", "=", "refunded")
    .where("currency", "=", payment.currency)
    .orderBy("id")
    .execute();
  for (const { amount } of refunds) donation.refund(work, amount);
}

// A payment and its refund told at the same moment would not see each other: the second waits for the first.
async function lockOriginal(work: Work, provider: Provider, original: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${provider} ${original}`}, 1))`.execute(work.query);
}
