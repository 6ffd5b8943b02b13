// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whose money it was when it was booked: what references stood for then, for many payments at once.
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { type Meaning, meaningOf } from "./match-payment.ts";
import type { PaymentFact } from "./payment.ts";
import { donationOf, type MatchedTo } from "./register-payment.ts";

/** The donation of each payment, as columns of its row. Whoever came later, or had left before, is not meant. */
export async function matchThen(work: Work, received: readonly PaymentFact[]): Promise<Record<string, unknown>[]> {
  const { timeZone, referencePrefix } = work.organisation;
  const meanings = new Map(received.map((fact) => [fact.reference, meaningOf(referencePrefix, fact.reference)]));
  const known = await lookUp(
    work,
    [...meanings.values()].flatMap((meaning) => meaning ?? []),
  );
  return received.map((fact) => {
    const donation = donationOf(fact, known.match(fact, meanings.get(fact.reference)), timeZone);
    const { personId, pledgeId, amount, currency, receivedOn, reference, purpose } = donation;
    return {
      ...{
        provider: fact.provider,
        provider_reference: fact.providerReference,
        person_id: personId,
        pledge_id: pledgeId,
      },
      ...{ amount, currency, received_on: receivedOn.toString(), reference, purpose },
    };
  });
}

interface Known {
  match(fact: PaymentFact, meaning: Meaning | undefined): MatchedTo;
}

interface PersonThen {
  id: number;
  registeredAt: Moment;
  mergedInto: number | null;
  /** null: still there. */
  leftAt: Moment | null;
}

async function lookUp(work: Work, meanings: readonly Meaning[]): Promise<Known> {
  const people = await work.rows<PersonThen>(
    `select id, registered_at, merged_into, case when registration = 'erased' then signed_out_at end as left_at
      from person where id = any($1)`,
    [[...new Set(meanings.flatMap(({ personId }) => personId ?? []))]],
  );
  const pledges = await work.rows<{ id: number; reference: string; madeAt: Moment }>(
    "select id, reference, made_at from pledge where reference = any($1)",
    [meanings.filter(({ mayBePledge }) => mayBePledge).map(({ reference }) => reference)],
  );
  const undone = await work.rows<{ keptId: number; goneId: number; mergedAt: Moment; unmergedAt: Moment }>(
    "select kept_id, gone_id, merged_at, unmerged_at from merge where unmerged_at is not null",
    [],
  );
  const personOf = new Map(people.map((person) => [person.id, person]));
  const pledgeOf = new Map(pledges.map((pledge) => [pledge.reference, pledge]));
  const survivorThen = ({ id, mergedInto }: PersonThen, at: Moment) => {
    const then = undone.find((it) => it.goneId === id && isWithin(at, it.mergedAt, it.unmergedAt));
    return then?.keptId ?? mergedInto ?? id;
  };
  return {
    match({ reference: text, registeredAt: at }, meaning) {
      const nobody = { purpose: "unmatched", person: undefined, pledge: undefined, reference: text } as const;
      if (!meaning) return nobody;
      const { purpose, reference, personId, mayBePledge } = meaning;
      if (personId === null) return { ...nobody, purpose, reference };
      const quoted = personOf.get(personId);
      if (!quoted || !isWithin(at, quoted.registeredAt, quoted.leftAt)) return nobody;
      const pledge = mayBePledge ? pledgeOf.get(reference) : undefined;
      const isMade = pledge && isWithin(at, pledge.madeAt, null);
      return { purpose, person: { id: survivorThen(quoted, at) }, pledge: isMade ? pledge : undefined, reference };
    },
  };
}

function isWithin(at: Moment, from: Moment, until: Moment | null): boolean {
  return Temporal.Instant.compare(from, at) <= 0 && (until === null || Temporal.Instant.compare(at, until) < 0);
}
