// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// A person's entry (inetOrgPerson, RFC 2798) and their groups (groupOfNames, RFC 4519): names, reading, writing.

import {
  AlreadyExistsError,
  AndFilter,
  Attribute,
  Change,
  type Client,
  DN,
  EqualityFilter,
  NoSuchAttributeError,
  NoSuchObjectError,
  ObjectClassViolationError,
  type Entry as RawEntry,
  TypeOrValueExistsError,
} from "ldapts";

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

/** The one person with this username; nobody when there is none, or more than one. */
export async function findPerson(
  client: Client,
  tree: Tree,
  username: string,
  attributes: string[],
): Promise<RawEntry | undefined> {
  const isPerson = new EqualityFilter({ attribute: "objectClass", value: "inetOrgPerson" });
  const filter = new AndFilter({ filters: [isPerson, new EqualityFilter({ attribute: "uid", value: username })] });
  const limits = { sizeLimit: 2, timeLimit: 5, derefAliases: "never" } as const;
  const found = await client.search(tree.people, { scope: "sub", filter, attributes, ...limits });
  return found.searchEntries.length === 1 ? found.searchEntries[0] : undefined;
}

export async function findDn(client: Client, tree: Tree, username: string): Promise<string | undefined> {
  return (await findPerson(client, tree, username, ["1.1"]))?.dn;
}

export async function readEntry(client: Client, tree: Tree, username: string): Promise<Entry | undefined> {
  const names = ["uid", "displayName", "cn", "givenName", "sn", "mail", "mailLocalAddress", "entryUUID"];
  const found = await findPerson(client, tree, username, names);
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
    groups: await readGroups(client, tree, found.dn),
  };
}

export async function readGroups(client: Client, tree: Tree, dn: string): Promise<string[]> {
  return (await findGroups(client, tree, dn)).map((group) => group.name).sort();
}

/** Also groups that were made by hand, of whatever name. */
async function findGroups(client: Client, tree: Tree, dn: string): Promise<{ name: string; dn: string }[]> {
  const isGroup = new EqualityFilter({ attribute: "objectClass", value: "groupOfNames" });
  const filter = new AndFilter({ filters: [isGroup, new EqualityFilter({ attribute: "member", value: dn })] });
  const found = await client.search(tree.groups, {
    scope: "one",
    filter,
    attributes: ["cn"],
    timeLimit: 5,
    paged: true,
  });
  return found.searchEntries.map((group) => ({ name: all(group, "cn")[0] ?? "", dn: group.dn }));
}

/** Adds the entry or changes what differs from the desired state; safe to repeat. */
export async function writeAttributes(
  client: Client,
  tree: Tree,
  entry: DesiredEntry,
  hasLocalMail: boolean,
): Promise<string> {
  const desired = attributesOf(entry, hasLocalMail);
  const present = await findPerson(client, tree, entry.username, ["objectClass", ...Object.keys(desired)]);
  if (present === undefined) {
    const dn = tree.person(entry.username);
    const given = Object.entries(desired).filter(([, values]) => values.length > 0);
    await client.add(dn, Object.fromEntries([["uid", [entry.username]], ...given]));
    return dn;
  }
  const classes = all(present, "objectClass");
  const missing = (desired.objectClass ?? []).filter(
    (it) => !classes.some((has) => has.toLowerCase() === it.toLowerCase()),
  );
  desired.objectClass = missing.length > 0 ? [...classes, ...missing] : classes;
  const differing = Object.entries(desired).filter(([type, values]) => !isSame(values, all(present, type)));
  if (differing.length > 0)
    await client.modify(
      present.dn,
      differing.map(([type, values]) => change("replace", type, values)),
    );
  return present.dn;
}

function attributesOf(entry: DesiredEntry, hasLocalMail: boolean): Record<string, string[]> {
  const local = entry.mailLocalAddress === undefined ? [] : [entry.mailLocalAddress];
  return {
    objectClass: ["inetOrgPerson", ...(hasLocalMail ? ["inetLocalMailRecipient"] : [])],
    cn: [entry.displayName],
    displayName: [entry.displayName],
    givenName: entry.givenName ? [entry.givenName] : [],
    sn: [entry.surname],
    mail: [entry.mail],
    ...(hasLocalMail ? { mailLocalAddress: local, mailRoutingAddress: local.length > 0 ? [entry.mail] : [] } : {}),
  };
}

function isSame(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((value) => right.includes(value));
}

/** Makes `dn` a member of exactly these groups; a group that does not exist yet is made. */
export async function writeGroups(client: Client, tree: Tree, dn: string, wanted: string[]): Promise<void> {
  const present = await findGroups(client, tree, dn);
  const isIn = (name: string, names: string[]): boolean => names.some((it) => it.toLowerCase() === name.toLowerCase());
  const names = present.map((group) => group.name);
  for (const name of wanted) if (!isIn(name, names)) await join(client, tree, dn, name);
  for (const group of present) if (!isIn(group.name, wanted)) await leave(client, group.dn, dn, tree.nobody);
}

async function join(client: Client, tree: Tree, dn: string, name: string): Promise<void> {
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

async function leave(client: Client, group: string, dn: string, nobody: string): Promise<void> {
  const removal = change("delete", "member", [dn]);
  try {
    await client.modify(group, removal).catch(unless(NoSuchAttributeError));
  } catch (error) {
    if (!(error instanceof ObjectClassViolationError)) throw error;
    await client.modify(group, [change("add", "member", [nobody]), removal]);
  }
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
