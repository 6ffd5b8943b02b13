// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A directory that had people before we came: its entries are linked to people by username or address, and nothing else is changed.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import { addressKey, spellings } from "../people/email-spelling.ts";
import { Person } from "../people/person.ts";
import { Account, adoptAccount } from "./account.ts";

/** An entry as the directory lists it. */
export interface FoundEntry {
  id: string;
  usernames: string[];
  mail: string[];
}

export interface Adoption {
  username: string;
  outcome: "linked" | "linked before" | "nobody" | "conflict";
  personId: number | null;
  /** For people, without an address. */
  says: string;
}

/** Addresses that stand in several entries: nobody can say whose they are. */
export function sharedAddresses(entries: FoundEntry[]): Set<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()];
  for (const { mail } of entries)
    for (const key of new Set(mail.map(addressKey))) (once.has(key) ? twice : once).add(key);
  return twice;
}

/** Links the entry to the account of its username, or gives its username to the person of its address. Safe to repeat. */
export async function adoptEntry(work: Work, entry: FoundEntry, shared: Set<string>): Promise<Adoption> {
  const [username = "", ...more] = entry.usernames;
  const tell = (outcome: Adoption["outcome"], says: string, personId: number | null = null): Adoption => ({
    ...{ username, outcome, personId, says },
  });
  if (username === "" || more.length > 0) return tell("conflict", "The entry has no username, or several.");
  try {
    const name = username.toLowerCase();
    const account = await work.find(Account, sql`entry_id = ${entry.id}::uuid`);
    if (account) return tell("linked before", `As ${account.username}.`, account.personId);
    const named = await work.find(
      Account,
      sql`username = ${name}
      or (former_usernames @> array[${name}]::text[] and former_usernames <> '{}')`,
    );
    const person = named ? await byUsername(work, entry, named, name) : await byAddress(work, entry, shared);
    if (!person) return tell("nobody", "Nobody whom we know has an address of this entry.");
    if (named) named.adopt(work, entry.id);
    else await adoptAccount(work, person, username, entry.id);
    return tell("linked", named ? "By the username." : "By the address.", person.id);
  } catch (error) {
    if (!(error instanceof Conflict || error instanceof Invalid)) throw error;
    return tell("conflict", error.message);
  }
}

/** A username alone proves little: somebody else may have chosen it since. */
async function byUsername(work: Work, entry: FoundEntry, account: Account, name: string): Promise<Person> {
  const refuse = (says: string) => new Conflict("entry-not-theirs", says);
  if (account.username !== name) throw refuse(`The account ${account.username} was called so before.`);
  if (account.entryId !== null) throw refuse("The account of this username has another entry.");
  if (account.state === "closed") throw refuse("The account of this username is closed.");
  const person = await work.get(Person, account.personId);
  const theirs = [person.email, person.secondaryEmail].filter((it) => it !== null).map(addressKey);
  const isSame = entry.mail.some((it) => theirs.includes(addressKey(it)));
  if (!isSame && !(entry.mail.length === 0 && account.byHand))
    throw refuse("The account of this username belongs to somebody with another address.");
  return person;
}

async function byAddress(work: Work, { mail }: FoundEntry, shared: Set<string>): Promise<Person | undefined> {
  if (mail.some((it) => shared.has(addressKey(it))))
    throw new Conflict("address-shared", "Several entries have the address of this one.");
  const wanted = mail.flatMap(spellings);
  const { rows } = await sql<Record<string, unknown>>`select * from person
    where (lower(email) = any(${wanted}::text[]) or lower(secondary_email) = any(${wanted}::text[]))
      and registration not in ('erased', 'merged') order by id limit 2`.execute(work.query);
  const [row, other] = rows;
  if (other) throw new Conflict("address-shared", "Several people have an address of this entry.");
  if (!row) return undefined;
  const person = work.adopt(Person, row);
  if (person.registration !== "confirmed")
    throw new Conflict("person-not-confirmed", "The person of this address has not confirmed it, or is blocked.");
  return person;
}
