// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A payment enters: the notice is kept, the payment is booked once, the donation is made, the donor is thanked – in one transaction.
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Donation, thank } from "../donations/donation.ts";
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
      payerName: notice.payer.name,
      payerEmail: notice.payer.email,
      noticeId,
      registeredAt: work.now,
    },
    notice.kind,
  );
  if (!payment) return "known-already";
  if (payment.kind === "received") await receiveDonation(work, payment, notice);
  if (payment.kind === "refunded") await refundDonation(work, payment, notice);
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
  person?.confirm(work, "payment");
  pledge?.receive(work, notice.renewal);
  await thank(work, donation, notice.payer);
}

// The refund of a payment that we do not know, or of more than was paid, stays a payment without effect until a person looks.
async function refundDonation(work: Work, payment: Payment, notice: Notice): Promise<void> {
  const donation = await work.find(
    Donation,
    sql`payment_id = (select id from payment where provider = ${payment.provider} and provider_reference = ${notice.original ?? ""} and kind = 'received')`,
    "lock",
  );
  if (donation?.currency === payment.currency) donation.refund(work, payment.amount);
}
