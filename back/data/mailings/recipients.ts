// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Everybody who gets a mailing, each once: taken by one worker, handed over, and what became of it. A crash loses and doubles nobody.
import type { Moment } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import { lasts, lifetimeDays, uses } from "../links/unsubscribe-link.ts";
import { Person } from "../people/person.ts";
import { isSilent } from "./address-trouble.ts";
import { mailingFields } from "./mailing-fields.ts";

// PostgreSQL takes it that a mailing which has just begun has next to no rows, and would read all of them for each that is asked
// for. So a row is looked up for itself – the limit keeps PostgreSQL to that –, and written where it was found and locked.
const lookedUp = (id: string) => `cross join lateral
  (select ctid as place, * from mailing_recipient where mailing_id = $1 and person_id = ${id} limit 1 for update) as recipient`;

/** A worker that takes some has this long until others may take them. */
const claimSeconds = 60;
/** Longer than any mail server takes to answer. */
const sendingMinutes = 3;

/** Takes the next that wait, behind `after` in the order of sending, for this worker alone; nobody once the mailing pauses. Domains that pause are passed by. */
export function claimRecipients(
  work: Work,
  mailingId: number,
  { after, limit, pausing }: { after: number; limit: number; pausing: readonly string[] },
): Promise<{ personId: number; position: number }[]> {
  return work.rows(
    `with taken as (select ctid as place from mailing_recipient where mailing_id = $1 and state = 'waiting' and position > $2
        and exists (select from mailing where id = $1 and state = 'sending')
        and (claimed_until is null or claimed_until < now()) and (not_before is null or not_before <= now()) and domain <> all($4)
      order by position limit $3 for update skip locked)
    update mailing_recipient set claimed_until = now() + make_interval(secs => ${claimSeconds})
      where ctid = any(array(select place from taken)) returning person_id, position`,
    [mailingId, after, limit, pausing],
  );
}

/** Who gets a mail in this moment, with all that it says of them. */
export interface Addressee {
  personId: number;
  email: string;
  language: string;
  domain: string;
  attempts: number;
  consentId: number;
  consentedAt: Moment;
  /** Which withdraws the purpose; its moment in ISO 8601. */
  link: { id: string; expiresAt: string };
  /** By the name of the field; null: there is nothing to say. */
  fields: Record<string, unknown>;
}

/**
 * The last look before the mail server gets it: who has withdrawn, left, was blocked or merged meanwhile is left out. From here to the
 * answer nobody knows whether a mail went out. Nobody is handed over while the mailing does not send.
 */
export async function handOver(
  work: Work,
  mailing: { id: number; purpose: string },
  personIds: readonly number[],
  fields: readonly string[],
): Promise<Addressee[]> {
  const values = fields.map((name) => `'${name}', ${mailingFields[name]?.sql}`).join(", ");
  const rows = await work.rows<Addressee & { state: string; mergedInto: number | null }>(
    `with looked as (
      select place, person.id, person.email, person.registration, newest.fact, newest.id as consent_id, newest.at, link.id as link_id,
        link.expires_at, person.merged_into, ${isSilent} as silent, recipient.state, json_build_object(${values}) as fields
      from unnest($2::integer[]) as wanted (id) ${lookedUp("wanted.id")} join person on person.id = recipient.person_id
        left join lateral (select id, fact, at from consent where person_id = person.id and purpose = $3 and fact <> 'requested'
          order by id desc limit 1) as newest on true
        left join lateral (${lastingLink}) as link on true
      where exists (select from mailing where id = $1 and state = 'sending')),
    judged as (select place, id, email, consent_id, at, merged_into, fields, link_id is null as lacks_link,
        coalesce(link_id, gen_random_uuid()) as link_id, coalesce(expires_at, now() + interval '${lifetimeDays} days') as expires_at,
        case when registration <> 'confirmed' then registration when fact is distinct from 'granted' then 'withdrawn'
          when email is null then 'no-address' when silent then 'address-dead' end as why from looked where state = 'waiting'),
    linked as (insert into signed_link (id, person_id, command, details, made_at, expires_at, uses_left)
      select link_id, id, 'unsubscribe', jsonb_build_object('purpose', $3), now(), expires_at, ${uses}
      from judged where why is null and lacks_link)
    update mailing_recipient recipient set claimed_until = null, reason = why,
      state = case when why is null then 'handed-over' else 'left-out' end,
      consent_id = coalesce(judged.consent_id, recipient.consent_id),
      link_id = case when why is null then judged.link_id else recipient.link_id end,
      attempts = attempts + case when why is null then 1 else 0 end, handed_over_at = case when why is null then now() end,
      settled_at = case when why is not null then now() end
    from judged where recipient.ctid = place
    returning person_id, email, language, domain, attempts, recipient.consent_id, at as consented_at, recipient.state, fields, merged_into,
      json_build_object('id', recipient.link_id, 'expiresAt', expires_at) as link`,
    [mailing.id, personIds, mailing.purpose],
  );
  await includeSurvivors(work, mailing, rows);
  return rows.filter(({ state }) => state === "handed-over");
}

