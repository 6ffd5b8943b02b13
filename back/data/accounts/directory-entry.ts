// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the directory shall show of accounts: computed from the newest state, so that writing it twice or late does no harm.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { asciiAddress } from "../people/email-spelling.ts";
import { groupsOfAll } from "./standing.ts";

export interface DesiredEntry {
  accountId: number;
  username: string;
  /** Names under which the entry may still stand: it is renamed, and keeps its password. */
  formerUsernames: string[];
  /** By which name the directory knows the entry (entryUUID, RFC 4530); null: not known yet. */
  entryId: string | null;
  /** Paused: the entry stays with its password, but opens nothing, is in no group and gets no mail. */
  state: "open" | "paused";
  /** Grows with every change of this entry; `markWritten` tells which the directory shows. */
  version: number;
  displayName: string;
  givenName?: string;
  surname: string;
  mail: string;
  /** Forwards to `mail`, while the account is open. */
  mailLocalAddress?: string;
  /** Groups of the profile; those of the directory that the profile does not name are not ours. */
  groups: string[];
}

/** Has the worker bring the directory up to date with this person's account, if they have one. */
export async function queueEntry(work: Work, personId: number): Promise<void> {
  // The person first, then what is theirs: everybody locks in this order, so that no two wait for each other.
  const { rows } = await sql<{ username: string }>`
    with owner as (select id from person where id = ${personId} for no key update)
    update account set desired_version = desired_version + 1 from owner where person_id = owner.id
    returning username`.execute(work.query);
  for (const { username } of rows) work.queue({ name: "write-entry", username });
}

/**
 * The entry of a username; undefined: there shall be none. A name that the account had before gives the entry as it is called now:
 * whoever carries it into the directory renames.
 */
export async function desiredEntry(work: Work, username: string): Promise<DesiredEntry | undefined> {
  // As an array, or PostgreSQL would walk through all accounts: it guesses that many had such a name before.
  const named = sql`account.id = any(array(select id from account where username = ${username}
    union all select id from account where former_usernames @> array[${username}]::text[] and former_usernames <> '{}'))`;
  return (await readEntries(work, named, 1))[0];
}

/** All entries that there shall be, by username (in the order of its bytes); `after` goes on from there. */
export function desiredEntries(work: Work, after: string, limit: number): Promise<DesiredEntry[]> {
  return readEntries(work, sql`username collate "C" > ${after}`, limit);
}

/** The directory shows this version now, in the entry that it knows by `entryId`. Safe to repeat, and to tell late. */
export async function markWritten(
  work: Work,
  accountId: number,
  { version, entryId }: { version: number; entryId: string },
): Promise<void> {
  await sql`update account set written_version = greatest(written_version, ${version}), entry_id = ${entryId}::uuid
    where id = ${accountId}`.execute(work.query);
}

interface Row {
  accountId: number;
  personId: number;
  username: string;
  formerUsernames: string[];
  entryId: string | null;
  state: "open" | "paused";
  version: number;
  name: string;
  email: string;
}

// Who is blocked keeps the entry as one who is paused: taking the block back is to change nothing else.
async function readEntries(work: Work, which: RawBuilder<unknown>, limit: number): Promise<DesiredEntry[]> {
  const { rows } = await sql<Row>`select account.id as account_id, person_id, username, former_usernames, entry_id,
      case when registration = 'blocked' then 'paused' else state end as state, desired_version as version, name, email
    from account join person on person.id = person_id
    where ${which} and state <> 'closed' and email is not null and registration not in ('erased', 'merged')
    order by username collate "C" limit ${limit}`.execute(work.query);
  const open = rows.filter(({ state }) => state === "open").map(({ personId }) => personId);
  const groups = await groupsOfAll(work, open);
  return rows.map((row) => describeEntry(work, row, groups.get(row.personId) ?? []));
}

function describeEntry(work: Work, { personId: _, name, email, ...account }: Row, groups: string[]): DesiredEntry {
  const [, givenName, surname = name] = /^(.+) (\S+)$/.exec(name.trim()) ?? [];
  return {
    ...account,
    displayName: name,
    ...(givenName && { givenName }),
    surname,
    // LDAP's mail has no letters beyond ASCII (RFC 4524).
    mail: asciiAddress(email),
    ...(account.state === "open" && { mailLocalAddress: `${account.username}@${work.organisation.usernames.domain}` }),
    groups,
  };
}
