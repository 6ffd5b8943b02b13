// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Disowning, "this was not me": somebody else typed the address. What waits for a confirmation is dropped; what was there before stays.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { openRequests, refuseRequests } from "./consent.ts";
import { eraseAtOnce } from "./erasure.ts";
import type { Person } from "./person.ts";

/** Drops open requests, signatures and wishes to volunteer, and voids other links; a registration that nobody confirmed is erased. */
export async function disown(work: Work, person: Person): Promise<void> {
  await refuseRequests(work, person, await openRequests(work, person.id));
  await work.query.deleteFrom("signature").where("personId", "=", person.id).where("confirmedAt", "is", null).execute();
  await work.query.deleteFrom("role").where("personId", "=", person.id).where("state", "=", "requested").execute();
  await sql`update signed_link set uses_left = 0 where person_id = ${person.id} and command = 'confirm'`.execute(
    work.query,
  );
  work.tell(person.id, "person", person.id, "disowned");
  if (person.registration === "unconfirmed") await eraseAtOnce(work, person);
}
