// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mail that came back, kept once: what it says of a mail of ours, and what follows for its address and its person.
import type { Moment } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import { setConsent } from "../people/consent.ts";
import { addressKey } from "../people/email-spelling.ts";
import { survivorOf } from "../people/find-people.ts";
import { Person } from "../people/person.ts";
import type { BouncedAs, BounceTable } from "../schema.ts";
import { troubleOf } from "./address-trouble.ts";
import { askElsewhere, tellSenderTrouble } from "./bounce-mails.ts";
import { findMailing } from "./mailing.ts";
import { Message } from "./message.ts";

export interface Bounce extends Selectable<BounceTable> {}

export class Bounce {
  static readonly table = "bounce";
  static readonly quiet = true;
}

/** A mail that came back, in our words. */
export interface Returned {
  /** The same for every copy of it. */
  key: string;
  kind: BounceTable["kind"];
  status: string;
  reason: string;
  /** Which mail of ours it is about, where it proves that. */
  whose: { kind: "mailing"; mailingId: number; personId: number } | { kind: "message"; messageId: number } | undefined;
  /** The Message-ID of the mail that it gives back. */
  originalId: string;
  recipient: string;
}

/** The mail of ours that a bounce is about. */
interface Origin {
  person: Person | undefined;
  /** As it was written to then; empty when that cannot be told any more. */
  address: string;
  mailingId: number | null;
  messageId: number | null;
}

const halvesOf: Partial<Record<Returned["kind"], number>> = { hard: 2, soft: 1 };
const nothing: Origin = { person: undefined, address: "", mailingId: null, messageId: null };

/** Keeps what came back and does what follows, all at once; safe to repeat: of copies the first counts. False: it was known. */
export async function registerBounce(work: Work, returned: Returned): Promise<boolean> {
  const { key, kind, status, reason } = returned;
  // Two who take in copies of it at once: the second waits here, and finds it known.
  await work.rows("select pg_advisory_xact_lock(hashtextextended('bounce ' || $1, 0))", [key]);
  const known = await work.rows("select 1 from bounce where key = $1", [key]);
  if (known.length > 0) return false;
  const origin = await findOrigin(work, returned);
  // Of nobody, and of who has left, nothing is kept but that a mail came back.
  const person = origin.person?.registration === "erased" ? undefined : origin.person;
  const halfPoints = await countAgainst(work, origin, halvesOf[kind] ?? 0);
  const theirs = { personId: person?.id ?? null, address: person ? origin.address : "" };
  const { mailingId, messageId } = origin;
  const row = { key, kind, status, reason, ...theirs, mailingId, messageId, halfPoints };
  const { id } = await work.add(Bounce, { ...row, cameAt: work.now }, "came back");
  if (kind === "delayed" || kind === "auto-reply" || kind === "unreadable") return true;
  if (person) work.tell(person.id, "bounce", id, kind === "complaint" ? "complained" : "came-back", kind);
  await markMail(work, origin, kind);
  if (kind === "complaint") await withdraw(work, origin);
  if (kind === "sender-trouble") await tellSenderTrouble(work);
  return true;
}

const keptDays = 365;
const scoreKeptDays = 31;

/** Deletes what came back a year ago, and scores that count no more. Returns how many it took of the larger part. */
export async function forgetBounces(work: Work, limit: number): Promise<number> {
  const old = await work.rows(
    `delete from bounce where id in (select id from bounce where came_at < now() - make_interval(days => ${keptDays}) limit $1) returning 1`,
    [limit],
  );
  const over = await work.rows(
    `delete from address_trouble where id in (select trouble.id from address_trouble trouble join person on person.id = person_id
      where (silent_since is null and counted_on < current_date - ${scoreKeptDays})
        or (address is distinct from lower(email) and address is distinct from lower(secondary_email)) limit $1) returning 1`,
    [limit],
  );
  return Math.max(old.length, over.length);
}

async function findOrigin(work: Work, { whose, originalId, recipient }: Returned): Promise<Origin> {
  if (whose?.kind === "mailing") return ofMailing(work, whose.mailingId, whose.personId);
  if (whose?.kind === "message") return ofMessage(await work.find(Message, sql`id = ${whose.messageId}`), work);
  const quoted = originalId && (await work.find(Message, sql`message_id = ${originalId}`));
  // Whoever got a mail knows its name; a bounce about it has to name the one who got it, too.
  if (!quoted || recipient === "" || addressKey(recipient) !== addressKey(quoted.recipient)) return nothing;
  return ofMessage(quoted, work);
}

async function ofMessage(message: Message | undefined, work: Work): Promise<Origin> {
  if (!message) return nothing;
  const person = message.personId === null ? undefined : await lockSurvivor(work, message.personId);
  return { ...nothing, person, address: message.recipient.toLowerCase(), messageId: message.id };
}

async function ofMailing(work: Work, mailingId: number, personId: number): Promise<Origin> {
  const [sent] = await work.rows<{ handedOverAt: Moment }>(
    "select handed_over_at from mailing_recipient where mailing_id = $1 and person_id = $2 and handed_over_at is not null",
    [mailingId, personId],
  );
  if (!sent) return nothing;
  const person = await lockSurvivor(work, personId);
  // Whoever has another address since then does not answer for the old one.
  const [moved] = await work.rows(
    `select 1 from history where person_id = any($1) and verb in ('email-changed', 'email-restored', 'merged') and at > $2 limit 1`,
    [[personId, person.id], sent.handedOverAt],
  );
  return { ...nothing, person, address: moved ? "" : (person.email?.toLowerCase() ?? ""), mailingId };
}

async function lockSurvivor(work: Work, personId: number): Promise<Person> {
  return survivorOf(work, await work.get(Person, personId, "lock"), "lock");
}

/** Returns what it added, in half points: nothing for an address that is not the person's any more. */
async function countAgainst(work: Work, { person, address }: Origin, halves: number): Promise<number> {
  if (halves === 0 || !person?.isActive() || address === "") return 0;
  if (![person.email, person.secondaryEmail].some((theirs) => theirs?.toLowerCase() === address)) return 0;
  const trouble = await troubleOf(work, person, address);
  const added = trouble.count(work, halves);
  if (added === 0 || !trouble.hasEnough()) return added;
  trouble.fallSilent(work);
  await work.write();
  await askElsewhere(work, person, address);
  return added;
}

async function markMail(work: Work, { person, mailingId, messageId }: Origin, as: BouncedAs): Promise<void> {
  if (messageId !== null)
    await work.rows("update message set bounced_at = coalesce(bounced_at, $2), bounced_as = $3 where id = $1", [
      ...[messageId, work.now, as],
    ]);
  if (mailingId !== null && person)
    await work.rows(
      `update mailing_recipient set bounced_at = coalesce(bounced_at, $3), bounced_as = $4
        where mailing_id = $1 and person_id in (select id from person where $2 in (id, merged_into)) and handed_over_at is not null`,
      [mailingId, person.id, work.now, as],
    );
}

/** Whoever takes a mailing for spam gets no more of them, from this moment on. */
async function withdraw(work: Work, { person, mailingId }: Origin): Promise<void> {
  if (!person?.isActive() || mailingId === null) return;
  const { purpose } = (await findMailing(work, String(mailingId))) ?? {};
  if (purpose && work.organisation.purposes.some(({ name }) => name === purpose))
    await setConsent(work, person, purpose, false, { channel: "complaint" });
}
