// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// Brings one entry with its memberships to the state in which it shall be, and tells what was otherwise.

import { type Client, NoSuchObjectError, type Entry as RawEntry, TypeOrValueExistsError } from "ldapts";
import { all, change, type DesiredEntry, findOne, findPerson, type Tree, unless } from "./entry.ts";
import {
  compare,
  type Difference,
  lockedForEver,
  type State,
  stateAttributes,
  stateOfDesired,
  stateOfFound,
} from "./entry-state.ts";
import { EntryTaken } from "./errors.ts";
import { findGroups, type Group, isIn, join, leave, sameDn } from "./groups.ts";

/** What is known of an entry besides what it shall show. */
export interface Known {
  /** By which name the server knows it (entryUUID, RFC 4530): it is found whatever it is called. */
  id: string | null;
  /** It may still stand under one of these: then it is renamed, and keeps its password. */
  formerUsernames: string[];
  /** The groups that we keep; memberships in others stay as they are. */
  ourGroups: string[];
}

export interface Written {
  /** "" of one that would have been added. */
  id: string;
  /** What was otherwise before, or would be changed. */
  differences: Difference[];
}

/** What all that write an entry need. */
export interface Desk {
  client: Client;
  tree: Tree;
  /** The service account: what it has made is ours. */
  self: string;
  hasLocalMail: boolean;
  dryRun: boolean;
}

/** Without `known` any entry of this username is taken for the one, and all groups are ours. */
export async function bringInLine(desk: Desk, entry: DesiredEntry, known?: Known): Promise<Written> {
  const desired = stateOfDesired(entry, desk.hasLocalMail);
  const found = await locate(desk, entry.username, known);
  if (found === undefined) return await addEntry(desk, entry, desired);
  const memberships = (await findGroups(desk.client, desk.tree, found.dn)).filter(
    ({ name }) => known === undefined || isIn(name, known.ourGroups),
  );
  const names = memberships.map(({ name }) => name);
  const differences = compare(desired, stateOfFound(found, names, desk.hasLocalMail)).filter(isOursToChange(found));
  const id = all(found, "entryUUID")[0] ?? "";
  const isAnother = known !== undefined && known.id !== null && known.id !== id;
  if (!desk.dryRun) await mend(desk, found, desired, differences, memberships);
  return { id, differences: isAnother ? [{ kind: "attribute", what: "entryUUID" }, ...differences] : differences };
}

/** Of the account's names, the one under which its entry stands; it must be one that we made, or are told of by its id. */
async function locate(desk: Desk, username: string, known?: Known): Promise<RawEntry | undefined> {
  const { client, tree } = desk;
  const byId = known?.id ? await findOne(client, tree, "entryUUID", known.id, stateAttributes) : undefined;
  if (byId) return byId;
  const named = await findPerson(client, tree, username, stateAttributes);
  if (!known) return named;
  const isOurs = (it: RawEntry): boolean => sameDn(all(it, "creatorsName")[0] ?? "") === sameDn(desk.self);
  // Somebody made it by hand, before: it is not for whoever takes this username now.
  if (named && known.id === null && !isOurs(named)) throw new EntryTaken();
  if (named || known.id !== null) return named;
  for (const former of known.formerUsernames) {
    const found = await findPerson(client, tree, former, stateAttributes);
    if (found && isOurs(found)) return found;
  }
  return undefined;
}

async function addEntry(desk: Desk, { username, groups }: DesiredEntry, desired: State): Promise<Written> {
  const differences: Difference[] = [{ kind: "missing", what: "entry" }];
  if (desk.dryRun) return { id: "", differences };
  const { client, tree } = desk;
  const dn = tree.person(username);
  const given = Object.entries(desired.attributes).filter(([, values]) => values.length > 0);
  await client.add(dn, Object.fromEntries([...given, ...(desired.isLocked ? [["pwdEndTime", [longAgo]]] : [])]));
  for (const name of groups) await join(client, tree, dn, name);
  const added = await findPerson(client, tree, username, ["entryUUID"]);
  return { id: added === undefined ? "" : (all(added, "entryUUID")[0] ?? ""), differences };
}

