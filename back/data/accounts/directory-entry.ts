// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the directory shall show of an account: computed from the newest state, so that writing it twice or late does no harm.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { asciiAddress } from "../people/email-spelling.ts";
import { Person } from "../people/person.ts";
import { Account } from "./account.ts";

export interface DesiredEntry {
  username: string;
  displayName: string;
  givenName?: string;
  surname: string;
  mail: string;
  /** Forwards to `mail`. */
  mailLocalAddress: string;
}

/** Has the worker bring the directory up to date with this person's account, if they have one. */
export async function queueEntry(work: Work, personId: number): Promise<void> {
  const account = await work.find(Account, sql`person_id = ${personId}`);
  if (account) work.queue({ name: "write-entry", username: account.username });
}

/** The entry of a username; undefined: there shall be none. */
export async function desiredEntry(work: Work, username: string): Promise<DesiredEntry | undefined> {
  const account = await work.find(Account, sql`username = ${username}`);
  const person = account?.state === "open" ? await work.get(Person, account.personId) : undefined;
  if (!person?.email || person.registration === "erased") return undefined;
  const [, givenName, surname = person.name] = /^(.+) (\S+)$/.exec(person.name.trim()) ?? [];
  return {
    username,
    displayName: person.name,
    ...(givenName && { givenName }),
    surname,
    // LDAP's mail has no letters beyond ASCII (RFC 4524).
    mail: asciiAddress(person.email),
    mailLocalAddress: `${username}@${work.organisation.usernames.domain}`,
  };
}
