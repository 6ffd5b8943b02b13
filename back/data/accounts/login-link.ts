// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mailing the one-time link that auth minted; back never keeps it after sending.
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { queueSignInMail } from "../mailings/sign-in-mail.ts";
import { asciiAddress } from "../people/email-spelling.ts";
import { findByEmail, getByUuid } from "../people/find-people.ts";

export interface LoginLink {
  identifier: string;
  /** null: auth found nobody. */
  uuid: string | null;
  link: string;
  code: string;
  browser: string;
  service: string;
  language: string;
}

/** To the person; or, when nobody has the typed address, a mail there that says so, at most once an hour. */
export async function queueLoginLink(
  work: Work,
  { identifier, uuid, link, code, browser, service, language }: LoginLink,
): Promise<void> {
  const time = minuteOf(work);
  if (uuid !== null) {
    const person = await getByUuid(work, uuid);
    if (!person.isActive()) return;
    await queueSignInMail(work, {
      mail: "login-link",
      person,
      fields: { name: person.name, browser, service, time },
      secrets: { loginLink: link, code },
    });
    return;
  }
  const email = identifier.trim();
  if (
    !/^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@([a-z0-9-]+\.)+[a-z][a-z0-9-]+$/i.test(asciiAddress(email)) ||
    (await findByEmail(work, email))
  )
    return;
  if (await wasWrittenTo(work, email, "address-unknown", Temporal.Duration.from({ hours: 1 }))) return;
  await queueMessage(work, { mail: "address-unknown", recipient: { email, language }, fields: { browser, time } });
}

/** Now, as mails say it: "2026-11-20 14:05", where the organisation is. */
export function minuteOf(work: Work, moment: Moment = work.now): string {
  const time = moment.toZonedDateTimeISO(work.organisation.timeZone).toPlainDateTime();
  return time.toString({ smallestUnit: "minute" }).replace("T", " ");
}