/** By what an entry is named it cannot lose, unless it is renamed; a directory of others may name people by `cn`. */
function isOursToChange({ dn }: RawEntry): (difference: Difference) => boolean {
  const naming = dn.slice(0, dn.indexOf("=")).toLowerCase();
  return ({ kind, what }) => kind !== "attribute" || what === "uid" || what.toLowerCase() !== naming;
}

async function mend(
  { client, tree }: Desk,
  found: RawEntry,
  desired: State,
  differences: Difference[],
  memberships: Group[],
): Promise<void> {
  const of = (kind: Difference["kind"]): string[] => differences.flatMap((it) => (it.kind === kind ? [it.what] : []));
  const dn = of("attribute").includes("uid") ? await rename(client, tree, found, desired) : found.dn;
  const isRenamed = dn !== found.dn;
  const changes = of("attribute")
    .filter((name) => name !== "uid" || !isRenamed || all(found, "uid").length > 1)
    .map((name) =>
      name === "objectClass"
        ? change("add", name, missingClasses(found, desired))
        : change("replace", name, desired.attributes[name] ?? []),
    );
  if (of("locked").length > 0) changes.push(...locking(found, desired.isLocked));
  if (changes.length > 0) await client.modify(dn, changes);
  for (const name of of("group")) {
    const group = memberships.find((it) => isIn(it.name, [name]));
    if (group === undefined) await join(client, tree, dn, name);
    else await leave(client, group.dn, dn, tree.nobody);
  }
}

/** The entry keeps its id, password and place; its memberships follow, by the server's referential integrity or by hand. */
async function rename(client: Client, tree: Tree, found: RawEntry, desired: State): Promise<string> {
  const [username = ""] = desired.attributes.uid ?? [];
  const [, rdn, parent = ""] = /^(uid=[^,+]+),(.*)$/is.exec(found.dn) ?? [];
  if (rdn === undefined || rdn.toLowerCase() === `uid=${username}`) return found.dn;
  const groups = await findGroups(client, tree, found.dn);
  await client.modifyDN(found.dn, `uid=${username}`);
  const dn = `uid=${username},${parent}`;
  for (const group of await findGroups(client, tree, found.dn)) await leave(client, group.dn, found.dn, dn);
  const become = change("add", "member", [dn]);
  for (const group of groups) await client.modify(group.dn, become).catch(unless(TypeOrValueExistsError));
  return dn;
}

const longAgo = "19700101000000Z";

function locking(found: RawEntry, shallBeLocked: boolean): ReturnType<typeof change>[] {
  if (shallBeLocked) return [change("replace", "pwdEndTime", [longAgo])];
  const types = [
    ...(all(found, "pwdEndTime").length > 0 ? ["pwdEndTime"] : []),
    ...(all(found, "pwdAccountLockedTime").includes(lockedForEver) ? ["pwdAccountLockedTime"] : []),
  ];
  return types.map((type) => change("replace", type, []));
}

function missingClasses(found: RawEntry, desired: State): string[] {
  return (desired.attributes.objectClass ?? []).filter((it) => !isIn(it, all(found, "objectClass")));
}

/** Takes the entry away, and out of its groups: not every server does that by itself, and the next one of this name would inherit. */
export async function takeAway(desk: Desk, username: string, known?: Known): Promise<string | undefined> {
  const { client, tree, dryRun } = desk;
  // What was there before and is not ours stays.
  const found = await locate(desk, username, known).catch(unless(EntryTaken));
  if (!found) return undefined;
  const id = all(found, "entryUUID")[0] ?? "";
  if (dryRun) return id;
  for (const group of await findGroups(client, tree, found.dn)) await leave(client, group.dn, found.dn, tree.nobody);
  await client.del(found.dn).catch(unless(NoSuchObjectError));
  return id;
}
