// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A payment enters: the notice is kept, the payment is booked once, the donation is made, the donor is thanked – in one transaction.
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import { alignAccount } from "../accounts/align-accounts.ts";
import type { Work } from "../database.ts";
import {
  type Change,
  changeKinds,
  Donation,
  isChange,
  lockDonations,
  settleParts,
  thank,
  type WentBack,
} from "../donations/donation.ts";
import type { Pledge } from "../donations/pledge.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { formatMoney } from "../money.ts";
import { refreshStats } from "../selectors/person-stats.ts";
import { type Match, matchReference } from "./match-payment.ts";
import { factsOf, Payment } from "./payment.ts";

/** Safe to repeat: the provider's names for the notice and for the payment are unique in the database. */
export async function registerPayment(
  work: Work,
  provider: Provider,
  providerReference: string,
  notice: Notice,
): Promise<"registered" | "known-already"> {
  // A payment, its refund and the same told again would not see each other: who comes at the same moment waits.
  await lockName(work, provider, notice.original ?? providerReference);
  const noticeId = await keepNotice(work, provider, providerReference, notice);
  if (noticeId === undefined) return "known-already";
  let outcome: "registered" | "known-already" = "known-already";
  for (const fact of factsOf(provider, providerReference, notice, work.now)) {
    const payment = await work.addOnce(Payment, { ...fact, noticeId }, fact.kind);
    if (!payment) continue;
    outcome = "registered";
    await takeEffect(work, payment, notice);
  }
  return outcome;
}

async function takeEffect(work: Work, payment: Payment, notice: Notice): Promise<void> {
  if (payment.kind === "received") await receiveDonation(work, payment, notice);
  else if (isChange(payment.kind)) await changeDonation(work, payment);
  else if (payment.kind === "failed") await tellOfFailure(work, payment);
}

const renewedBy: Partial<Record<Provider, Pledge["method"]>> = { stripe: "card", paypal: "paypal" };

async function keepNotice(
  work: Work,
  provider: Provider,
  paymentReference: string,
  { noticeId, raw, ...told }: Notice,
): Promise<number | undefined> {
  const kept = await work.query
    .insertInto("notice")
    .values({ provider, noticeId, paymentReference, raw, told: JSON.stringify(told) as never, receivedAt: work.now })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return kept?.id;
}

async function receiveDonation(work: Work, payment: Payment, notice: Notice): Promise<void> {
  const match = await matchReference(work, payment.reference, "lock");
  const { person, pledge } = match;
  const donation = await work.add(
    Donation,
    { paymentId: payment.id, ...donationOf(payment, match, work.organisation.timeZone) },
    "received",
  );
  await settle(work, [donation], payment.provider, payment.providerReference);
  person?.confirm(work, "payment");
  pledge?.receive(work, donation.receivedOn, notice.renewal);
  // Whatever way was meant at first: the renewal is where the money comes from.
  if (pledge && notice.renewal !== undefined) pledge.method = renewedBy[payment.provider] ?? pledge.method;
  if (person) await keepStats(work, person.id);
  await thank(work, donation, notice.payer);
}

/** Match, or as much of it as a donation keeps. */
export interface MatchedTo {
  purpose: Match["purpose"];
  person: { id: number } | undefined;
  pledge: { id: number } | undefined;
  reference: string;
}

/** What a payment means that came in under this reference. */
export function donationOf(
  { amount, currency, happenedAt }: Pick<Payment, "amount" | "currency" | "happenedAt">,
  { person, pledge, purpose, reference }: MatchedTo,
  timeZone: string,
) {
  const receivedOn = happenedAt.toZonedDateTimeISO(timeZone).toPlainDate();
  return {
    personId: person?.id ?? null,
    pledgeId: pledge?.id ?? null,
    amount,
    currency,
    receivedOn,
    reference,
    purpose,
  };
}

// A refund of more than was paid, or of a payment that nobody told us of, stays a payment without effect until a person looks.
async function changeDonation(work: Work, { provider, original, kind }: Payment): Promise<void> {
  if (original === null || !isChange(kind)) return;
  const donations = await lockDonations(
    work,
    sql`(select id from payment where provider = ${provider} and provider_reference = ${original} and kind = 'received')`,
  );
  if (donations.length === 0) return;
  await settle(work, donations, provider, original, kind);
  for (const personId of new Set(donations.map((donation) => donation.personId)))
    if (personId !== null) await keepStats(work, personId);
}

/** All that was told of this money is taken together: providers guarantee no order, a refund may come before its payment. */
export async function settle(
  work: Work,
  donations: readonly Donation[],
  provider: Provider,
  original: string,
  verb?: Change["kind"],
): Promise<void> {
  const [first] = donations;
  const changes = (await work.query
    .selectFrom("payment")
    .select(["kind", "amount", "providerReference"])
    .where("provider", "=", provider)
    .where("original", "=", original)
    .where("currency", "=", first?.currency ?? "")
    .where("kind", "in", changeKinds)
    .orderBy("happenedAt")
    .orderBy("providerReference")
    .execute()) as Change[];
  const last = verb ?? changes.at(-1)?.kind;
  if (!last) return;
  const back = settleParts(
    donations.map(({ amount }) => amount),
    changes,
  );
  for (const [at, donation] of donations.entries()) donation.settle(work, back[at] as WentBack, last);
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
  await alignAccount(work, personId);
}

async function lockName(work: Work, provider: Provider, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${provider} ${name}`}, 1))`.execute(work.query);
}
