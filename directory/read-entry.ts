// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// One person's entry as it is, with all groups.

import type { Client } from "ldapts";
import { all, type Entry, findPerson, type Tree } from "./entry.ts";
import { isLocked, stateAttributes } from "./entry-state.ts";
import { findGroups } from "./groups.ts";

export async function readEntry(client: Client, tree: Tree, username: string): Promise<Entry | undefined> {
  const found = await findPerson(client, tree, username, stateAttributes);
  if (found === undefined) return undefined;
  const first = (name: string): string | undefined => all(found, name)[0];
  const [givenName, mailLocalAddress] = [first("givenName"), first("mailLocalAddress")];
  return {
    id: first("entryUUID") ?? "",
    username,
    displayName: first("displayName") ?? first("cn") ?? "",
    ...(givenName === undefined ? {} : { givenName }),
    surname: first("sn") ?? "",
    mail: first("mail") ?? "",
    ...(mailLocalAddress === undefined ? {} : { mailLocalAddress }),
    groups: (await findGroups(client, tree, found.dn)).map(({ name }) => name),
    ...(isLocked(found) && { isLocked: true }),
  };
}
