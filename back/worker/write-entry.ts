// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Brings one entry of the directory up to date with its account; groups that are there already stay as they are.
import type { Directory } from "@cdb/directory/directory.ts";
import { desiredEntry } from "../data/accounts/directory-entry.ts";
import type { Database } from "../data/database.ts";

/** Safe to repeat, and right whichever of two comes last: it looks at the newest state. Throws DirectoryUnavailable. */
export async function writeEntry(database: Database, directory: Directory, username: string): Promise<void> {
  const desired = await database.read({ kind: "worker" }, (work) => desiredEntry(work, username));
  if (desired) await directory.writeEntry({ ...desired, groups: await directory.groupsOf(username) });
  else await directory.removeEntry(username);
}
