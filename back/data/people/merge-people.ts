// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Merging: two records turn out to be one human. All that the one has goes to the other, and a journal keeps what it takes to undo it.
import { sql } from "kysely";
import { queueEntry } from "../accounts/directory-entry.ts";
import { describeActor } from "../actor.ts";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import { movingTables, type Once } from "../privacy/merge-rules.ts";
import { refreshStats } from "../selectors/person-stats.ts";
import { decide } from "./duplicates.ts";
import { findPlannedErasure } from "./erasure.ts";
import { keepWithdrawals } from "./merge-consents.ts";
import { type Journal, Merge } from "./merge-journal.ts";
import { Person } from "./person.ts";

// Under a second, after which PostgreSQL looks for deadlocks: whoever waits for us in the other order goes on, and we give up.
const patienceMs = 600;

/**
 * Moves all that `goneId` has to `keepId`, who keeps their own values and gets those that they lack. Only ever asked for by a person.
 * Throws Conflict for people who cannot be one: blocked, erased or merged, both with an account, about to leave, or busy just now.
 */
export async function mergePeople(work: Work, keepId: number, goneId: number, reason: string): Promise<Merge> {
  if (keepId === goneId) throw new Invalid("same-person", "This is one and the same person.");
  return giveUpSoon(work, async () => {
    const [keep, gone] = await lockBoth(work, keepId, goneId);
    await refuseUnlike(work, keep, gone);
    await keepWithdrawals(work, keep.id, gone.id);
    const journal: Journal = {
      ...(await moveRows(work, keep.id, gone.id)),
      links: await stopLinks(work, gone.id),
      ...fillingOf(keep, gone),
    };
    await writePeople(work, keep, gone, journal);
    const done = { mergedAt: work.now, mergedBy: describeActor(work.actor), unmergedAt: null };
    const merge = await work.add(Merge, { keptId: keep.id, goneId: gone.id, journal, reason, ...done }, "merged");
    await decide(work, keep.id, gone.id, "merged");
    await settle(work, [keep.id, gone.id]);
    work.tell(keep.id, "merge", merge.id, "merged", reason);
    work.tell(gone.id, "merge", merge.id, "merged-away", reason);
    return merge;
  });
}

/** Runs a verb that locks people while others may have locked what is theirs. Throws Conflict when it would have to wait. */
export async function giveUpSoon<T>(work: Work, verb: () => Promise<T>): Promise<T> {
  const wait = (ms: number) => sql`select set_config('lock_timeout', ${String(ms)}, true)`.execute(work.query);
  await wait(patienceMs);
  try {
    const result = await verb();
    await wait(0);
    return result;
  } catch (error) {
    // 55P03: waited too long; 40P01: a deadlock after all.
    if (["55P03", "40P01"].includes(String((error as { code?: unknown }).code)))
      throw new Conflict("person-busy", "Something of these two is being changed just now. Try again.");
    throw error;
  }
}

/** Both, as they are now, and nobody else changes them until this transaction ends. In one order for all. */
export async function lockBoth(work: Work, oneId: number, otherId: number): Promise<[Person, Person]> {
  const { rows } = await sql<Record<string, unknown>>`select * from person where id in (${oneId}, ${otherId})
    order by id for update`.execute(work.query);
  for (const row of rows) work.adopt(Person, row, true);
  return [await work.get(Person, oneId), await work.get(Person, otherId)];
}

/** What both carry further once rows have moved: their figures, and the directory. */
export async function settle(work: Work, people: number[]): Promise<void> {
  await refreshStats(work, people);
  for (const id of people) await queueEntry(work, id);
}

async function refuseUnlike(work: Work, keep: Person, gone: Person): Promise<void> {
  for (const person of [keep, gone]) {
    if (!person.isActive())
      throw new Conflict("person-not-active", "Somebody who is blocked, erased or merged already cannot be merged.");
    if (await findPlannedErasure(work, person.id))
      throw new Conflict("erasure-planned", "One of them is about to leave; that would have to be taken back first.");
  }
  // An address that nobody confirmed may be anybody's.
  if (gone.isConfirmed() && !keep.isConfirmed())
    throw new Conflict("survivor-unconfirmed", "Keep the one who is confirmed.");
  const { rows } = await sql`select from account where person_id in (${keep.id}, ${gone.id})`.execute(work.query);
  if (rows.length === 2)
    throw new Conflict("two-accounts", "Both have an account, and two usernames cannot become one.");
}

