// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mails about signing in: to the first address and, while that one is silent, to the second one too, so that nobody is robbed unheard.
import type { Work } from "../database.ts";
import type { Person } from "../people/person.ts";
import { silentAddressesOf } from "./address-trouble.ts";
import type { mailsOfSigningIn } from "./mails-of-signing-in.ts";
import { type NewMessage, queueMessage } from "./message.ts";

export interface SignInMail extends NewMessage {
  /** Somebody who is in may also have everything erased. */
  mail: keyof typeof mailsOfSigningIn | "erasure-planned";
  person: Person;
}

export async function queueSignInMail(work: Work, mail: SignInMail): Promise<void> {
  await queueMessage(work, mail);
  const { person } = mail;
  const second = await answersInstead(work, person);
  if (second === undefined) return;
  // What lets somebody in goes only where they have shown that they read it.
  if (mail.secrets !== undefined && (await cameByMerge(work, person.id, second))) return;
  await queueMessage(work, { ...mail, recipient: { email: second, language: person.language } });
}

/** Their second address, where the first does not answer and the second does. */
async function answersInstead(work: Work, person: Person): Promise<string | undefined> {
  const { email, secondaryEmail } = person;
  if (email === null || secondaryEmail === null) return undefined;
  const silent = await silentAddressesOf(work, person);
  return silent.includes(email) && !silent.includes(secondaryEmail) ? secondaryEmail : undefined;
}

/** Whoever it belonged to may have been confirmed by a payment; all other second addresses were confirmed by a link that went there. */
async function cameByMerge(work: Work, personId: number, address: string): Promise<boolean> {
  const merges = await work.rows(
    `select from merge where kept_id = $1 and unmerged_at is null and lower(journal->'filled'->>'secondaryEmail') = lower($2)`,
    [personId, address],
  );
  return merges.length > 0;
}
