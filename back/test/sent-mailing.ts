// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailing that went out, for tests of what comes after.
import type { Work } from "../data/database.ts";
import { unsubscribeLink } from "../data/links/unsubscribe-link.ts";
import { makeMailing } from "../data/mailings/mailing.ts";
import { setConsent } from "../data/people/consent.ts";
import type { Person } from "../data/people/person.ts";

let count = 0;

/** Agreed to and accepted by the mail server for these people. Returns its number. */
export async function sentMailing(work: Work, ...people: Person[]): Promise<number> {
  count += 1;
  const wish = { name: `sent-${count}`, purpose: "newsletter", selector: "", replyTo: "", public: false };
  const { id } = await makeMailing(work, wish);
  for (const [position, person] of people.entries()) {
    person.confirm(work, "link");
    await setConsent(work, person, "newsletter", true, { channel: "/settings" });
    const link = await unsubscribeLink(work, person, "newsletter");
    await work.rows(
      `insert into mailing_recipient (mailing_id, person_id, position, consent_id, link_id, language, domain, state, handed_over_at, settled_at)
        select $1, $2, $3, max(id), $4, 'en', split_part($5, '@', 2), 'accepted', now() - interval '1 minute', now() from consent
        where person_id = $2 and purpose = 'newsletter'`,
      [id, person.id, position, link.id, person.email],
    );
  }
  return id;
}
