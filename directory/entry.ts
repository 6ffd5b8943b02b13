// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A person's entry (inetOrgPerson, RFC 2798): how it is named, found, and read.

import { AndFilter, Attribute, Change, type Client, DN, EqualityFilter, type Entry as RawEntry } from "ldapts";

/** The entry as it shall be. Texts are Unicode, `mail` and `mailLocalAddress` ASCII addresses, groups plain names. */
export interface DesiredEntry {
  username: string;
  displayName: string;
  givenName?: string;
  surname: string;
  mail: string;
  /** An address of the organisation that is forwarded to `mail` (inetLocalMailRecipient), where the schema knows it. */
  mailLocalAddress?: string;
  groups: string[];
  /** No password opens it, until it is unlocked (pwdEndTime, draft-behera-ldap-password-policy-10); the password stays. */
  isLocked?: boolean;
}

/** The entry as it is; `id` (entryUUID, RFC 4530) stays the same when it is renamed. */
export interface Entry extends DesiredEntry {
  id: string;
}

/** Where everything is, below the base DN. */
export class Tree {
  readonly base: string;
  readonly people: string;
  readonly groups: string;
  /** A groupOfNames needs a member; this one stands in groups that have no other. */
  readonly nobody: string;
  /** Bound to when there is nobody to bind to, so that no sign-in is quicker than another. */
  readonly decoy: string;

  constructor(base: string) {
    this.base = base;
    this.people = `ou=people,${base}`;
    this.groups = `ou=groups,${base}`;
    this.nobody = `cn=nobody,ou=system,${base}`;
    this.decoy = `uid=decoy,ou=system,${base}`;
  }

  person(username: string): string {
    return `${new DN().addPairRDN("uid", username)},${this.people}`;
  }

  group(name: string): string {
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name) || name.endsWith(" "))
      throw new Error("Not the name of a group");
    return `${new DN().addPairRDN("cn", name)},${this.groups}`;
  }
}

export function isUsername(text: string): boolean {
  return /^[a-z][a-z0-9._-]{2,31}$/.test(text);
}

export function assertUsername(username: string): void {
  if (!isUsername(username))
    throw new Error("A username has 3 to 32 characters: a-z first, then a-z, 0-9, dot, hyphen, underscore");
}

/** All values of an attribute. The library gives one value as string, none as [], and keeps the server's spelling of names. */
export function all(entry: RawEntry, name: string): string[] {
  const key = Object.keys(entry).find((it) => it.toLowerCase() === name.toLowerCase());
  const value = key === undefined ? [] : entry[key];
  return (Array.isArray(value) ? value : [value ?? []].flat()).map((it) => it.toString());
}

export const isPerson: EqualityFilter = new EqualityFilter({ attribute: "objectClass", value: "inetOrgPerson" });

/** The one person with this username; nobody when there is none, or more than one. */
export async function findPerson(
  client: Client,
  tree: Tree,
  username: string,
  attributes: string[],
): Promise<RawEntry | undefined> {
  return await findOne(client, tree, "uid", username, attributes);
}

/** The one person with this value of an attribute; nobody when there is none, or more than one. */
export async function findOne(
  client: Client,
  tree: Tree,
  attribute: string,
  value: string,
  attributes: string[],
): Promise<RawEntry | undefined> {
  const filter = new AndFilter({ filters: [isPerson, new EqualityFilter({ attribute, value })] });
  const limits = { sizeLimit: 2, timeLimit: 5, derefAliases: "never" } as const;
  const found = await client.search(tree.people, { scope: "sub", filter, attributes, ...limits });
  return found.searchEntries.length === 1 ? found.searchEntries[0] : undefined;
}

export async function findDn(client: Client, tree: Tree, username: string): Promise<string | undefined> {
  return (await findPerson(client, tree, username, ["1.1"]))?.dn;
}

/** For `catch`: passes over an error of this kind, which means that somebody else was quicker. */
export function unless(kind: abstract new (...args: never[]) => Error): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof kind)) throw error;
  };
}

export function change(operation: "add" | "delete" | "replace", type: string, values: string[]): Change {
  return new Change({ operation, modification: new Attribute({ type, values }) });
}
