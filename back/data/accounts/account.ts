// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A person's username in the directory, and by it the services: open, paused, closed, and open again.
import type { Moment } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Invalid, NotFound } from "../errors.ts";
import type { MailName } from "../mailings/mails.ts";
import { queueMessage } from "../mailings/message.ts";
import type { Person } from "../people/person.ts";
import type { AccountTable } from "../schema.ts";
import { queueEntry } from "./directory-entry.ts";

export interface Account extends Selectable<AccountTable> {}

export class Account {
  static readonly table = "account";

  /** This entry of the directory is the account's; it is left as it is. */
  adopt(work: Work, entryId: string): void {
    Object.assign(this, { entryId, writtenVersion: this.desiredVersion });
    work.note(this, Account, "adopted");
  }

  /** From when on the grace counts; null: the person is entitled. */
  markEntitlement(work: Work, endedAt: Moment | null): void {
    this.unentitledSince = endedAt;
    work.note(this, Account, endedAt === null ? "entitled-again" : "entitled-no-more");
  }

  /** The entry stays, with its password; nothing opens with it. */
  pause(work: Work, by: "rule" | "administrator", reason: string): void {
    if (this.state !== "open") throw new Conflict("account-not-open", "Only an open account can be paused.");
    Object.assign(this, { state: "paused", pausedBy: by });
    work.note(this, Account, "paused", reason);
  }

  /** Open again, after a pause or after it was closed; a closed one starts without a password. */
  reopen(work: Work, reason: string): void {
    if (this.state === "open") throw new Conflict("account-open", "This account is open.");
    Object.assign(this, { state: "open", pausedBy: null, unentitledSince: null });
    work.note(this, Account, "reopened", reason);
  }

  /** The entry goes, and its password with it; the username stays the person's. */
  close(work: Work, reason: string): void {
    if (this.state === "closed") throw new Conflict("account-closed", "This account is closed already.");
    Object.assign(this, { state: "closed", pausedBy: null, unentitledSince: null });
    work.note(this, Account, "closed", reason);
  }

  /** The old name stays the person's: nobody else gets mail that was meant for them. */
  rename(work: Work, username: string, reason: string): void {
    this.formerUsernames = [...this.formerUsernames.filter((name) => name !== username), this.username];
    this.username = username;
    work.note(this, Account, "renamed", reason);
  }
}

/** Of a username: 3 to 32 characters. */
export const usernamePattern = /^[a-z][a-z0-9._-]{2,31}$/;

/**
 * Gives a person a username that an administrator names, or that `chooseUsername` has looked at. Throws Invalid when it is not one,
 * Conflict when it is taken or the person has one.
 */
export async function openAccount(
  work: Work,
  person: Person,
  username: string,
  by: "person" | "administrator" = "administrator",
): Promise<Account> {
  const account = await addAccount(work, person, username, { byHand: by === "administrator" }, "opened");
  work.queue({ name: "write-entry", username });
  return account;
}

/** The same for an entry that the directory has already: it is not written. */
export function adoptAccount(work: Work, person: Person, username: string, entryId: string): Promise<Account> {
  return addAccount(work, person, username, { byHand: true, entryId, writtenVersion: 1 }, "adopted");
}

async function addAccount(
  work: Work,
  person: Person,
  username: string,
  values: { byHand: boolean; entryId?: string; writtenVersion?: number },
  verb: string,
): Promise<Account> {
  if (!usernamePattern.test(username))
    throw new Invalid("username-malformed", "A username has 3 to 32 small letters, digits, dots, dashes.", "username");
  if (work.organisation.usernames.reserved.includes(username))
    throw new Invalid("username-reserved", "This username is reserved.", "username");
  if (!person.isActive()) throw new Conflict("person-not-active", "This person is blocked or erased.");
  const account = await work.addOnce(Account, { personId: person.id, username, openedAt: work.now, ...values }, verb);
  if (!account) throw await whyNot(work, person);
  return account;
}

export function findAccount(work: Work, person: Person): Promise<Account | undefined> {
  return work.find(Account, sql`person_id = ${person.id}`);
}

/** The account of a person, to be changed. Throws NotFound. */
export async function getAccount(work: Work, person: Person): Promise<Account> {
  const account = await work.find(Account, sql`person_id = ${person.id}`, "lock");
  if (!account) throw new NotFound("account-unknown", "This person has no account.");
  return account;
}

/** Changes the account of a person, has the directory follow, and tells the person by mail. */
export async function changeAccount(work: Work, person: Person, account: Account, verb: () => void): Promise<void> {
  const { state, username } = account;
  verb();
  await work.write();
  await queueEntry(work, person.id);
  if (account.state !== state) await tellOwner(work, person, account, stateMails[account.state]);
  if (account.username !== username) await tellOwner(work, person, account, "account-renamed");
}

const stateMails = { open: "account-reopened", paused: "account-paused", closed: "account-closed" } as const;

/** Writes to whom the account belongs, if they may be written to. */
export async function tellOwner(work: Work, person: Person, { username }: Account, mail: MailName): Promise<void> {
  if (!person.isActive() || person.email === null) return;
  const fields = { name: person.name, username, address: `${username}@${work.organisation.usernames.domain}` };
  await queueMessage(work, { mail, person, fields });
}

async function whyNot(work: Work, person: Person): Promise<Conflict> {
  if (await findAccount(work, person)) return new Conflict("username-chosen", "This person has a username already.");
  return new Conflict("username-taken", "This username is taken.");
}
