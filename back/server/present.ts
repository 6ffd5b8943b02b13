// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Records → JSON: the only way out.
import type { paymentShape } from "@cdb/api/payments.ts";
import type { consentState, donationShape, historyEntry, myDonationShape, PersonShape } from "@cdb/api/people.ts";
import type { Selectable } from "kysely";
import type { z } from "zod";
import type { Work } from "../data/database.ts";
import { type DonationLine, donationsOf } from "../data/donations/donation.ts";
import { trailsOf } from "../data/donations/trail.ts";
import type { historyOf } from "../data/history.ts";
import { type ConsentState, consentStates } from "../data/people/consent.ts";
import { usernameOf } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import type { PaymentTable } from "../data/schema.ts";

export async function presentPerson(work: Work, person: Person): Promise<PersonShape> {
  return {
    id: person.id,
    uuid: person.uuid,
    kind: person.kind,
    registration: person.registration,
    name: person.name,
    email: person.email ?? "",
    secondaryEmail: person.secondaryEmail,
    language: person.language,
    birthday: person.birthday?.toString() ?? null,
    postalAddress: person.postalAddress(),
    donref: person.donref(work.organisation.referencePrefix),
    username: await usernameOf(work, person.id),
    registeredAt: person.registeredAt.toString(),
    version: person.version,
  };
}

export async function presentPersonInFull(
  work: Work,
  person: Person,
): Promise<PersonShape & { consents: z.input<typeof consentState>[]; donations: z.input<typeof donationShape>[] }> {
  const presented = await presentPerson(work, person);
  const consents = (await consentStates(work, person.id)).map(presentConsent);
  const donations = (await donationsOf(work, person.id, { limit: 20 })).map(presentDonation);
  return { ...presented, consents, donations };
}

export function presentConsent(state: ConsentState): z.input<typeof consentState> {
  return { ...state, since: state.since?.toString() ?? null };
}

export function presentDonation(donation: DonationLine): z.input<typeof donationShape> {
  return {
    id: donation.id,
    amount: { amount: donation.amount, currency: donation.currency },
    receivedOn: donation.receivedOn,
    reference: donation.reference,
    state: stateOf(donation),
    provider: donation.provider,
  };
}

export async function presentWithTrails(
  work: Work,
  donations: readonly DonationLine[],
): Promise<z.input<typeof myDonationShape>[]> {
  const trails = await trailsOf(work, donations);
  return donations.flatMap((donation) => {
    const trail = trails.get(donation.id);
    if (!trail) return [];
    const { bookedAt, thankedAt, changes } = trail;
    return {
      ...presentDonation(donation),
      bookedAt: bookedAt.toString(),
      thankedAt: thankedAt?.toString() ?? null,
      changes: changes.map(({ kind, amount, currency, on }) => ({
        kind,
        amount: { amount, currency },
        on: on.toString(),
      })),
    };
  });
}

function stateOf({ amount, refunded, disputed }: DonationLine): "received" | "refunded" | "disputed" {
  if (disputed > 0) return "disputed";
  return refunded === amount ? "refunded" : "received";
}

export function presentPayment(
  payment: Selectable<PaymentTable> & { personId: number | null },
): z.input<typeof paymentShape> {
  return {
    id: payment.id,
    provider: payment.provider,
    providerReference: payment.providerReference,
    kind: payment.kind,
    amount: { amount: payment.amount, currency: payment.currency },
    happenedAt: payment.happenedAt.toString(),
    reference: payment.reference,
    person: payment.personId,
  };
}

export function presentHistory(entry: Awaited<ReturnType<typeof historyOf>>[number]): z.input<typeof historyEntry> {
  const { id, actor, record, recordId, verb, changes } = entry;
  return { id, at: entry.at.toString(), actor, record, recordId, verb, changes };
}
