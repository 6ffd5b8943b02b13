// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Finding people: by what they sign in with, and by any part of what staff remember.
import { sql } from "kysely";
import { Account } from "../accounts/account.ts";
import type { Work } from "../database.ts";
import { readReference } from "../donations/reference.ts";
import { Invalid, NotFound } from "../errors.ts";
import { addressKey, spellings } from "./email-spelling.ts";
import { Person } from "./person.ts";

/** The person with this email address, first or second, however it is written. */
export async function findByEmail(work: Work, email: string, lock?: "lock"): Promise<Person | undefined> {
  const wanted = spellings(email);
  const whose = sql`lower(email) = any(${wanted}) or lower(secondary_email) = any(${wanted})`;
  const found = await work.find(Person, whose, lock);
  return found && survivorOf(work, found, lock);
}

/** Who carries this person's records on: themselves, or whom they were merged into. */
export async function survivorOf(work: Work, person: Person, lock?: "lock"): Promise<Person> {
  return person.mergedInto === null ? person : work.get(Person, person.mergedInto, lock);
}

/** The numbers under which records of this person stand: their own, and those of people who were merged into them. */
export async function numbersOf(work: Work, personId: number): Promise<number[]> {
  const merged = await work.rows<{ id: number }>("select id from person where merged_into = $1 order by id", [
    personId,
  ]);
  return [personId, ...merged.map(({ id }) => id)];
}

/** Until this transaction ends nobody else takes these addresses, as their first or their second. */
export async function lockAddress(work: Work, ...emails: string[]): Promise<void> {
  // In one order, so that two who lock several never wait for each other.
  const addresses = emails.map(addressKey).sort();
  await work.rows(
    "select pg_advisory_xact_lock(hashtextextended('address ' || address, 0)) from unnest($1::text[]) as address",
    [addresses],
  );
}

/** The person whose `sub` this is in tokens. */
export function findByUuid(work: Work, uuid: string): Promise<Person | undefined> {
  return work.find(Person, sql`uuid = ${uuid}`);
}

export async function getByUuid(work: Work, uuid: string): Promise<Person> {
  const person = await findByUuid(work, uuid);
  if (!person) throw new NotFound("person-unknown", "There is no person with this identifier.");
  return person;
}

/** Who is meant by a username or an email address, as typed at sign-in; only people who may sign in. */
export async function findWhoSignsIn(
  work: Work,
  identifier: string,
): Promise<{ person: Person; username: string | null } | undefined> {
  const typed = identifier.trim();
  const account = typed.includes("@") ? undefined : await work.find(Account, sql`username = ${typed.toLowerCase()}`);
  const person = typed.includes("@")
    ? await findByEmail(work, typed)
    : account && (await work.get(Person, account.personId));
  if (!person?.isActive()) return undefined;
  return { person, username: await usernameOf(work, person.id) };
}

/** The username, while the account is open. */
export async function usernameOf(work: Work, personId: number): Promise<string | null> {
  const account = await work.find(Account, sql`person_id = ${personId}`);
  return account?.state === "open" ? account.username : null;
}

/**
 * By id, reference, username or email address: what an administrator types to name one person; of who was merged the survivor.
 * Throws NotFound.
 */
export async function getPerson(work: Work, name: string, lock?: "lock"): Promise<Person> {
  const typed = name.trim();
  const reference = readReference(work.organisation.referencePrefix, typed);
  const quoted = reference && reference.kind !== "merchandise" ? reference.personId : undefined;
  const id = /^\d{1,9}$/.test(typed) ? Number(typed) : quoted;
  if (id !== undefined) return survivorOf(work, await work.get(Person, id, lock), lock);
  const account = await work.find(Account, sql`username = ${typed.toLowerCase()}`);
  const found = account ? await work.get(Person, account.personId, lock) : await findByEmail(work, typed, lock);
  if (!found)
    throw new NotFound("person-unknown", "There is nobody with this id, reference, username or email address.");
  return found;
}

const newestIds = 20_000;

/** People whose name, email address, reference or username contains `text`, newest first. Throws Invalid under 3 letters. */
export async function findPeople(work: Work, text: string, limit: number): Promise<Person[]> {
  const wanted = text.trim().toLowerCase();
  if ([...wanted].length < 3) throw new Invalid("text-too-short", "Type at least 3 letters.", "text");
  const reference = readReference(work.organisation.referencePrefix, wanted);
  const personId = reference && reference.kind !== "merchandise" ? reference.personId : null;
  const like = `%${wanted.replace(/[\\%_]/g, "\\$&")}%`;
  const fits = sql`(lower(name) like ${like} or lower(email) like ${like} or lower(secondary_email) like ${like} or id = ${personId})`;
  const visible = sql`registration not in ('erased', 'merged')`;
  // What very many have is soon found among the newest; what few have, by the index. The other way round each would take seconds.
  const { rows: newest } = await sql<Record<string, unknown>>`select * from person where ${visible} and ${fits}
      and id > (select max(id) from person) - ${newestIds} order by id desc limit ${limit}`.execute(work.query);
  const rows = newest.length === limit ? newest : (await everywhere()).rows;
  function everywhere() {
    return sql<Record<string, unknown>>`select * from person where ${visible} and id in (
        select coalesce(merged_into, id) from person where ${fits}
        union select person_id from account where username like ${like})
      order by id desc limit ${limit}`.execute(work.query);
  }
  return rows.map((row) => work.adopt(Person, row));
}
