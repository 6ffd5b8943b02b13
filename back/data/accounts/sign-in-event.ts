// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth tells of how somebody signs in: kept for them and for the history, told by mail where it opens or closes doors.
import type { SignInEventKind } from "@cdb/api/sign-in.ts";
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import { wasWrittenTo } from "../mailings/message.ts";
import { queueSignInMail, type SignInMail } from "../mailings/sign-in-mail.ts";
import { getByUuid, numbersOf } from "../people/find-people.ts";
import { Person } from "../people/person.ts";
import type { SignInEventTable } from "../schema.ts";
import { minuteOf } from "./login-link.ts";

export interface SignInEvent extends Selectable<SignInEventTable> {}

export class SignInEvent {
  static readonly table = "signInEvent";
  static readonly quiet = true;
}

export interface ToldEvent {
  /** Told again under the same key, nothing happens. */
  key: string;
  /** null: of auth itself, e.g. its keys. */
  uuid: string | null;
  kind: SignInEventKind;
  at: Moment;
  clientId: string;
  /** The client's name in words. */
  service: string;
  session: string;
  network: string;
  browser: string;
  detail: string;
  /** Grants whose tokens count no more from now on. */
  endedGrants: string[];
  /** Keys of auth's, by id: what they signed counts no more from now on. */
  endedKeys?: string[] | undefined;
}

/** Throws NotFound for a person who is not there. */
export async function recordSignInEvent(work: Work, told: ToldEvent): Promise<void> {
  await endTokens(work, [...told.endedGrants, ...(told.endedKeys ?? [])]);
  if (told.uuid === null) return work.tell(null, "auth", told.clientId || "auth", told.kind, told.detail);
  const person = await getByUuid(work, told.uuid);
  if (counted.has(told.kind) && (await countRefusal(work, person.id, told))) return;
  const event = await work.addOnce(SignInEvent, rowOf(person.id, told), told.kind);
  if (!event) return;
  // Signing out everywhere stands in the history as a change of the person.
  if (told.kind !== "sessions-ended" || !signOutSince(work, person, told.at))
    work.tell(person.id, "sign-in-event", event.id, told.kind);
  await tellThem(work, person, told);
}

/** What happened at a person's sign-ins, newest first. */
export async function listSignInEvents(work: Work, personId: number, limit: number): Promise<SignInEvent[]> {
  return work.query
    .selectFrom("signInEvent")
    .selectAll()
    .where("personId", "in", await numbersOf(work, personId))
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Whether tokens count no more that name one of these: the grant they are of, the key that signed them. */
export async function isEnded(work: Work, names: readonly string[]): Promise<boolean> {
  const ended = await work.rows("select from ended_grant where grant_hash = any($1)", [names]);
  return ended.length > 0;
}

/** Whose tokens name these, unless they count no more: asked for with every call, and so at once. */
export function findBearer(work: Work, uuid: string, names: readonly string[]): Promise<Person | undefined> {
  const isSpent = sql`exists (select from ended_grant where grant_hash = any(${names}::text[]))`;
  return work.find(Person, sql`uuid = ${uuid} and not ${isSpent}`);
}

// Keys stand beside grants: tokens name both, and no key's id is a grant's hash.
async function endTokens(work: Work, names: string[]): Promise<void> {
  if (names.length === 0) return;
  await sql`insert into ended_grant (grant_hash, ended_at)
    select unnest(${names}::text[]), ${work.now} on conflict do nothing`.execute(work.query);
}

// A stranger who guesses must not fill anybody's history: within an hour it is one event that counts them.
const counted: ReadonlySet<SignInEventKind> = new Set<SignInEventKind>([
  "refused",
  "factor-refused",
  "factor-guessed",
  "factor-missing",
]);

async function countRefusal(work: Work, personId: number, { kind, at }: ToldEvent): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`refused ${personId}`}, 0))`.execute(work.query);
  const since = at.subtract({ hours: 1 });
  const { rows } = await sql`update sign_in_event set times = times + 1
    where person_id = ${personId} and kind = ${kind} and at > ${since} returning id`.execute(work.query);
  return rows.length > 0;
}

function rowOf(personId: number, { key, kind, at, clientId, session, network, browser, detail }: ToldEvent) {
  const row = { key, personId, kind, at, client: clientId, session, browser, detail };
  return { ...row, network, networkIsFull: network !== "" };
}

// Told late, it says nothing of sign-ins since.
function signOutSince(work: Work, person: Person, at: Moment): boolean {
  if (person.signedOutAt && Temporal.Instant.compare(person.signedOutAt, at) >= 0) return false;
  person.signedOutAt = at;
  work.note(person, Person, "signed-out-everywhere");
  return true;
}

const mailOf: Partial<Record<SignInEventKind, SignInMail["mail"]>> = {
  "signed-in-new-browser": "new-browser",
  "token-reused": "sign-in-ended",
  "sessions-ended": "signed-out-everywhere",
  "password-changed": "password-changed",
  "password-set": "password-changed",
  "factor-added": "factor-added",
  "factor-removed": "factor-removed",
  "factor-copied": "factor-copied",
  "factors-reset": "factors-reset",
  "factors-left": "factors-left",
  "factor-guessed": "factor-guessed",
  "factor-missing": "password-known",
  "recovery-codes-made": "recovery-codes-made",
  "recovery-code-used": "recovery-code-used",
  "access-allowed": "service-allowed",
};
/** What somebody else can bring about is told once in so many hours. */
const pauses: Partial<Record<SignInMail["mail"], number>> = {
  "sign-in-ended": 1,
  "new-browser": 1,
  "factor-copied": 1,
  "password-known": 24,
};

async function tellThem(work: Work, person: Person, { kind, at, service, browser }: ToldEvent): Promise<void> {
  const mail = mailOf[kind];
  if (!mail || !person.isActive() || !person.email) return;
  const hours = pauses[mail];
  if (hours && (await wasWrittenTo(work, person.email, mail, Temporal.Duration.from({ hours })))) return;
  const fields = { name: person.name, service, browser, time: minuteOf(work, at) };
  await queueSignInMail(work, { mail, person, fields });
}
