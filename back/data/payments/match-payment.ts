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

/** What money under this reference means; `unmatched` when nobody knows it. */
export async function matchReference(work: Work, text: string, lock?: "lock"): Promise<Match> {
  const read = readReference(work.organisation.referencePrefix, text);
  const nobody: Match = { purpose: "unmatched", person: undefined, pledge: undefined, reference: text };
  if (!read) return nobody;
  if (read.kind === "merchandise") return { ...nobody, purpose: "merchandise", reference: read.reference };
  const quoted = await work.find(Person, sql`id = ${read.personId} and registration <> 'erased'`, lock);
  if (!quoted) return nobody;
  const person = await survivorOf(work, quoted, lock);
  if (read.suffix === null) return { purpose: "donation", person, pledge: undefined, reference: read.donref };
  const reference = read.donref + read.suffix;
  if (read.suffix === "Z1") return { purpose: "extra", person, pledge: undefined, reference };
  const pledge = await work.find(Pledge, sql`reference = ${reference}`, lock);
  return { purpose: "donation", person, pledge, reference };
}

/** What can be paid under a reference. Throws NotFound; says nothing about the person. */
export async function getPayable(work: Work, text: string): Promise<Match> {
  const match = await matchReference(work, text);
  const unknownPledge = match.person !== undefined && match.pledge === undefined && /P\d+$/.test(match.reference);
  if (match.purpose === "unmatched" || unknownPledge || match.person?.isActive() === false)
    throw new NotFound("reference-unknown", "There is nothing to pay under this reference.");
  return match;
}
