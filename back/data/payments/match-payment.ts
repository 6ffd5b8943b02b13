// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Whose money it is: what a reference stands for.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Pledge } from "../donations/pledge.ts";
import { readReference } from "../donations/reference.ts";
import { NotFound } from "../errors.ts";
import { survivorOf } from "../people/find-people.ts";
import { Person } from "../people/person.ts";
import type { DonationTable } from "../schema.ts";

export interface Match {
  purpose: DonationTable["purpose"];
  person: Person | undefined;
  pledge: Pledge | undefined;
  /** As it is written on our side. */
  reference: string;
}

/** What a reference asks for by its form, before anybody is looked up. */
export interface Meaning {
  purpose: DonationTable["purpose"];
  reference: string;
  /** null: merchandise, which is nobody's. */
  personId: number | null;
  mayBePledge: boolean;
}

/** undefined: it is no reference of ours. */
export function meaningOf(prefix: string, text: string): Meaning | undefined {
  const read = readReference(prefix, text);
  if (!read) return undefined;
  if (read.kind === "merchandise")
    return { purpose: "merchandise", reference: read.reference, personId: null, mayBePledge: false };
  const { personId, donref, suffix } = read;
  const isExtra = suffix === "Z1";
  const reference = donref + (suffix ?? "");
  return { purpose: isExtra ? "extra" : "donation", reference, personId, mayBePledge: suffix !== null && !isExtra };
}

/** What money under this reference means; `unmatched` when nobody knows it. */
export async function matchReference(work: Work, text: string, lock?: "lock"): Promise<Match> {
  const meaning = meaningOf(work.organisation.referencePrefix, text);
  const nobody: Match = { purpose: "unmatched", person: undefined, pledge: undefined, reference: text };
  if (!meaning) return nobody;
  const { purpose, reference, personId, mayBePledge } = meaning;
  if (personId === null) return { ...nobody, purpose, reference };
  const quoted = await work.find(Person, sql`id = ${personId} and registration <> 'erased'`, lock);
  if (!quoted) return nobody;
  const person = await survivorOf(work, quoted, lock);
  const pledge = mayBePledge ? await work.find(Pledge, sql`reference = ${reference}`, lock) : undefined;
  return { purpose, person, pledge, reference };
}

/** What can be paid under a reference. Throws NotFound; says nothing about the person. */
export async function getPayable(work: Work, text: string): Promise<Match> {
  const match = await matchReference(work, text);
  const unknownPledge = match.person !== undefined && match.pledge === undefined && /P\d+$/.test(match.reference);
  if (match.purpose === "unmatched" || unknownPledge || match.person?.isActive() === false)
    throw new NotFound("reference-unknown", "There is nothing to pay under this reference.");
  return match;
}
