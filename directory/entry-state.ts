// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// What an entry shows, in a form in which what shall be and what is can be compared.

import { hash } from "node:crypto";
import type { Entry as RawEntry } from "ldapts";
import { all, type DesiredEntry } from "./entry.ts";
import { isIn } from "./groups.ts";

/** How the directory differs from what it shall show. */
export interface Difference {
  kind: "missing" | "extra" | "attribute" | "group" | "locked";
  /** The attribute, the group, or what is said of it; never a value. */
  what: string;
}

export interface State {
  /** Each attribute that is ours, with its values in order. */
  attributes: Record<string, string[]>;
  /** Those of our groups that the person is in, in order. */
  groups: string[];
  isLocked: boolean;
}

/** All that is read of an entry to know its state. */
export const stateAttributes = [
  ...["objectClass", "uid", "cn", "displayName", "givenName", "sn", "mail", "mailLocalAddress", "mailRoutingAddress"],
  ...["entryUUID", "creatorsName", "pwdEndTime", "pwdAccountLockedTime"],
];

/** Set by a person, not by the server after wrong passwords: it does not end (draft-behera-ldap-password-policy-10, 5.3.3). */
export const lockedForEver = "000001010000Z";

export function stateOfDesired(entry: DesiredEntry, hasLocalMail: boolean): State {
  const local = entry.mailLocalAddress === undefined ? [] : [entry.mailLocalAddress];
  const [name, surname, givenName] = [entry.displayName, entry.surname, entry.givenName ?? ""].map(holdable) as [
    ...[string, string, string],
  ];
  const attributes = {
    objectClass: ["inetOrgPerson", ...(hasLocalMail ? ["inetLocalMailRecipient"] : [])],
    uid: [entry.username],
    // Of somebody without a name: an entry must have one.
    cn: [name || entry.username],
    displayName: [name || entry.username],
    givenName: givenName === "" ? [] : [givenName],
    sn: [surname || entry.username],
    mail: [entry.mail],
    ...(hasLocalMail ? { mailLocalAddress: local, mailRoutingAddress: local.length > 0 ? [entry.mail] : [] } : {}),
  };
  return { attributes: sorted(attributes), groups: entry.groups.toSorted(), isLocked: entry.isLocked === true };
}

/** `groups`: those of ours that the person is in. */
export function stateOfFound(found: RawEntry, groups: string[], hasLocalMail: boolean): State {
  const shown = stateOfDesired({ username: "", displayName: "", surname: "", mail: "", groups: [] }, hasLocalMail);
  const attributes = Object.fromEntries(Object.keys(shown.attributes).map((name) => [name, all(found, name)]));
  attributes.uid = all(found, "uid").map((it) => it.toLowerCase());
  attributes.objectClass = (shown.attributes.objectClass ?? []).filter((it) => isIn(it, all(found, "objectClass")));
  return { attributes: sorted(attributes), groups: groups.toSorted(), isLocked: isLocked(found) };
}

export function isLocked(found: RawEntry): boolean {
  const [end] = all(found, "pwdEndTime");
  const isOver = end !== undefined && end.slice(0, 14) <= new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  return isOver || all(found, "pwdAccountLockedTime").includes(lockedForEver);
}

export function compare(desired: State, found: State): Difference[] {
  const attributes = Object.keys(desired.attributes)
    .filter((name) => !isSame(desired.attributes[name] ?? [], found.attributes[name] ?? []))
    .map((what) => ({ kind: "attribute" as const, what }));
  const groups = [
    ...desired.groups.filter((name) => !isIn(name, found.groups)),
    ...found.groups.filter((name) => !isIn(name, desired.groups)),
  ].map((what) => ({ kind: "group" as const, what }));
  const lock = { kind: "locked" as const, what: desired.isLocked ? "shall be locked" : "shall not be locked" };
  return [...attributes, ...groups, ...(desired.isLocked === found.isLocked ? [] : [lock])];
}

/** Two states are the same when their marks are: a short text in the place of a large one. */
export function markOf({ attributes, groups, isLocked }: State): string {
  const names = groups.map((name) => name.toLowerCase()).sort();
  return hash("sha256", JSON.stringify([attributes, names, isLocked]), "base64").slice(0, 22);
}

/** As a DirectoryString can hold it (RFC 4517, 3.3.6), and gives it back unchanged. */
function holdable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "").trim();
}

function sorted(attributes: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, values.toSorted()]));
}

function isSame(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((value, at) => value === right[at]);
}
