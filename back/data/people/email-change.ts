// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing the first or second email address: asked for while signed in, confirmed on the new address, told to the old one, which can take it back.
import { Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import { queueEntry } from "../accounts/directory-entry.ts";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { addressKey, spellings } from "./email-spelling.ts";
import { findByEmail, lockAddress } from "./find-people.ts";
import { Person } from "./person.ts";
import { refuseBlockedDomain } from "./registration.ts";

const confirmWithinDays = 1;
const takeBackWithinDays = 14;
const commandOf = { primary: "change-email", secondary: "confirm-secondary-email" } as const;
const anHour = Temporal.Duration.from({ hours: 1 });

/** Which of the two addresses. */
export type Which = "primary" | "secondary";

/** Mails the new address. One that is somebody's already is told by mail; the answer here is the same. */
export async function requestEmailChange(
  work: Work,
  person: Person,
  newEmail: string,
  which: Which = "primary",
): Promise<void> {
  refuseBlockedDomain(work, newEmail);
  const same = which === "primary" ? newEmail === person.email : isOneOf(person, newEmail);
  if (same) throw new Invalid("email-address-same", "This is the email address already.", "email");
  const holder = await findByEmail(work, newEmail);
  const recipient = { email: newEmail, language: person.language };
  if (holder && holder.id !== person.id) {
    if (!(await wasWrittenTo(work, newEmail, "email-change-taken", anHour)))
      await queueMessage(work, { mail: "email-change-taken", recipient, fields: {} });
    return;
  }
  const link = await prepareLink(work, person, commandOf[which], confirmWithinDays, {
    oldEmail: person.email ?? "",
    newEmail,
  });
  await queueMessage(work, {
    mail: which === "primary" ? "confirm-email-change" : "confirm-secondary-email",
    person,
    recipient,
    fields: { name: person.name, newEmail },
    linkId: link.id,
  });
}

/** The link in the mail to the new address was followed. It counts while the old address is still the present one. */
export async function confirmEmailChange(
  work: Work,
  person: Person,
  { oldEmail = "", newEmail = "" }: Record<string, string>,
): Promise<void> {
  await moveTo(work, person, oldEmail, newEmail, "email-changed");
  const link = await prepareLink(work, person, "restore-email", takeBackWithinDays, { oldEmail, newEmail });
  const recipient = { email: oldEmail, language: person.language };
  await queueMessage(work, {
    mail: "email-changed",
    person,
    recipient,
    fields: { name: person.name, newEmail },
    linkId: link.id,
  });
}

/** The link in the mail to a second address was followed: from now on it is known, too. The first one is told. */
export async function confirmSecondaryEmail(
  work: Work,
  person: Person,
  { oldEmail = "", newEmail = "" }: Record<string, string>,
): Promise<void> {
  if (person.email !== oldEmail || isOneOf(person, newEmail))
    throw new Conflict("email-change-outdated", "The email address was changed otherwise meanwhile.");
  await refuseTaken(work, person, newEmail);
  person.secondaryEmail = newEmail;
  work.note(person, Person, "secondary-email-added");
  await queueMessage(work, { mail: "secondary-email-added", person, fields: { name: person.name, newEmail } });
}

/** The second address is not to be known any more. */
export function removeSecondaryEmail(work: Work, person: Person): void {
  if (person.secondaryEmail === null) return;
  person.secondaryEmail = null;
  work.note(person, Person, "secondary-email-removed");
}

/** The old address says that it was not them: it comes back, and every session ends. */
export async function takeBackEmailChange(
  work: Work,
  person: Person,
  { oldEmail = "", newEmail = "" }: Record<string, string>,
): Promise<void> {
  await moveTo(work, person, newEmail, oldEmail, "email-restored");
  person.endSignIns(work);
}

async function moveTo(work: Work, person: Person, from: string, to: string, verb: string): Promise<void> {
  if (person.email !== from)
    throw new Conflict("email-change-outdated", "The email address was changed otherwise meanwhile.");
  await refuseTaken(work, person, to);
  // Whoever makes their second address the first keeps both.
  if (person.secondaryEmail && addressKey(person.secondaryEmail) === addressKey(to)) person.secondaryEmail = from;
  person.email = to;
  work.note(person, Person, verb);
  await queueEntry(work, person.id);
}

async function refuseTaken(work: Work, person: Person, email: string): Promise<void> {
  await lockAddress(work, email);
  const holder = await findByEmail(work, email, "lock");
  if (holder && holder.id !== person.id)
    throw new Conflict("email-address-taken", "Somebody has this email address meanwhile.");
  // Somebody who was merged into them may have it still.
  if (holder)
    await sql`update person set email = null where merged_into = ${person.id} and lower(email) = any(${spellings(email)})`.execute(
      work.query,
    );
}

function isOneOf({ email, secondaryEmail }: Person, address: string): boolean {
  return [email, secondaryEmail].some((known) => known && addressKey(known) === addressKey(address));
}
