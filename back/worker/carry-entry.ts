// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Carries the newest state of one account into the directory: adds, renames, changes, locks or removes its entry.
import type { Directory } from "@cdb/directory/directory.ts";
import type { DesiredEntry as DirectoryEntry } from "@cdb/directory/entry.ts";
import type { Difference } from "@cdb/directory/entry-state.ts";
import type { Known } from "@cdb/directory/write-entry.ts";
import { type DesiredEntry, desiredEntry, markWritten } from "../data/accounts/directory-entry.ts";
import { findByUsername, type KnownEntry, markRemoved } from "../data/accounts/known-entry.ts";
import type { Actor } from "../data/actor.ts";
import type { Database, Work } from "../data/database.ts";

export interface Carried {
  /** What the account is called now. */
  username: string;
  /** Of the entry that was looked at; "" when there is none. */
  entryId: string;
  /** What the directory showed otherwise. */
  differences: Difference[];
  /** It was known to be on its way: no difference that anybody has to hear of. */
  wasWaiting: boolean;
}

const worker: Actor = { kind: "worker" };

/**
 * Safe to repeat, and right whichever of two comes last: one at a time for each account, it looks at the newest state. `entryId`
 * is of an account that may be gone. Throws DirectoryUnavailable, DirectoryRefused, EntryTaken.
 */
export async function carryEntry(
  database: Database,
  directory: Directory,
  { username, entryId = null }: { username: string; entryId?: string | null | undefined },
  { dryRun = false } = {},
): Promise<Carried> {
  for (;;) {
    const name = await database.read(worker, (work) => nameNow(work, username));
    const carried = await database.alone(worker, `entry ${name}`, async (work) => {
      // Renamed while we waited: then it is another lock that holds.
      if ((await nameNow(work, username)) !== name) return undefined;
      const known = await findByUsername(work, username);
      const desired = known && (await desiredEntry(work, known.username));
      return desired
        ? await show(work, directory, desired, known, dryRun)
        : await hide(work, directory, known ?? erased(username, entryId), dryRun);
    });
    if (carried) return carried;
  }
}

/** What the directory is asked to show of an account. */
export function asDirectoryEntry(desired: DesiredEntry): DirectoryEntry {
  const { username, displayName, givenName, surname, mail, mailLocalAddress, groups } = desired;
  return {
    ...{ username, displayName, surname, mail, groups },
    ...(givenName !== undefined && { givenName }),
    ...(mailLocalAddress !== undefined && { mailLocalAddress }),
    isLocked: desired.state === "paused",
  };
}

async function show(
  work: Work,
  directory: Directory,
  desired: DesiredEntry,
  known: KnownEntry,
  dryRun: boolean,
): Promise<Carried> {
  const { id, differences } = await directory.writeEntry(asDirectoryEntry(desired), knownOf(work, known), { dryRun });
  if (!dryRun) await markWritten(work, desired.accountId, { version: desired.version, entryId: id });
  return { username: desired.username, entryId: id, differences, wasWaiting: known.isWaiting };
}

async function hide(work: Work, directory: Directory, known: KnownEntry, dryRun: boolean): Promise<Carried> {
  const id = await directory.removeEntry(known.username, knownOf(work, known), { dryRun });
  if (!dryRun) await markRemoved(work, known.accountId);
  const differences: Difference[] = id === undefined ? [] : [{ kind: "extra", what: "entry of a closed account" }];
  return { username: known.username, entryId: id ?? "", differences, wasWaiting: known.isWaiting };
}

function knownOf({ organisation }: Work, { entryId, formerUsernames }: KnownEntry): Known {
  return { id: entryId, formerUsernames, ourGroups: organisation.groups.map(({ name }) => name) };
}

function erased(username: string, entryId: string | null): KnownEntry {
  return { accountId: 0, username, formerUsernames: [], entryId, isWaiting: true };
}

async function nameNow(work: Work, username: string): Promise<string> {
  return (await findByUsername(work, username))?.username ?? username;
}
