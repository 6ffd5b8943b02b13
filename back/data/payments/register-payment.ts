// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A payment enters: the notice is kept, the payment is booked once, the donation is made, the donor is thanked – in one transaction.
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { type Change, Donation, thank } from "../donations/donation.ts";
import type { Pledge } from "../donations/pledge.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { formatMoney } from "../money.ts";
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
  const noticeId = await keepNotice(work, provider, providerReference, notice);
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
  else if (payment.kind !== "failed") await changeDonation(work, payment);
  else if (payment.original === null) await tellOfFailure(work, payment);
  return "registered";
}

const renewedBy: Partial<Record<Provider, Pledge["method"]>> = { stripe: "card", paypal: "paypal" };

async function keepNotice(
  work: Work,
  provider: Provider,
  paymentReference: string,
  { noticeId, raw }: Notice,
): Promise<number | undefined> {
  const kept = await work.query
    .insertInto("notice")
    .values({ provider, noticeId, paymentReference, raw, receivedAt: work.now })
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
  await settle(work, donation, payment.provider, payment.providerReference);
  person?.confirm(work, "payment");
  pledge?.receive(work, donation.receivedOn, notice.renewal);
  // Whatever way was meant at first: the renewal is where the money comes from.
  if (pledge && notice.renewal !== undefined) pledge.method = renewedBy[payment.provider] ?? pledge.method;
  if (person) await keepStats(work, person.id);
  await thank(work, donation, notice.payer);
}

// A refund of more than was paid, or of a payment that nobody told us of, stays a payment without effect until a person looks.
async function changeDonation(work: Work, { provider, original, kind }: Payment): Promise<void> {
  await lockOriginal(work, provider, original ?? "");
  const donation = await work.find(
    Donation,
    sql`payment_id = (select id from payment where provider = ${provider} and provider_reference = ${original} and kind = 'received')`,
    "lock",
  );
  if (!donation) return;
  await settle(work, donation, provider, original ?? "", kind as Change["kind"]);
  if (donation.personId !== null) await keepStats(work, donation.personId);
}

/** All that was told of this money is taken together: providers guarantee no order, a refund may come before its payment. */
async function settle(
  work: Work,
  donation: Donation,
  provider: Provider,
  original: string,
  verb?: Change["kind"],
): Promise<void> {
  const changes = await work.query
    .selectFrom("payment")
    .select(["kind", "amount", "providerReference"])
    .where("provider", "=", provider)
    .where("original", "=", original)
    .where("currency", "=", donation.currency)
    .where("kind", "in", ["refunded", "disputed", "reinstated"])
    .orderBy("happenedAt")
    .orderBy("providerReference")
    .execute();
  const last = verb ?? (changes.at(-1)?.kind as Change["kind"] | undefined);
  if (last) donation.settle(work, changes as Change[], last);
}

// A donor is told once a week at most, however often the provider tries again.
async function tellOfFailure(work: Work, payment: Payment): Promise<void> {
  const { person, pledge, reference } = await matchReference(work, payment.reference, "lock");
  if (!person?.isConfirmed() || person.email === null || pledge?.state !== "open") return;
  if (await wasWrittenTo(work, person.email, "charge-failed", Temporal.Duration.from({ hours: 24 * 7 }))) return;
  const link = await prepareLink(work, person, "end-pledge", 90, { pledge: String(pledge.id) });
  const amount = formatMoney({ amount: payment.amount, currency: payment.currency }, person.language);
  await queueMessage(work, {
    mail: "charge-failed",
    person,
    fields: { name: person.name, amount, reference },
    linkId: link.id,
  });
}

async function keepStats(work: Work, personId: number): Promise<void> {
  await work.write();
  await refreshStats(work, [personId]);
}

// A payment and its refund told at the same moment would not see each other: the second waits for the first.
async function lockOriginal(work: Work, provider: Provider, original: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${provider} ${original}`}, 1))`.execute(work.query);
}
