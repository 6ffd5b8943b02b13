// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What became of a mailing at each who was to get it: people by their numbers, with the consent that it rests on.
import type { Moment } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";

export const recipientStates = ["waiting", "handed-over", "accepted", "refused", "unknown", "left-out"] as const;

export interface RecipientLine {
  person: number;
  consent: number;
  language: string;
  domain: string;
  state: (typeof recipientStates)[number];
  reason: string | null;
  attempts: number;
  handedOverAt: Moment | null;
  settledAt: Moment | null;
}

/** In the order of their numbers; `after` one goes on from there. */
export async function listRecipients(
  work: Work,
  mailingId: number,
  {
    state,
    after = 0,
    limit,
  }: { state?: RecipientLine["state"] | undefined; after?: number | undefined; limit: number },
): Promise<RecipientLine[]> {
  let query = work.query
    .selectFrom("mailingRecipient")
    .select(["personId", "consentId", "language", "domain", "state", "reason", "attempts", "handedOverAt", "settledAt"])
    .where("mailingId", "=", mailingId)
    .where("personId", ">", after);
  if (state !== undefined) query = query.where("state", "=", state);
  const rows = await query.orderBy("personId").limit(limit).execute();
  return rows.map(({ personId: person, consentId: consent, ...row }) => ({ person, consent, ...row }));
}

/** What became of it at one person; undefined: they are not among those who get it, or it has not begun. */
export async function findRecipient(
  work: Work,
  mailingId: number,
  personId: number,
): Promise<RecipientLine | undefined> {
  const [line] = await listRecipients(work, mailingId, { after: personId - 1, limit: 1 });
  return line?.person === personId ? line : undefined;
}