async function moveRows(work: Work, keepId: number, goneId: number): Promise<Pick<Journal, "moved" | "removed">> {
  const [moved, removed]: [Journal["moved"], Journal["removed"]] = [{}, {}];
  for (const { table, column, once } of movingTables) {
    const doubles = once ? await removeDoubles(work, table, column, once, keepId, goneId) : [];
    if (doubles.length > 0) removed[table] = doubles;
    const owner = sql.ref(column);
    const { rows } = await sql<{ id: number }>`update ${sql.table(table)} set ${owner} = ${keepId}
      where ${owner} = ${goneId} returning id`.execute(work.query);
    if (rows.length > 0) moved[table] = rows.map(({ id }) => id);
  }
  return { moved, removed };
}

async function removeDoubles(
  work: Work,
  table: string,
  column: string,
  { alike, counts, better }: Once,
  keepId: number,
  goneId: number,
): Promise<Record<string, unknown>[]> {
  const [name, owner] = [sql.table(table), sql.ref(column)];
  const same = alike.map((its) => sql`kept.${sql.ref(its)} = gone.${sql.ref(its)}`);
  const { rows } = await sql<{ row: Record<string, unknown> }>`delete from ${name} as doubled using (
      select case when ${sql.raw(better("gone"))} and not ${sql.raw(better("kept"))} then kept.id else gone.id end as id
      from ${name} as kept join ${name} as gone on ${sql.join(same, sql` and `)}
      where kept.${owner} = ${keepId} and gone.${owner} = ${goneId}
        and ${sql.raw(counts("kept"))} and ${sql.raw(counts("gone"))}) as worse
    where doubled.id = worse.id returning to_jsonb(doubled) as row`.execute(work.query);
  return rows.map(({ row }) => row);
}

/** Only the links that take a consent back stay alive: an objection is never too late. */
async function stopLinks(work: Work, personId: number): Promise<Journal["links"]> {
  const { rows } = await sql<Journal["links"][number]>`select id, uses_left from signed_link
    where person_id = ${personId} and uses_left > 0 and command <> 'unsubscribe' order by id for update`.execute(
    work.query,
  );
  await sql`update signed_link set uses_left = 0, version = version + 1
    where id = any(${rows.map(({ id }) => id)}::uuid[])`.execute(work.query);
  return rows;
}

/** A postal address is one thing: a street of the one and a city of the other would be nobody's. */
function fillingOf(keep: Person, gone: Person): Pick<Journal, "filled" | "gone"> {
  const email = gone.isConfirmed() && keep.secondaryEmail === null ? gone.email : null;
  return {
    filled: {
      ...(isHomeless(keep) && !isHomeless(gone) && addressOf(gone)),
      ...(keep.birthday === null && gone.birthday && { birthday: gone.birthday }),
      ...(email !== null && { secondaryEmail: email }),
    },
    gone: { registration: gone.isConfirmed() ? "confirmed" : "unconfirmed", email },
  };
}

function addressOf({ addressLines, postcode, city, region, country }: Person) {
  return { addressLines, postcode, city, region, country };
}

function isHomeless(person: Person): boolean {
  return Object.values(addressOf(person)).flat().join("") === "";
}

// Past the records, so that the values stand in the journal alone: what is taken back leaves nothing of the other behind.
async function writePeople(work: Work, keep: Person, gone: Person, journal: Journal): Promise<void> {
  const { query, now } = work;
  const free = journal.gone.email === null ? {} : { email: null };
  const merged = { ...free, registration: "merged", mergedInto: keep.id, signedOutAt: now } as const;
  await query
    .updateTable("person")
    .set({ ...merged, version: gone.version + 1 })
    .where("id", "=", gone.id)
    .execute();
  await query
    .updateTable("person")
    .set({ ...journal.filled, version: keep.version + 1 })
    .where("id", "=", keep.id)
    .execute();
  work.queue({ name: "end-sign-ins", uuid: gone.uuid, at: now.toString(), mergedInto: keep.uuid });
  for (const person of [keep, gone]) work.forget(person, Person);
}
