// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Importing: many people enter at once, from a list that a coordinator answers for; whoever is known is left alone.
import type { PostalAddress } from "@cdb/api/shapes.ts";
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Invalid } from "../errors.ts";
import { changePerson } from "./change-person.ts";
import { consentStates, getPurpose, recordConsents, requestConsents } from "./consent.ts";
import { addressKey, spellings } from "./email-spelling.ts";
import { lockAddress } from "./find-people.ts";
import { addressColumns, checkedBirthday, knownLanguage, Person } from "./person.ts";
import { askToConfirm, refuseBlockedDomain } from "./registration.ts";
import { findSuppressed } from "./suppression.ts";

/** One line of the list, with the contract's shapes. */
export interface PersonOfList {
  name: string;
  email: string;
  kind: "individual" | "organisation";
  /** Absent: the first that the organisation writes mails in. */
  language?: string | undefined;
  postalAddress?: PostalAddress | undefined;
  birthday?: Day | undefined;
  consents: ConsentOfList[];
  /** Where the consents come from: the list, and the paper or page before it. */
  channel: string;
}

export interface ConsentOfList {
  purpose: string;
  /** The day they agreed on, and the version of the wording. Null: they are said to agree, and nobody knows since when. */
  given: { on: Day; wordingVersion: number } | null;
}

export interface ImportWish {
  /** Fill what is empty of people who are known. */
  update: boolean;
  /** Ask by mail those who gave no consent; else the coordinator's word confirms them and nobody is written to. */
  ask: boolean;
  /** Keys the hash that remembers the addresses of people who left. */
  secret: string;
}

export type Imported =
  | { outcome: "added" | "known" | "filled"; person: number }
  | { outcome: "refused"; code: string; reason: string; field: string | undefined };

type Given = Parameters<typeof recordConsents>[1];

/** Imports a part of a list, safe to repeat: line by line what became of it. No address may be in it twice. */
export async function importPeople(work: Work, list: PersonOfList[], wish: ImportWish): Promise<Imported[]> {
  const emails = list.map(({ email }) => addressKey(email));
  await lockAddress(work, ...emails);
  const known = await findKnown(work, emails);
  const suppressed = await findSuppressed(work, emails, wish.secret);
  const given: Given = [];
  const imported: Imported[] = [];
  for (const entry of list) {
    const email = addressKey(entry.email);
    const person = known.get(email);
    const refusal = refusalOf(work, entry, !person && suppressed.has(email), wish);
    if (refusal) imported.push(refusal);
    else if (person) imported.push(wish.update ? await fill(work, person, entry, given) : left(person));
    else imported.push(await add(work, entry, wish, given));
  }
  await recordConsents(work, given);
  return imported;
}

async function findKnown(work: Work, emails: string[]): Promise<Map<string, Person>> {
  const written = emails.flatMap(spellings);
  const { rows } = await sql<Record<string, unknown>>`select * from person
    where lower(email) = any(${written}) or lower(secondary_email) = any(${written})`.execute(work.query);
  const people = rows.map((row) => work.adopt(Person, row));
  return new Map(
    people.flatMap((person) =>
      [person.email, person.secondaryEmail].flatMap((email) => (email ? [[addressKey(email), person] as const] : [])),
    ),
  );
}

function refusalOf(work: Work, entry: PersonOfList, isSuppressed: boolean, { ask }: ImportWish): Imported | undefined {
  try {
    if (isSuppressed)
      throw new Invalid("suppressed", "Whoever has this address left, and is not to be entered again.", "email");
    refuseBlockedDomain(work, entry.email);
    if (entry.language !== undefined) knownLanguage(work, entry.language);
    if (entry.birthday) checkedBirthday(work, entry.birthday);
    for (const consent of entry.consents) checkConsent(work, consent, ask);
    return undefined;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { outcome: "refused", code: error.code, reason: error.message, field: error.field };
  }
}

