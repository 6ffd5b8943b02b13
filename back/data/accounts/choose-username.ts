// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Choosing a username, once: it is the person's from here on, and the directory follows by a task of the same transaction.
import type { Work } from "../database.ts";
import { Forbidden } from "../errors.ts";
import { Person } from "../people/person.ts";
import { type Account, changeAccount, openAccount, tellOwner, usernamePattern } from "./account.ts";
import { isEntitled } from "./standing.ts";
import { assertFree, assertUsername, lockUsername, whyNotFree } from "./username.ts";

/** Throws Forbidden for who is not entitled, Invalid for what is no username, Conflict when it or a look-alike is taken. */
export async function chooseUsername(work: Work, person: Person, username: string, secret: string): Promise<Account> {
  assertUsername(username);
  if (!person.isConfirmed() || !(await isEntitled(work, person.id)))
    throw new Forbidden("username-not-entitled", "Supporters, volunteers and staff may have a username.");
  await work.get(Person, person.id, "lock");
  await lockUsername(work, username);
  await assertFree(work, username, secret);
  return tellOfOpening(work, person, await openAccount(work, person, username, "person"));
}

/** An administrator names it, for anybody; `alike`: although it looks like one that is taken or reserved. */
export async function openByHand(
  work: Work,
  person: Person,
  username: string,
  { secret, alike }: { secret: string; alike: boolean },
): Promise<Account> {
  await refuse(work, username, secret, alike);
  return tellOfOpening(work, person, await openAccount(work, person, username));
}

/** Only an administrator renames. The entry keeps its password and all else; the old name stays the person's. */
export async function renameAccount(
  work: Work,
  { person, account }: { person: Person; account: Account },
  username: string,
  { secret, alike, reason }: { secret: string; alike: boolean; reason: string },
): Promise<void> {
  if (account.username === username) return;
  if (!account.formerUsernames.includes(username)) await refuse(work, username, secret, alike);
  await changeAccount(work, person, account, () => account.rename(work, username, reason));
}

async function tellOfOpening(work: Work, person: Person, account: Account): Promise<Account> {
  await tellOwner(work, person, account, "account-opened");
  return account;
}

async function refuse(work: Work, username: string, secret: string, alike: boolean): Promise<void> {
  if (!alike || !usernamePattern.test(username)) assertUsername(username);
  await lockUsername(work, username);
  const why = await whyNotFree(work, username, secret);
  if (alike && (why === "looks-reserved" || why === "looks-taken")) return;
  await assertFree(work, username, secret);
}
