// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The link under every mail that rests on a consent: one for each person and purpose, for years, as often as they like.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import type { Person } from "../people/person.ts";
import { prepareLink, SignedLink } from "./signed-link.ts";

export const lifetimeDays = 3_650;
export const uses = 1_000;
/** SQL over `signed_link`: it works for years yet. */
export const lasts = "uses_left > 1 and expires_at > now() + interval '1825 days'";

/** The person's link that withdraws one purpose, or without `purpose` all of them; made when there is none that lasts. */
export async function unsubscribeLink(work: Work, person: Person, purpose?: string): Promise<SignedLink> {
  const known = await work.find(
    SignedLink,
    sql`person_id = ${person.id} and command = 'unsubscribe' and details->>'purpose' is not distinct from ${purpose ?? null}
      and ${sql.raw(lasts)}`,
  );
  return known ?? prepareLink(work, person, "unsubscribe", lifetimeDays, purpose ? { purpose } : {}, uses);
}
