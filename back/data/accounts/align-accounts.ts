// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Accounts follow the rules of the profile: who is entitled no more is paused after the grace, who is again gets it back.
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Person } from "../people/person.ts";
import { Account, changeAccount } from "./account.ts";
import { queueEntry } from "./directory-entry.ts";
import { entitledOf } from "./standing.ts";

export const alignAtOnce = 500;

export interface Aligned {
  paused: number;
  reopened: number;
  /** The number to go on from; null: these were the last. */
  next: number | null;
}

/** The next accounts that people chose themselves, by number; every night all of them. Safe to repeat. */
export async function alignAccounts(work: Work, after: number): Promise<Aligned> {
  const these = sql`id > ${after} and not by_hand and state <> 'closed' order by id limit ${alignAtOnce}`;
  await sql`select from person where id in (select person_id from account where ${these})
    order by id for no key update`.execute(work.query);
  const { rows } = await sql<Record<string, unknown>>`select * from account where ${these} for update`.execute(
    work.query,
  );
  const accounts = rows.map((row) => work.adopt(Account, row, true));
  const entitled = await entitledOf(
    work,
    accounts.map(({ personId }) => personId),
  );
  let [paused, reopened] = [0, 0];
  for (const account of accounts) {
    const done = await align(work, account, entitled.has(account.personId));
    if (done === "paused") paused += 1;
    if (done === "reopened") reopened += 1;
  }
  return { paused, reopened, next: rows.length === alignAtOnce ? (accounts.at(-1)?.id ?? null) : null };
}

/** What somebody gives has changed: their groups follow at once, and an account that was paused for want of it opens. */
export async function alignAccount(work: Work, personId: number): Promise<void> {
  const account = await work.find(Account, sql`person_id = ${personId}`, "lock");
  if (!account || account.state === "closed") return;
  const isEntitled = (await entitledOf(work, [personId])).has(personId);
  if (account.byHand || (await align(work, account, isEntitled)) === undefined) await queueEntry(work, personId);
}

async function align(work: Work, account: Account, isEntitled: boolean): Promise<"paused" | "reopened" | undefined> {
  if (isEntitled && account.state === "paused" && account.pausedBy === "rule") {
    await changeAccount(work, await work.get(Person, account.personId), account, () =>
      account.reopen(work, "entitled"),
    );
    return "reopened";
  }
  if (account.state !== "open") return undefined;
  const since = isEntitled ? null : (account.unentitledSince ?? work.now);
  if (since?.epochMilliseconds !== account.unentitledSince?.epochMilliseconds) account.markEntitlement(work, since);
  if (account.unentitledSince === null || !isOver(work, account.unentitledSince)) return undefined;
  await changeAccount(work, await work.get(Person, account.personId), account, () =>
    account.pause(work, "rule", "not entitled any more"),
  );
  return "paused";
}

function isOver(work: Work, since: Temporal.Instant): boolean {
  const { pauseAfterDays } = work.organisation.accounts;
  return Temporal.Instant.compare(since.add({ hours: 24 * pauseAfterDays }), work.now) <= 0;
}
