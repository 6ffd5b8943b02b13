// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signatures under campaigns: asked for with a day, counted once confirmed.
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { Invalid } from "../errors.ts";
import type { Origin } from "./consent.ts";
import type { Person } from "./person.ts";

/** Campaign → ISO day; each waits for the confirmation. Signing twice is signing once. */
export async function requestSignatures(
  work: Work,
  person: Person,
  signatures: Record<string, string>,
  origin: Origin,
): Promise<void> {
  const rows = Object.entries(signatures).map(([campaign, day]) => ({
    personId: person.id,
    campaign: knownCampaign(work, campaign),
    signedOn: Temporal.PlainDate.from(day),
    channel: origin.channel,
    requestedAt: work.now,
    confirmedAt: null,
  }));
  if (rows.length > 0)
    await work.query
      .insertInto("signature")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

/** Campaigns whose signature waits for the confirmation. */
export async function openSignatures(work: Work, personId: number): Promise<string[]> {
  const rows = await work.query
    .selectFrom("signature")
    .select("campaign")
    .where("personId", "=", personId)
    .where("confirmedAt", "is", null)
    .orderBy("campaign")
    .execute();
  return rows.map((row) => row.campaign);
}

/** Every signature of one person, newest first. */
export async function signaturesOf(
  work: Work,
  personId: number,
): Promise<{ campaign: string; signedOn: string; confirmed: boolean }[]> {
  const rows = await work.query
    .selectFrom("signature")
    .select(["campaign", "signedOn", "confirmedAt"])
    .where("personId", "=", personId)
    .orderBy("signedOn", "desc")
    .orderBy("campaign")
    .execute();
  return rows.map(({ campaign, signedOn, confirmedAt }) => ({
    ...{ campaign, signedOn: signedOn.toString(), confirmed: confirmedAt !== null },
  }));
}

export async function confirmSignatures(work: Work, person: Person): Promise<void> {
  const confirmed = await work.query
    .updateTable("signature")
    .set({ confirmedAt: work.now })
    .where("personId", "=", person.id)
    .where("confirmedAt", "is", null)
    .returning("id")
    .execute();
  for (const { id } of confirmed) work.tell(person.id, "signature", id, "confirmed");
}

function knownCampaign(work: Work, campaign: string): string {
  if (work.organisation.campaigns.includes(campaign)) return campaign;
  throw new Invalid("campaign-unknown", "The organisation has no such campaign.", "signatures");
}
