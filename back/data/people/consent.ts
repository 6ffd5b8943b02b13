// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Consent: permission for one purpose, kept as facts that are only ever added.
import { createHash } from "node:crypto";
import { inLanguage, type Purpose } from "@cdb/runtime/organisation.ts";
import type { Moment } from "@cdb/runtime/time.ts";
import type { Insertable, Selectable } from "kysely";
import { describeActor } from "../actor.ts";
import type { Work } from "../database.ts";
import { Invalid } from "../errors.ts";
import type { ConsentTable } from "../schema.ts";
import { refreshStats } from "../selectors/person-stats.ts";
import type { Person } from "./person.ts";

/** Where a fact comes from: the page, and the network it was asked from. */
export interface Origin {
  channel: string;
  networkAddress?: string | undefined;
}

export interface ConsentState {
  purpose: string;
  granted: boolean;
  since: Moment | null;
  channel: string | null;
  wording: string | null;
}

/** The person asked for these purposes; nothing is granted before they confirm. */
export async function requestConsents(work: Work, person: Person, purposes: string[], origin: Origin): Promise<void> {
  for (const purpose of new Set(purposes)) await addFact(work, person, purpose, "requested", origin);
}

/** Requests that wait for a confirmation: newer than the purpose's last grant or withdrawal. */
export async function openRequests(work: Work, personId: number): Promise<{ id: number; purpose: string }[]> {
  return work.query
    .selectFrom("consent as request")
    .select(({ fn }) => [fn.max("request.id").as("id"), "request.purpose"])
    .where("request.personId", "=", personId)
    .where("request.fact", "=", "requested")
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("consent as later")
            .select("later.id")
            .whereRef("later.personId", "=", "request.personId")
            .whereRef("later.purpose", "=", "request.purpose")
            .where("later.fact", "!=", "requested")
            .whereRef("later.id", ">", "request.id"),
        ),
      ),
    )
    .groupBy("request.purpose")
    .orderBy("request.purpose")
    .execute();
}

/** Grants the open requests up to the one that was shown. */
export async function grantRequests(
  work: Work,
  person: Person,
  shownUntil: number,
  origin: Origin,
  messageId: number | null,
): Promise<void> {
  for (const request of await openRequests(work, person.id))
    if (request.id <= shownUntil)
      await addFact(work, person, request.purpose, "granted", origin, request.id, messageId);
}

/** The person says that these requests were not theirs. */
export async function refuseRequests(
  work: Work,
  person: Person,
  requests: { id: number; purpose: string }[],
): Promise<void> {
  for (const { id, purpose } of requests)
    await addFact(work, person, purpose, "withdrawn", { channel: "/command/not-me" }, id);
}

/** Grants or withdraws at once: the person is known to be who they are. Repeating it adds nothing. */
export async function setConsent(
  work: Work,
  person: Person,
  purpose: string,
  granted: boolean,
  origin: Origin,
): Promise<void> {
  const states = await consentStates(work, person.id);
  if (states.find((state) => state.purpose === purpose)?.granted === granted) return;
  await addFact(work, person, purpose, granted ? "granted" : "withdrawn", origin);
}

const newestFacts = `select distinct on (purpose) purpose, fact, at, channel, wording
  from consent where person_id = $1 and fact <> 'requested' order by purpose, id desc`;

/** The present state of every purpose of the profile, and of others that were ever granted. */
export async function consentStates(work: Work, personId: number): Promise<ConsentState[]> {
  const facts = await work.rows<Pick<Selectable<ConsentTable>, "purpose" | "fact" | "at" | "channel" | "wording">>(
    newestFacts,
    [personId],
  );
  const names = new Set([
    ...work.organisation.purposes.map((purpose) => purpose.name),
    ...facts.map((fact) => fact.purpose),
  ]);
  return [...names].map((purpose) => {
    const fact = facts.find((candidate) => candidate.purpose === purpose);
    return {
      purpose,
      granted: fact?.fact === "granted",
      since: fact?.at ?? null,
      channel: fact?.channel ?? null,
      wording: fact?.wording ?? null,
    };
  });
}

/** Every fact about one person, newest first: the proof. */
export function consentFacts(work: Work, personId: number): Promise<Selectable<ConsentTable>[]> {
  return work.query.selectFrom("consent").selectAll().where("personId", "=", personId).orderBy("id", "desc").execute();
}

/** Throws Invalid when the profile has no such purpose. */
export function getPurpose(work: Work, name: string): Purpose {
  const purpose = work.organisation.purposes.find((candidate) => candidate.name === name);
  if (!purpose) throw new Invalid("purpose-unknown", "The organisation has no such purpose.", "purposes");
  return purpose;
}

/** Records consents that were given elsewhere, each on its day, under the present wording. */
export async function recordConsents(
  work: Work,
  given: { person: Person; purpose: string; at: Moment; channel: string }[],
): Promise<void> {
  if (given.length === 0) return;
  const values = given.map((it) => ({
    ...factOf(work, it.person, it.purpose, "granted", { channel: it.channel }),
    at: it.at,
  }));
  const added = await work.query.insertInto("consent").values(values).returning(["id", "personId"]).execute();
  for (const { id, personId } of added) work.tell(personId, "consent", id, "granted");
  await refreshStats(work, [...new Set(given.map(({ person }) => person.id))]);
}

async function addFact(
  work: Work,
  person: Person,
  name: string,
  fact: ConsentTable["fact"],
  origin: Origin,
  requestId: number | null = null,
  messageId: number | null = null,
): Promise<void> {
  const values = { ...factOf(work, person, name, fact, origin), requestId, messageId };
  const { id } = await work.query.insertInto("consent").values(values).returning("id").executeTakeFirstOrThrow();
  work.tell(person.id, "consent", id, fact);
  if (fact !== "requested") await refreshStats(work, [person.id]);
}

function factOf(
  work: Work,
  person: Person,
  name: string,
  fact: ConsentTable["fact"],
  origin: Origin,
): Insertable<ConsentTable> {
  const purpose = getPurpose(work, name);
  const wording = inLanguage(purpose.wording, person.language);
  return {
    personId: person.id,
    purpose: name,
    fact,
    wording,
    wordingLanguage: person.language in purpose.wording ? person.language : "en",
    wordingVersion: purpose.version,
    wordingHash: createHash("sha256").update(wording).digest("hex"),
    channel: origin.channel,
    network: origin.networkAddress ? shortenNetwork(origin.networkAddress) : null,
    actor: describeActor(work.actor),
    requestId: null,
    messageId: null,
    at: work.now,
  };
}

/** The network without the host: `203.0.113.0`, `2001:db8:1::`. */
export function shortenNetwork(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+)\.\d+$/.exec(address);
  if (v4) return `${v4[1]}.0`;
  return `${address.split(":").slice(0, 3).join(":")}::`;
}
