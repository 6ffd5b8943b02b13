// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Who is in which group (groupOfNames, RFC 4519).

import {
  AlreadyExistsError,
  AndFilter,
  type Client,
  EqualityFilter,
  NoSuchAttributeError,
  NoSuchObjectError,
  ObjectClassViolationError,
  TypeOrValueExistsError,
} from "ldapts";
import { all, change, type Tree, unless } from "./entry.ts";

export interface Group {
  name: string;
  dn: string;
}

/** The groups a person is in, also those that were made by hand, of whatever name; by name. */
export async function findGroups(client: Client, tree: Tree, dn: string): Promise<Group[]> {
  const isGroup = new EqualityFilter({ attribute: "objectClass", value: "groupOfNames" });
  const filter = new AndFilter({ filters: [isGroup, new EqualityFilter({ attribute: "member", value: dn })] });
  const found = await client.search(tree.groups, {
    scope: "one",
    filter,
    attributes: ["cn"],
    timeLimit: 5,
    paged: true,
  });
  return found.searchEntries
    .map((group) => ({ name: all(group, "cn")[0] ?? "", dn: group.dn }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Names that differ in case alone are one group's. */
export function isIn(name: string, names: string[]): boolean {
  return names.some((it) => it.toLowerCase() === name.toLowerCase());
}

/** A group that does not exist yet is made. */
export async function join(client: Client, tree: Tree, dn: string, name: string): Promise<void> {
  const group = tree.group(name);
  const become = (): Promise<void> =>
    client.modify(group, change("add", "member", [dn])).catch(unless(TypeOrValueExistsError));
  try {
    await become();
  } catch (error) {
    if (!(error instanceof NoSuchObjectError)) throw error;
    await client
      .add(group, { objectClass: ["groupOfNames"], cn: [name], member: [tree.nobody] })
      .catch(unless(AlreadyExistsError));
    await become();
  }
}

export async function leave(client: Client, group: string, dn: string, nobody: string): Promise<void> {
  const removal = change("delete", "member", [dn]);
  try {
    await client.modify(group, removal).catch(unless(NoSuchAttributeError));
  } catch (error) {
    if (!(error instanceof ObjectClassViolationError)) throw error;
    await client.modify(group, [change("add", "member", [nobody]), removal]);
  }
}

/** Of each of these groups the members, by the spelling of `sameDn`. What is not there has none. */
export async function readMembers(client: Client, tree: Tree, names: string[]): Promise<Map<string, string[]>> {
  const groupsOf = new Map<string, string[]>();
  for (const name of names) {
    const found = await client
      .search(tree.group(name), { scope: "base", attributes: ["member"] })
      .catch(unless(NoSuchObjectError));
    for (const member of found?.searchEntries.flatMap((group) => all(group, "member")) ?? []) {
      const dn = sameDn(member);
      groupsOf.set(dn, [...(groupsOf.get(dn) ?? []), name]);
    }
  }
  return groupsOf;
}

/** One spelling for the ways in which servers and people write the same name. */
export function sameDn(dn: string): string {
  return dn.toLowerCase().replace(/\s*,\s*/g, ",");
}
