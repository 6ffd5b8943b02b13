// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a mailing in one language: a subject, and Markdown with fields in it.
import { type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import { Invalid, NotFound } from "../errors.ts";
import type { MailingTextTable } from "../schema.ts";
import type { Mailing } from "./mailing.ts";
import { checkAddresses } from "./mailing-addresses.ts";
import { checkFields, splitAtFields } from "./mailing-fields.ts";

export interface MailingText extends Selectable<MailingTextTable> {}

export class MailingText {
  static readonly table = "mailingText";
}

/** More is a document, not a mail: large providers cut off what is longer. */
const longestBody = 100_000;
const longestSubject = 200;

export interface Written {
  language: string;
  subject: string;
  body: string;
}

/** Adds the text of a language, or replaces it. Throws Invalid for a field that does not exist, an empty or an endless text. */
export async function saveText(work: Work, mailing: Mailing, written: Written): Promise<MailingText> {
  const { language, subject, body } = check(work, written);
  mailing.edit(work);
  const known = await work.find(MailingText, sql`mailing_id = ${mailing.id} and language = ${language}`, "lock");
  if (!known) return work.add(MailingText, { mailingId: mailing.id, language, subject, body }, "written");
  Object.assign(known, { subject, body });
  work.note(known, MailingText, "rewritten");
  return known;
}

/** Throws NotFound when there is none in this language. */
export async function removeText(work: Work, mailing: Mailing, language: string): Promise<void> {
  mailing.edit(work);
  const { numDeletedRows } = await work.query
    .deleteFrom("mailingText")
    .where("mailingId", "=", mailing.id)
    .where("language", "=", language)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new NotFound("text-unknown", "There is no text in this language.");
}

/** In the order of their languages. */
export async function textsOf(work: Work, mailingId: number): Promise<MailingText[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from mailing_text where mailing_id = ${mailingId}
    order by language`.execute(work.query);
  return rows.map((row) => work.adopt(MailingText, row));
}

/** For people of another language: English before all, then as the profile has them. */
export function fallbackOf(work: Work, languages: readonly string[]): string | undefined {
  return ["en", ...work.organisation.languages.mail, ...languages].find((language) => languages.includes(language));
}

function check(work: Work, { language, subject, body }: Written): Written {
  if (!work.organisation.languages.mail.includes(language))
    throw new Invalid("language-unknown", "The organisation does not write mails in this language.", "language");
  const [line, text] = [subject.trim(), body.replaceAll("\r\n", "\n").trim()];
  if (line === "" || line.length > longestSubject || /\p{Cc}/u.test(line) || !line.isWellFormed())
    throw new Invalid("subject-malformed", `A subject is one line of ${longestSubject} signs at most.`, "subject");
  if (text === "" || text.length > longestBody || text.includes("\0") || !text.isWellFormed())
    throw new Invalid("body-malformed", `A text has ${longestBody} signs at most, and is not empty.`, "body");
  checkFields(line, "subject");
  const { words, fields } = splitAtFields(line);
  if (words.join("").trim() === "" && fields.every(({ otherwise }) => otherwise.trim() === ""))
    throw new Invalid(
      "subject-malformed",
      "A subject of fields alone needs words for who has none: {name|You}.",
      "subject",
    );
  checkFields(text, "body");
  checkAddresses(text);
  return { language, subject: line, body: text };
}