// The link of an earlier try; else the one that the person has for the purpose, while it lasts.
const lastingLink = `select id, expires_at from signed_link where person_id = person.id and command = 'unsubscribe' and details->>'purpose' = $3
  and (id = link_id or link_id is null and ${lasts})
  order by expires_at desc limit 1`;

/** Who was merged meanwhile into somebody who does not get it yet: that one does, by the consent that went over with the merge. */
async function includeSurvivors(
  work: Work,
  mailing: { id: number; purpose: string },
  rows: readonly { personId: number; mergedInto: number | null; language: string }[],
): Promise<void> {
  for (const { personId, mergedInto, language } of rows) {
    if (mergedInto === null) continue;
    const survivor = await work.get(Person, mergedInto);
    await work.rows(
      `insert into mailing_recipient (mailing_id, person_id, position, consent_id, language, domain)
        select mailing_id, $3, position, newest.id, $4, lower(split_part($5, '@', 2)) from mailing_recipient
          cross join lateral (select id, fact from consent where person_id = $3 and purpose = $6 and fact <> 'requested'
            order by id desc limit 1) as newest
        where mailing_id = $1 and person_id = $2 and newest.fact = 'granted' on conflict do nothing`,
      [mailing.id, personId, survivor.id, language, survivor.email ?? "", mailing.purpose],
    );
  }
}

export type Outcome =
  | { personId: number; state: "accepted" }
  | { personId: number; state: "refused" | "unknown"; reason: string }
  /** Certainly not taken: it waits, until then. */
  | { personId: number; state: "waiting"; reason: string; notBefore: Moment };

/** Keeps what the mail server answered; its word counts, also where a mail was of unknown fate. */
export async function settleRecipients(work: Work, mailingId: number, outcomes: readonly Outcome[]): Promise<void> {
  await work.rows(
    `with found as (select place, it.*
      from unnest($2::integer[], $3::text[], $4::text[], $5::timestamptz[]) as it (person_id, state, reason, not_before)
        ${lookedUp("it.person_id")} where recipient.state in ('handed-over', 'unknown'))
    update mailing_recipient recipient set state = found.state, reason = found.reason, not_before = found.not_before,
        settled_at = case when found.state <> 'waiting' then now() end
      from found where recipient.ctid = place`,
    [
      mailingId,
      outcomes.map(({ personId }) => personId),
      outcomes.map(({ state }) => state),
      outcomes.map((outcome) => ("reason" in outcome ? outcome.reason : null)),
      outcomes.map((outcome) => ("notBefore" in outcome ? outcome.notBefore.toString() : null)),
    ],
  );
}

/** Handed over long ago, and no answer: whoever sent it ended meanwhile, and only the mail server knows. Returns how many. */
export async function doubtRecipients(work: Work): Promise<number> {
  const rows = await work.rows(
    `update mailing_recipient set state = 'unknown', reason = 'the worker ended while sending', settled_at = now()
      where state = 'handed-over' and handed_over_at < now() - make_interval(mins => ${sendingMinutes}) returning 1`,
    [],
  );
  return rows.length;
}

/** A person decided about those of unknown fate: they get it again, or count as having got it. Returns how many. */
export async function decideUnknown(work: Work, mailingId: number, verb: "send-again" | "accept"): Promise<number> {
  const state = verb === "accept" ? "accepted" : "waiting";
  const rows = await work.rows(
    `update mailing_recipient set state = $2, reason = $3, not_before = null, claimed_until = null,
        settled_at = case when $2 = 'accepted' then now() end
      where mailing_id = $1 and state = 'unknown' returning 1`,
    [mailingId, state, verb === "accept" ? "taken as accepted by hand" : "sent again by hand"],
  );
  if (rows.length === 0) throw new Conflict("nobody-unknown", "There is nobody of whom it is unknown.");
  return rows.length;
}

export interface Progress {
  states: Partial<Record<"waiting" | "handed-over" | "accepted" | "refused" | "unknown" | "left-out", number>>;
  /** Settled within the last minute: for the rate, and the time that is left. */
  lastMinute: number;
}

export async function progressOf(work: Work, mailingId: number): Promise<Progress> {
  const rows = await work.rows<{ state: keyof Progress["states"]; count: number; recent: number }>(
    `select state, count(*)::int as count, (count(*) filter (where settled_at > now() - interval '1 minute'))::int as recent
      from mailing_recipient where mailing_id = $1 group by state`,
    [mailingId],
  );
  return {
    states: Object.fromEntries(rows.map(({ state, count }) => [state, count])),
    lastMinute: rows.reduce((sum, { recent }) => sum + recent, 0),
  };
}

/** Nobody waits and nothing is under way. */
export async function isDone(work: Work, mailingId: number): Promise<boolean> {
  const [found] = await work.rows<{ isDone: boolean }>(
    `select not exists (select from mailing_recipient where mailing_id = $1 and state = 'waiting')
      and not exists (select from mailing_recipient where mailing_id = $1 and state = 'handed-over') as is_done`,
    [mailingId],
  );
  return found?.isDone ?? true;
}
