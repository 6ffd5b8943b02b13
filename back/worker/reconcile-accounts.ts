// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The directory against the accounts: everything that differs is found, told, and mended on the side that does not own it.
import type { Directory } from "@cdb/directory/directory.ts";
import { DirectoryRefused, EntryTaken } from "@cdb/directory/errors.ts";
import type { ListedEntry } from "@cdb/directory/list-entries.ts";
import { desiredEntries } from "../data/accounts/directory-entry.ts";
import { findByEntry, findByUsername } from "../data/accounts/known-entry.ts";
import type { AccountReport } from "../data/accounts/reconcile.ts";
import type { Actor } from "../data/actor.ts";
import type { Database } from "../data/database.ts";
import { asDirectoryEntry, carryEntry } from "./carry-entry.ts";

const worker: Actor = { kind: "worker" };
const pageSize = 250;
const atOnce = 4;

/** What is remembered of an account between the two lists: a hundred thousand fit into little. */
interface Expected {
  mark: string;
  entryId: string | null;
}

/**
 * First both lists are compared by marks, then whatever seems to differ is looked at one by one, under its lock: what changed
 * meanwhile is no difference, and what is on its way is counted apart. Entries of nobody are told, never touched. Throws when the
 * directory does not answer to the end.
 */
export async function reconcileAccounts(
  database: Database,
  directory: Directory,
  { dryRun = false } = {},
): Promise<AccountReport> {
  const expected = await readExpected(database, directory);
  const report: AccountReport = { accounts: expected.size, entries: 0, waiting: 0, differences: [] };
  const strangers: ListedEntry[] = [];
  const ourGroups = database.organisation.groups.map(({ name }) => name);
  for await (const page of directory.listEntries(ourGroups)) {
    report.entries += page.length;
    for (const entry of page) if (!recognise(expected, entry)) strangers.push(entry);
  }
  const shown = new Set<string>();
  await inTurn(expected.keys(), async (username) => {
    shown.add(await lookAt(database, directory, report, username, dryRun));
  });
  await inTurn(strangers.values(), async (entry) => {
    if (!shown.has(entry.id)) await lookAtStranger(database, directory, report, entry, dryRun);
  });
  report.differences.sort((one, other) => (one.username < other.username ? -1 : 1));
  return report;
}

async function readExpected(database: Database, directory: Directory): Promise<Map<string, Expected>> {
  const markOf = await directory.marker();
  const expected = new Map<string, Expected>();
  for (let after = "", more = true; more; ) {
    const page = await database.read(worker, (work) => desiredEntries(work, after, pageSize));
    for (const desired of page) {
      const { username, entryId } = desired;
      expected.set(username, { mark: markOf(asDirectoryEntry(desired)), entryId });
    }
    more = page.length === pageSize;
    after = page.at(-1)?.username ?? after;
  }
  return expected;
}

/** Takes what is as it should be off the list; false: it is nobody's, at first sight. */
function recognise(expected: Map<string, Expected>, { id, usernames, mark }: ListedEntry): boolean {
  const username = usernames.map((it) => it.toLowerCase()).find((it) => expected.has(it));
  const account = username === undefined ? undefined : expected.get(username);
  if (username === undefined || account === undefined) return false;
  if (account.entryId !== null && account.entryId !== id) return false;
  // One that we do not know by its id yet is looked at, so that we do.
  if (account.entryId === id && account.mark === mark) expected.delete(username);
  return true;
}

/** The id of the account's entry. */
async function lookAt(
  database: Database,
  directory: Directory,
  report: AccountReport,
  username: string,
  dryRun: boolean,
): Promise<string> {
  try {
    const carried = await carryEntry(database, directory, { username }, { dryRun });
    if (carried.wasWaiting) report.waiting += 1;
    else for (const each of carried.differences) report.differences.push({ ...each, username, mended: !dryRun });
    return carried.entryId;
  } catch (error) {
    if (!(error instanceof DirectoryRefused || error instanceof EntryTaken)) throw error;
    report.differences.push({ kind: "missing", what: error.message, username, mended: false });
    return "";
  }
}

async function lookAtStranger(
  database: Database,
  directory: Directory,
  report: AccountReport,
  { id, usernames, groups }: ListedEntry,
  dryRun: boolean,
): Promise<void> {
  const [username = ""] = usernames;
  const account = await database.read(
    worker,
    async (work) => (await findByEntry(work, id)) ?? (await findByUsername(work, username.toLowerCase())),
  );
  // Opened, renamed or closed since the list was made, or it should have been gone long ago.
  if (account && (await lookAt(database, directory, report, account.username, dryRun)) === id) return;
  const what = groups.length > 0 ? `entry of nobody, in ${groups.join(", ")}` : "entry of nobody";
  report.differences.push({ kind: "extra", what, username, mended: false });
}

/** A few at once, so that a thousand differences do not take a thousand round trips of waiting. */
async function inTurn<T>(all: Iterator<T>, look: (each: T) => Promise<void>): Promise<void> {
  const go = async (): Promise<void> => {
    for (let next = all.next(); !next.done; next = all.next()) await look(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, go));
}
