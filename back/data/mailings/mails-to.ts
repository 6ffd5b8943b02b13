// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// All mails that a person got: those to them alone, and the mailings, each with the consent it rests on.
import type { Moment } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { numbersOf } from "../people/find-people.ts";
import type { BouncedAs } from "../schema.ts";
import { toAnybody } from "./mailing-words.ts";

export interface MailTo {
  /** `t12` is the message 12, `m3` the mailing 3. */
  key: string;
  /** The template of a message; "mailing". */
  mail: string;
  subject: string;
  body: string;
  state: string;
  at: Moment;
  /** When the mail server took it. */
  sentAt: Moment | null;
  /** Where it went; empty for a mailing, of which only the person is kept. */
  recipient: string;
  /** Why it did not arrive, as the mail server or the worker put it. */
  refusedFor: string | null;
  /** It came back. The reason is one of `back/bounces`; empty once the bounce is forgotten. */
  bounce: { at: Moment; kind: BouncedAs; reason: string } | null;
  mailing: { id: number; purpose: string; consentedAt: Moment } | null;
}

interface Row extends Omit<MailTo, "mailing" | "bounce"> {
  bouncedAt: Moment | null;
  bouncedAs: BouncedAs;
  bounceReason: string;
  mailingId: number | null;
  purpose: string;
  consentedAt: Moment;
}

/** The newest first; `before` a key goes on from there. Of a mailing the subject is told, its text has an address. */
export async function mailsTo(
  work: Work,
  personId: number,
  page: { before?: string | undefined; limit: number },
): Promise<MailTo[]> {
  const rows = await work.rows<Row>(
    `with mine as (
      select 't' || id as key, queued_at as at, mail, coalesce(subject, '') as subject, coalesce(body, '') as body, state, sent_at,
        recipient, reason as refused_for, bounced_at, bounced_as, id as message_id,
        null::integer as mailing_id, '' as purpose, null::timestamptz as consented_at
      from message where person_id = any($1)
      union all
      (select distinct on (mailing.id) 'm' || mailing.id, mailing.began_at, 'mailing', mailing_text.subject, '', recipient.state,
        case when recipient.state = 'accepted' then recipient.settled_at end, '', recipient.reason, bounced_at, bounced_as, null,
        mailing.id, mailing.purpose, consent.at
      from mailing_recipient recipient join mailing on mailing.id = recipient.mailing_id join consent on consent.id = consent_id
        join mailing_text on mailing_text.mailing_id = mailing.id and mailing_text.language = recipient.language
      where recipient.person_id = any($1) and recipient.state in ('handed-over', 'accepted', 'refused', 'unknown')
      order by mailing.id, recipient.person_id <> $4))
    select mine.*, coalesce((select reason from bounce where bounce.person_id = any($1) and kind = bounced_as
        and (bounce.message_id = mine.message_id or bounce.mailing_id = mine.mailing_id) order by id desc limit 1), '') as bounce_reason
    from mine where $2::text is null or (at, key) < (select at, key from mine where key = $2)
    order by at desc, key desc limit $3`,
    [await numbersOf(work, personId), page.before ?? null, page.limit, personId],
  );
  return rows.map(readRow);
}

function readRow({ mailingId, purpose, consentedAt, bouncedAt, bouncedAs, bounceReason, ...mail }: Row): MailTo {
  const bounce = bouncedAt && { at: bouncedAt, kind: bouncedAs, reason: bounceReason };
  const refusedFor = mail.state === "refused" ? mail.refusedFor : null;
  if (mailingId === null) return { ...mail, refusedFor, bounce, mailing: null };
  const mailing = { id: mailingId, purpose, consentedAt };
  return { ...mail, subject: toAnybody(mail.subject), refusedFor, bounce, mailing };
}
