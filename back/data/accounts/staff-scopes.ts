// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What somebody of the staff may do with other people's data: their groups say it, by a table in the profile.
import type { Work } from "../database.ts";
import type { Person } from "../people/person.ts";
import { findAccount } from "./account.ts";
import { groupsOfAll } from "./standing.ts";

/** The groups that a person is in at this moment, sorted: none without an open account. */
export async function groupsOf(work: Work, person: Person): Promise<string[]> {
  if (!person.isActive()) return [];
  const account = await findAccount(work, person);
  if (account?.state !== "open") return [];
  return (await groupsOfAll(work, [person.id])).get(person.id) ?? [];
}

/** The scopes of back that the person has by their groups, sorted; a token bears them after a second factor only. */
export async function staffScopes(work: Work, person: Person): Promise<string[]> {
  const { groups: given } = work.organisation.staff;
  if (Object.keys(given).length === 0) return [];
  const scopes = (await groupsOf(work, person)).flatMap((group) => given[group] ?? []);
  return [...new Set(scopes)].sort();
}
