// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Somebody as a reader of a mailing that is not sent to them: for previews and tests. Nothing is written.
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import type { Person } from "../people/person.ts";
import type { Mailing } from "./mailing.ts";
import { mailingFields } from "./mailing-fields.ts";
import { fallbackOf, type MailingText, textsOf } from "./mailing-text.ts";
import type { Addressee } from "./recipients.ts";

/** Of no link that there is: whoever tries one in a test withdraws nobody's consent. */
const noLink = "00000000-0000-0000-0000-000000000000";

/** The text that a reader of this language gets. Throws Conflict while there is none, Invalid where one is asked for that is not there. */
export async function textFor(
  work: Work,
  mailing: Mailing,
  { language, person }: { language?: string | undefined; person?: Person | undefined },
): Promise<MailingText> {
  const texts = await textsOf(work, mailing.id);
  const inLanguage = (wanted: string | undefined) => texts.find((text) => text.language === wanted);
  const fallback = fallbackOf(
    work,
    texts.map((text) => text.language),
  );
  const found = language === undefined ? (inLanguage(person?.language) ?? inLanguage(fallback)) : inLanguage(language);
  if (found) return found;
  if (texts.length === 0) throw new Conflict("text-missing", "There is no text yet.");
  throw new Invalid("text-unknown", "There is no text in this language.", "language");
}

/** `fields`: what the text says of them. Without a person: somebody of whom nothing is known. */
export async function previewAddressee(
  work: Work,
  mailing: Mailing,
  language: string,
  { fields, person }: { fields: readonly string[]; person?: Person | undefined },
): Promise<Addressee> {
  const values = fields.map((name) => `'${name}', ${mailingFields[name]?.sql}`).join(", ");
  const [known] = await work.rows<{ fields: Addressee["fields"]; consentedAt: Addressee["consentedAt"] | null }>(
    `select json_build_object(${values}) as fields, (select at from consent where person_id = person.id and purpose = $2
      and fact = 'granted' order by id desc limit 1) as consented_at from person where id = $1`,
    [person?.id ?? 0, mailing.purpose],
  );
  const email = person?.email ?? "somebody@example.org";
  return {
    ...{ personId: person?.id ?? 0, email, language, domain: email.split("@")[1] ?? "", attempts: 0, consentId: 0 },
    consentedAt: known?.consentedAt ?? work.now,
    link: { id: noLink, expiresAt: work.now.toString() },
    fields: known?.fields ?? {},
  };
}
