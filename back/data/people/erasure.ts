// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Leaving: a plan first, then a day, then all goes that no law keeps; the rest is locked until its year has come.
import { Temporal } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import { retireUsernames } from "../accounts/username.ts";
import type { Work } from "../database.ts";
import { formatDay } from "../donations/donation.ts";
import { Conflict } from "../errors.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage } from "../mailings/message.ts";
import { queueSignInMail } from "../mailings/sign-in-mail.ts";
import type { ErasureTable } from "../schema.ts";
import { consentStates, setConsent } from "./consent.ts";
import { eraseAround, eraseBooks } from "./erase-rows.ts";
import { numbersOf } from "./find-people.ts";
import { Person, queueEndOfSignIns } from "./person.ts";
import { suppress } from "./suppression.ts";

export interface Erasure extends Selectable<ErasureTable> {}

export class Erasure {
  static readonly table = "erasure";
}

export interface ErasurePlan {
  /** When the data go; the person can take it back until then. */
  dueAt: Temporal.Instant;
  goes: string[];
  /** What the law keeps, with the day on which it goes too; null: nothing is kept. */
  stays: { what: string[]; until: Temporal.PlainDate } | null;
}

/** What would go and what would stay. Changes nothing. */
export async function planErasure(work: Work, person: Person): Promise<ErasurePlan> {
  const until = await keptUntil(work, person.id);
  const goes = [
    "email",
    "language",
    "birthday",
    "roles",
    "consents",
    "signatures",
    "account",
    "messages",
    "history-values",
  ];
  const books = ["name", "postalAddress", "donations"];
  const { erasureAfterDays } = work.organisation.retention;
  return {
    dueAt: work.now.add({ hours: 24 * erasureAfterDays }),
    goes: until ? goes : [...goes, ...books.slice(0, 2)],
    stays: until ? { what: books, until } : null,
  };
}

/** The person wants to leave: the worker carries it out on the day, unless the link in the mail takes it back. Safe to repeat. */
export async function requestErasure(work: Work, person: Person): Promise<Erasure> {
  const planned = await findPlannedErasure(work, person.id, "lock");
  if (planned) return planned;
  if (person.registration === "merged")
    throw new Conflict("person-merged", "This person was merged into another, who is the one to be erased.");
  const { dueAt } = await planErasure(work, person);
  const erasure = await scheduleErasure(work, person, dueAt);
  const link = await prepareLink(work, person, "keep-me", work.organisation.retention.erasureAfterDays);
  const day = formatDay(dueAt.toZonedDateTimeISO(work.organisation.timeZone).toPlainDate(), person.language);
  await queueSignInMail(work, { mail: "erasure-planned", person, fields: { name: person.name, day }, linkId: link.id });
  return erasure;
}

/** For a registration that its address never wanted: the worker carries it out now, and certifies it by mail. */
export async function eraseAtOnce(work: Work, person: Person): Promise<void> {
  if (!(await findPlannedErasure(work, person.id, "lock"))) await scheduleErasure(work, person, work.now);
}

async function scheduleErasure(work: Work, person: Person, dueAt: Temporal.Instant): Promise<Erasure> {
  const values = {
    personId: person.id,
    requestedAt: work.now,
    dueAt,
    cancelledAt: null,
    carriedOutAt: null,
    certificate: null,
  };
  const erasure = await work.add(Erasure, values, "requested");
  work.queue({ name: "erase-person", erasureId: erasure.id, startAfter: dueAt.toString() });
  return erasure;
}

/** An erasure that is asked for and not yet carried out. */
export function findPlannedErasure(work: Work, personId: number, lock?: "lock"): Promise<Erasure | undefined> {
  return work.find(Erasure, sql`person_id = ${personId} and cancelled_at is null and carried_out_at is null`, lock);
}

export async function cancelErasure(work: Work, person: Person): Promise<void> {
  const planned = await findPlannedErasure(work, person.id, "lock");
  if (!planned) return;
  planned.cancelledAt = work.now;
  work.note(planned, Erasure, "cancelled");
}

