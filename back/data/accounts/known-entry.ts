// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// By what the directory's entry of an account may be found, whatever the account's state: also of one that shall have no entry.
import { sql } from "kysely";
import type { Work } from "../database.ts";

export interface KnownEntry {
  accountId: number;
  /** What the account is called now. */
  username: string;
  formerUsernames: string[];
  /** entryUUID, RFC 4530; null: not known yet. */
  entryId: string | null;
  /** A change of the account is still on its way into the directory. */
  isWaiting: boolean;
}

/** Of the account that has this username, or had it before; undefined: there is none, or it was erased. */
export function findByUsername(work: Work, username: string): Promise<KnownEntry | undefined> {
  return find(work, "username = $1 or (former_usernames @> array[$1] and former_usernames <> '{}')", username);
}

/** Of the account to which this entry of the directory belongs. */
export function findByEntry(work: Work, entryId: string): Promise<KnownEntry | undefined> {
  return find(work, "entry_id = $1::uuid", entryId);
}

async function find(work: Work, condition: string, value: string): Promise<KnownEntry | undefined> {
  const [found] = await work.rows<KnownEntry>(
    `select id as "accountId", username, former_usernames as "formerUsernames", entry_id as "entryId",
      written_version < desired_version as "isWaiting" from account where ${condition} limit 1`,
    [value],
  );
  return found;
}

/** The entry is gone, and so is the name by which the directory knew it. */
export async function markRemoved(work: Work, accountId: number): Promise<void> {
  await sql`update account set written_version = desired_version, entry_id = null
    where id = ${accountId} and state = 'closed'`.execute(work.query);
}
