// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// All entries of people, page by page (RFC 2696), with what it takes to compare them with what shall be.

import type { Client, Entry as RawEntry } from "ldapts";
import { all, isPerson, type Tree } from "./entry.ts";
import { markOf, stateAttributes, stateOfFound } from "./entry-state.ts";
import { readMembers, sameDn } from "./groups.ts";

export interface ListedEntry {
  id: string;
  /** One, unless somebody meddled. */
  usernames: string[];
  /** As it stands there, one or more. */
  mail: string[];
  name: string;
  /** Those of our groups that they are in. */
  groups: string[];
  /** Equal to that of `Directory.markOf` when nothing differs. */
  mark: string;
}

const pageSize = 200;

/** The client must be nobody else's: a server remembers one place in a list for each connection. */
export async function* listEntries(
  client: Client,
  tree: Tree,
  ourGroups: string[],
  hasLocalMail: boolean,
): AsyncGenerator<ListedEntry[]> {
  const groupsOf = await readMembers(client, tree, ourGroups);
  const describe = (found: RawEntry): ListedEntry => {
    const groups = groupsOf.get(sameDn(found.dn)) ?? [];
    // A hundred thousand of them are a burden.
    groupsOf.delete(sameDn(found.dn));
    return {
      id: all(found, "entryUUID")[0] ?? "",
      usernames: all(found, "uid"),
      mail: all(found, "mail"),
      name: all(found, "cn")[0] ?? "",
      groups,
      mark: markOf(stateOfFound(found, groups, hasLocalMail)),
    };
  };
  const wanted = { scope: "sub", filter: isPerson, attributes: stateAttributes, paged: { pageSize } } as const;
  for await (const { searchEntries } of client.searchPaginated(tree.people, wanted)) yield searchEntries.map(describe);
}
