// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Taking a merge back: what came from the other goes back to them; what came to the survivor since stays there.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import { movingTables } from "../privacy/merge-rules.ts";
import { decide } from "./duplicates.ts";
import { findByEmail, lockAddress } from "./find-people.ts";
import { shareWithdrawals } from "./merge-consents.ts";
import { type Journal, Merge } from "./merge-journal.ts";
import { giveUpSoon, lockBoth, settle } from "./merge-people.ts";
import { Person } from "./person.ts";

/** Throws NotFound for an unknown merge, Conflict for one that was taken back, merged on or erased, or whose address is taken. */
export async function unmergePeople(work: Work, mergeId: number, reason: string): Promise<Merge> {
  return giveUpSoon(work, async () => {
    const merge = await work.get(Merge, mergeId, "lock");
    const { keptId, goneId, journal } = merge;
    const [kept, gone] = await lockBoth(work, keptId, goneId);
    refuseFinal(merge, kept, gone);
    await refuseTaken(work, kept, gone, journal);
    await moveBack(work, journal, kept.id, gone.id);
    await shareWithdrawals(work, kept.id, gone.id, merge.mergedAt);
    await sql`update signed_link set uses_left = revived."usesLeft", version = version + 1
      from jsonb_to_recordset(${JSON.stringify(journal.links)}::jsonb) as revived (id uuid, "usesLeft" integer)
      where signed_link.id = revived.id and person_id = ${gone.id} and uses_left = 0`.execute(work.query);
    await writePeople(work, kept, gone, journal);
    merge.unmergedAt = work.now;
    // The values stand where they belong again, and they are two people's.
    merge.journal = {} as Journal;
    await decide(work, kept.id, gone.id, null);
    await settle(work, [kept.id, gone.id]);
    for (const id of [kept.id, gone.id]) work.tell(id, "merge", merge.id, "unmerged", reason);
    return merge;
  });
}

function refuseFinal({ unmergedAt }: Merge, kept: Person, gone: Person): void {
  if (unmergedAt !== null) throw new Conflict("unmerged-already", "This merge was taken back already.");
  if (kept.registration === "erased" || gone.registration === "erased")
    throw new Conflict("person-erased", "They left meanwhile; there is nothing to put back.");
  if (gone.mergedInto !== kept.id)
    throw new Conflict("merged-on", "The survivor was merged with somebody else since; take that merge back first.");
}

/** The address that the survivor got as their second must be free to go back. */
async function refuseTaken(work: Work, kept: Person, gone: Person, { gone: was }: Journal): Promise<void> {
  const taken = new Conflict("email-address-taken", "The other's email address is somebody's first meanwhile.");
  if (was.email === null && gone.email === null) throw taken;
  if (was.email === null) return;
  await lockAddress(work, was.email);
  const holder = await findByEmail(work, was.email);
  if (!holder || (holder.id === kept.id && kept.secondaryEmail?.toLowerCase() === was.email.toLowerCase())) return;
  if (holder.id === gone.id) return;
  throw taken;
}

async function moveBack(work: Work, { moved, removed }: Journal, keptId: number, goneId: number): Promise<void> {
  for (const { table, column } of movingTables) {
    const [name, owner] = [sql.table(table), sql.ref(column)];
    await sql`update ${name} set ${owner} = ${goneId} where ${owner} = ${keptId}
      and id = any(${moved[table] ?? []}::bigint[])`.execute(work.query);
    await sql`insert into ${name} overriding system value
      select * from jsonb_populate_recordset(null::${name}, ${JSON.stringify(removed[table] ?? [])}::jsonb)
      on conflict do nothing`.execute(work.query);
  }
}

async function writePeople(work: Work, kept: Person, gone: Person, { filled, gone: was }: Journal): Promise<void> {
  const { query } = work;
  const empty: Record<string, unknown> = { addressLines: [], birthday: null, secondaryEmail: null };
  // What the survivor has changed since is theirs.
  const still = Object.entries(filled).filter(
    ([column, value]) => JSON.stringify(kept[column as keyof Person]) === JSON.stringify(value),
  );
  const cleared = Object.fromEntries(still.map(([column]) => [column, column in empty ? empty[column] : ""]));
  await query
    .updateTable("person")
    .set({ ...cleared, version: kept.version + 1 })
    .where("id", "=", kept.id)
    .execute();
  const restored = {
    registration: was.registration,
    mergedInto: null,
    ...(was.email !== null && { email: was.email }),
  };
  await query
    .updateTable("person")
    .set({ ...restored, version: gone.version + 1 })
    .where("id", "=", gone.id)
    .execute();
  for (const person of [kept, gone]) work.forget(person, Person);
}
