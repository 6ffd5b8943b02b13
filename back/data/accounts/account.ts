// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A person's username in the directory, and by it the services.
import type { Selectable } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import type { Person } from "../people/person.ts";
import type { AccountTable } from "../schema.ts";

export interface Account extends Selectable<AccountTable> {}

export class Account {
  static readonly table = "account";
}

/** Gives a person a username. Throws Invalid when it is not one, Conflict when it is taken or the person has one. */
export async function openAccount(work: Work, person: Person, username: string): Promise<Account> {
  if (!/^[a-z][a-z0-9._-]{2,31}$/.test(username))
    throw new Invalid("username-malformed", "A username has 3 to 32 small letters, digits, dots, dashes.", "username");
  if (work.organisation.usernames.reserved.includes(username))
    throw new Invalid("username-reserved", "This username is reserved.", "username");
  const account = await work.addOnce(Account, { personId: person.id, username, openedAt: work.now }, "opened");
  if (!account) throw new Conflict("username-taken", "This username is taken, or the person has one already.");
  work.queue({ name: "write-entry", username });
  return account;
}