/** The day has come. Safe to repeat: what is done or taken back is left alone. `secret` keys the hash that remembers the address. */
export async function carryOutErasure(work: Work, erasureId: number, secret: string): Promise<void> {
  const erasure = await work.get(Erasure, erasureId, "lock");
  if (erasure.cancelledAt || erasure.carriedOutAt) return;
  const person = await work.get(Person, erasure.personId, "lock");
  erasure.carriedOutAt = work.now;
  erasure.certificate = await erase(work, person, secret);
  work.note(erasure, Erasure, "carried-out");
}

/** Takes everything that no law keeps, and says so by a last mail unless silently. Returns the certificate: what went, what stays until when; no personal word in it. */
export async function erase(
  work: Work,
  person: Person,
  secret: string,
  silently?: "silently",
): Promise<Record<string, unknown>> {
  const { goes, stays } = await planErasure(work, person);
  await suppress(work, person, secret);
  for (const { purpose, granted } of await consentStates(work, person.id))
    if (granted) await setConsent(work, person, purpose, false, { channel: "erasure" });
  await retireUsernames(work, person.id, secret);
  const numbers = await numbersOf(work, person.id);
  for (const id of numbers) await eraseAround(work, id);
  await eraseMerged(work, person.id, secret);
  if (!stays) await eraseBooks(work, person);
  const kept = stays ? formatDay(stays.until, person.language) : "";
  if (person.email !== null && !silently) {
    const recipient = { email: person.email, language: person.language };
    await queueMessage(work, { mail: "erasure-done", recipient, fields: { name: person.name, kept } });
  }
  await work.query
    .updateTable("person")
    .set({
      email: null,
      secondaryEmail: null,
      birthday: null,
      language: "en",
      registration: "erased",
      signedOutAt: work.now,
    })
    .where("id", "=", person.id)
    .execute();
  queueEndOfSignIns(work, person.uuid, "forget");
  work.forget(person, Person);
  work.tell(person.id, "person", person.id, "erased");
  return { erasedAt: work.now.toString(), goes, stays: stays && { what: stays.what, until: stays.until.toString() } };
}

/** Nightly: people erased earlier whose last kept year is over. Returns how many lost the rest. */
export async function eraseRemains(work: Work, limit: number): Promise<number> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from person where registration = 'erased' and (name <> '' or postcode <> '' or city <> '')
    for update skip locked limit ${limit}`.execute(work.query);
  let count = 0;
  for (const person of rows.map((row) => work.adopt(Person, row))) {
    if (await keptUntil(work, person.id)) continue;
    await eraseBooks(work, person);
    work.tell(person.id, "person", person.id, "remains-erased");
    count += 1;
  }
  return count;
}

/** The last day of the years that the law keeps donations of this person; undefined when there are none to keep. */
async function keptUntil(work: Work, personId: number): Promise<Temporal.PlainDate | undefined> {
  const newest = await work.query
    .selectFrom("donation")
    .select("receivedOn")
    .where("personId", "=", personId)
    .orderBy("receivedOn", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!newest) return undefined;
  const until = Temporal.PlainDate.from({
    year: newest.receivedOn.year + work.organisation.retention.donationYears,
    month: 12,
    day: 31,
  });
  const today = work.now.toZonedDateTimeISO(work.organisation.timeZone).toPlainDate();
  return Temporal.PlainDate.compare(until, today) < 0 ? undefined : until;
}

/** Of people who were merged into this one nothing is kept: what the law asks for stands with the survivor. */
async function eraseMerged(work: Work, personId: number, secret: string): Promise<void> {
  const { rows } = await sql<Record<string, unknown>>`select * from person where merged_into = ${personId}`.execute(
    work.query,
  );
  const empty = { name: "", addressLines: [], postcode: "", city: "", region: "", country: "" };
  const gone = { ...empty, email: null, secondaryEmail: null, birthday: null, language: "en", mergedInto: null };
  for (const merged of rows.map((row) => work.adopt(Person, row))) {
    await suppress(work, merged, secret);
    await work.query
      .updateTable("person")
      .set({ ...gone, registration: "erased" })
      .where("id", "=", merged.id)
      .execute();
    work.forget(merged, Person);
    queueEndOfSignIns(work, merged.uuid, "forget");
    work.tell(merged.id, "person", merged.id, "erased");
  }
}
