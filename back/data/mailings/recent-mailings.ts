// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What was written last for each purpose, for one person: what they got, and what everybody may read. Of the rest not even the title.
import type { Moment } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { numbersOf } from "../people/find-people.ts";
import type { Person } from "../people/person.ts";
import { toAnybody } from "./mailing-words.ts";

export interface RecentMailing {
  id: number;
  name: string;
  purpose: string;
  sentAt: Moment;
  /** Of the subject: the language in which they got it, else theirs, else one that there is. */
  language: string;
  subject: string;
  isArchived: boolean;
}

/** The newest first, at most so many of each purpose. */
export async function recentMailings(work: Work, person: Person, ofEach: number): Promise<RecentMailing[]> {
  const languages = [person.language, "en", ...work.organisation.languages.mail];
  const rows = await work.rows<RecentMailing>(
    `select id, name, purpose, sent_at, language, subject, is_archived from (
      select mailing.id, name, purpose, began_at as sent_at, shown.language, subject, public and state = 'sent' as is_archived,
        row_number() over (partition by purpose order by began_at desc, mailing.id desc) as place
      from mailing left join lateral (select recipient.language from mailing_recipient recipient
          where mailing_id = mailing.id and person_id = any($1) and recipient.state in ('handed-over', 'accepted', 'unknown')
          order by person_id <> $2 limit 1) as got on true
        cross join lateral (select language, subject from mailing_text where mailing_id = mailing.id
          order by array_position(array[got.language] || $3::text[], language), language limit 1) as shown
      where (public and state = 'sent') or got.language is not null) as numbered
    where place <= $4 order by sent_at desc, id desc`,
    [await numbersOf(work, person.id), person.id, languages, ofEach],
  );
  return rows.map((row) => ({ ...row, subject: toAnybody(row.subject) }));
}