/** A consent nobody can prove is none: its day and its wording must be known, or the person is asked. */
function checkConsent(work: Work, { purpose: name, given }: ConsentOfList, ask: boolean): void {
  const purpose = getPurpose(work, name);
  const field = `consent:${name}`;
  if (!given && !ask) throw new Invalid("consent-day-unknown", "A consent needs the day on which it was given.", field);
  if (!given) return;
  const today = work.now.toZonedDateTimeISO(work.organisation.timeZone).toPlainDate();
  if (Temporal.PlainDate.compare(given.on, today) > 0)
    throw new Invalid("consent-in-future", "The day of the consent has not come yet.", field);
  if (given.wordingVersion !== purpose.version)
    throw new Invalid(
      "wording-unknown",
      `The organisation profile has version ${purpose.version} of the wording and no other.`,
      "consent-version",
    );
}

async function add(work: Work, entry: PersonOfList, { ask }: ImportWish, given: Given): Promise<Imported> {
  const values = {
    ...{ kind: entry.kind, name: entry.name, email: entry.email },
    language: entry.language ?? knownLanguage(work, work.organisation.languages.mail[0] ?? "en"),
    registeredAt: work.now,
    ...(entry.birthday && { birthday: entry.birthday }),
    ...(entry.postalAddress && addressColumns(entry.postalAddress)),
  };
  const person = await work.add(Person, values, "imported");
  const proven = entry.consents.flatMap((consent) => givenBy(work, person, consent, entry.channel));
  given.push(...proven);
  if (!ask || proven.length > 0) person.confirm(work, "coordinator");
  const asked = entry.consents.filter((consent) => !consent.given).map(({ purpose }) => purpose);
  await requestConsents(work, person, asked, { channel: entry.channel });
  if (ask && (proven.length === 0 || asked.length > 0)) await askToConfirm(work, person);
  return { outcome: "added", person: person.id };
}

async function fill(work: Work, person: Person, entry: PersonOfList, given: Given): Promise<Imported> {
  if (!person.isActive()) return left(person);
  const { lines, postcode, city, country } = person.postalAddress();
  // An address is one thing: a street of the one and a city of the other would be nobody's.
  const postalAddress = [...lines, postcode, city, country].join("") === "" ? entry.postalAddress : undefined;
  const birthday = person.birthday === null ? entry.birthday : undefined;
  if (postalAddress || birthday) await changePerson(work, person, { postalAddress, birthday }, "imported");
  const news = await newConsents(work, person, entry, given);
  given.push(...news);
  return postalAddress || birthday || news.length > 0 ? { outcome: "filled", person: person.id } : left(person);
}

/** Those that are not granted already – a list may name both addresses of a person – and not withdrawn on that day or later. */
async function newConsents(work: Work, person: Person, entry: PersonOfList, already: Given): Promise<Given> {
  if (!entry.consents.some((consent) => consent.given)) return [];
  const states = await consentStates(work, person.id);
  return entry.consents
    .flatMap((consent) => givenBy(work, person, consent, entry.channel))
    .filter(({ purpose, at }) => {
      if (already.some((other) => other.person === person && other.purpose === purpose)) return false;
      const state = states.find((known) => known.purpose === purpose);
      if (!state?.since) return true;
      const { timeZone } = work.organisation;
      const [day, since] = [at, state.since].map((moment) => moment.toZonedDateTimeISO(timeZone).toPlainDate());
      return !state.granted && Temporal.PlainDate.compare(day as Day, since as Day) > 0;
    });
}

function givenBy(work: Work, person: Person, { purpose, given }: ConsentOfList, channel: string): Given {
  if (!given) return [];
  // The hour is unknown; noon is that day in every zone near by.
  const noon = given.on.toZonedDateTime({ timeZone: work.organisation.timeZone, plainTime: "12:00" }).toInstant();
  const at = Temporal.Instant.compare(noon, work.now) > 0 ? work.now : noon;
  return [{ person, purpose, at, channel }];
}

function left(person: Person): Imported {
  return { outcome: "known", person: person.id };
}
