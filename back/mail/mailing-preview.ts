// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailing as somebody would get it, to look at; and the mail that tests it. Neither counts, and no link in it acts.
import { randomUUID } from "node:crypto";
import type { Work } from "../data/database.ts";
import type { Mailing } from "../data/mailings/mailing.ts";
import { previewAddressee, textFor } from "../data/mailings/preview-addressee.ts";
import type { Person } from "../data/people/person.ts";
import { readForm } from "./mailing-form.ts";
import { layOut, type MailingDesk } from "./mailing-mail.ts";
import type { Mail } from "./render.ts";

export interface Preview {
  language: string;
  mail: Mail;
}

/** Without a person as somebody of whom nothing is known; without a language in theirs. */
export async function previewMailing(
  work: Work,
  desk: MailingDesk,
  mailing: Mailing,
  wish: { person?: Person | undefined; language?: string | undefined },
): Promise<Preview> {
  const text = await textFor(work, mailing, wish);
  const form = readForm(text, desk.organisation);
  const reader = { fields: form.fields, person: wish.person };
  const to = await previewAddressee(work, mailing, text.language, reader);
  return { language: text.language, mail: layOut(desk, mailing, form).mail(to) };
}

/** The same to another address, and marked. What becomes of it is nobody's: it comes back to the sender. */
export function testMail({ mail: { returnPath: _, ...mail } }: Preview, to: string): Mail {
  const subject = `[Test] ${mail.subject}`;
  return { ...mail, to, subject, messageId: `<cdb-test-${randomUUID()}@${mail.from.address.split("@")[1]}>` };
}
