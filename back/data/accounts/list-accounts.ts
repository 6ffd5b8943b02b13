// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Accounts as an administrator lists them, with the groups that each is in at this moment.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { NotFound } from "../errors.ts";
import { Person } from "../people/person.ts";
import { Account } from "./account.ts";
import { groupsOfAll, membersOf } from "./standing.ts";

export interface ListedAccount {
  account: Account;
  person: Person;
  groups: string[];
}

/** By username. `group`: of its members only. Throws NotFound for a group that the profile does not name. */
export async function listAccounts(
  work: Work,
  { state, group, limit }: { state?: Account["state"] | undefined; group?: string | undefined; limit: number },
): Promise<ListedAccount[]> {
  if (group !== undefined && !work.organisation.groups.some(({ name }) => name === group))
    throw new NotFound("group-unknown", "The organisation has no such group.");
  const members = group === undefined ? null : await membersOf(work, [group], 1_000_000);
  const { rows } = await sql<Record<string, unknown>>`select * from account
    where (${state ?? null}::text is null or state = ${state ?? null})
      and (${members}::int[] is null or person_id = any(${members}::int[]))
    order by username limit ${limit}`.execute(work.query);
  const accounts = rows.map((row) => work.adopt(Account, row));
  const open = accounts.filter((account) => account.state === "open").map(({ personId }) => personId);
  const groups = await groupsOfAll(work, open);
  return Promise.all(
    accounts.map(async (account) => ({
      account,
      person: await work.get(Person, account.personId),
      groups: groups.get(account.personId) ?? [],
    })),
  );
}
