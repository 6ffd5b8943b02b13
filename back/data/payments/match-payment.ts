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

/** Where people and pledges are looked up: in the database, or in what was read of it for many payments at once. */
export interface Lookup {
  /** Nobody who is erased. */
  person(id: number): Promise<Person | undefined>;
  pledge(reference: string): Promise<Pledge | undefined>;
}

/** What money under this reference means; `unmatched` when nobody knows it. */
export async function matchReference(
  work: Work,
  text: string,
  lock?: "lock",
  lookup: Lookup = inDatabase(work, lock),
): Promise<Match> {
  const meaning = meaningOf(work.organisation.referencePrefix, text);
  const nobody: Match = { purpose: "unmatched", person: undefined, pledge: undefined, reference: text };
  if (!meaning) return nobody;
  const { purpose, reference, personId, mayBePledge } = meaning;
  if (personId === null) return { ...nobody, purpose, reference };
  const quoted = await lookup.person(personId);
  if (!quoted) return nobody;
  const person = await survivorOf(work, quoted, lock);
  const pledge = mayBePledge ? await lookup.pledge(reference) : undefined;
  return { purpose, person, pledge, reference };
}

function inDatabase(work: Work, lock?: "lock"): Lookup {
  return {
    person: (id) => work.find(Person, sql`id = ${id} and registration <> 'erased'`, lock),
    pledge: (reference) => work.find(Pledge, sql`reference = ${reference}`, lock),
  };
}

/** Reads whatever these references may mean in two statements, and locks it. */
export async function readLookup(work: Work, texts: readonly string[]): Promise<Lookup> {
  const meanings = texts.flatMap((text) => meaningOf(work.organisation.referencePrefix, text) ?? []);
  const ids = meanings.flatMap(({ personId }) => personId ?? []);
  const names = meanings.flatMap(({ mayBePledge, reference }) => (mayBePledge ? [reference] : []));
  const people = await work.findAll(Person, sql`id = any(${ids}::int[]) and registration <> 'erased'`);
  const pledges = await work.findAll(Pledge, sql`reference = any(${names}::text[])`);
  const byId = new Map(people.map((person) => [person.id, person]));
  const byReference = new Map(pledges.map((pledge) => [pledge.reference, pledge]));
  return { person: async (id) => byId.get(id), pledge: async (reference) => byReference.get(reference) };
}

/** What can be paid under a reference. Throws NotFound; says nothing about the person. */
export async function getPayable(work: Work, text: string): Promise<Match> {
  const match = await matchReference(work, text);
  const unknownPledge = match.person !== undefined && match.pledge === undefined && /P\d+$/.test(match.reference);
  if (match.purpose === "unmatched" || unknownPledge || match.person?.isActive() === false)
    throw new NotFound("reference-unknown", "There is nothing to pay under this reference.");
  return match;
}
