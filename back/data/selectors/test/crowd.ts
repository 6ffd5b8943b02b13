// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A crowd of made-up people, the same in memory and in the database.
import { randomUUID } from "node:crypto";
import { type Day, type Moment, Temporal } from "@cdb/runtime/time.ts";
import type { Chance } from "../../../test/chance.ts";
import type { Work } from "../../database.ts";
import { refreshStats } from "../person-stats.ts";

export interface Somebody {
  id: number;
  name: string;
  email: string | null;
  language: string;
  country: string;
  postcode: string;
  city: string;
  kind: "individual" | "organisation";
  registration: "unconfirmed" | "confirmed" | "blocked" | "erased";
  registeredAt: Moment;
  confirmedAt: Moment | null;
  username: string | null;
  granted: string[];
  signatures: { campaign: string; signedOn: Day; confirmedAt: Moment | null }[];
  donations: { amount: number; refunded: number; currency: string; receivedOn: Day }[];
  pledges: {
    amount: number;
    currency: string;
    interval: Interval;
    method: "card" | "transfer";
    state: State;
    madeAt: Moment;
  }[];
  messages: { mail: string; sentAt: Moment | null }[];
}
type Interval = "once" | "monthly" | "quarterly" | "yearly";
type State = "open" | "paused" | "fulfilled" | "ended" | "lapsed";

/** Half an hour past midnight in Berlin, when it is still yesterday in UTC. */
export const now: Moment = Temporal.Instant.from("2026-06-15T22:30:00Z");
export const today: Day = Temporal.PlainDate.from("2026-06-16");

export const names = [
  "Ada Example",
  "ADA",
  "Zoë O'Brien",
  'Jürgen "Jo" Groß',
  "100% Ruhr",
  "a_b",
  "back\\slash",
  "star * name",
  "Ä?",
  "張偉",
];
const cities = ["Berlin", "berlin", "Roma", "", "Köln"];

export function makeSomebody(chance: Chance, n: number): Somebody {
  const registration = chance.pick([
    "confirmed",
    "confirmed",
    "confirmed",
    "unconfirmed",
    "blocked",
    "erased",
  ] as const);
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: chance.upTo(most + 1) }, make);
  return {
    id: 0,
    name: chance.pick(names),
    email: registration === "erased" ? null : `${chance.pick(["Ada", "ada", "x_y", "x%y"])}${n}@example.org`,
    language: chance.pick(["en", "de"]),
    country: chance.pick(["DE", "DE", "AT", "FR", ""]),
    postcode: chance.pick(["10115", "10999", "00118", ""]),
    city: chance.pick(cities),
    kind: chance.pick(["individual", "individual", "organisation"] as const),
    registration,
    registeredAt: aMoment(chance),
    confirmedAt: chance.is(0.7) ? aMoment(chance) : null,
    username: chance.is(0.3) ? `user${n}` : null,
    granted: ["info", "newsletter"].filter(() => chance.is(0.4)),
    signatures: some(1, () => ({
      campaign: "open-letter",
      signedOn: aDay(chance),
      confirmedAt: chance.is(0.7) ? aMoment(chance) : null,
    })),
    donations: some(5, () => {
      const amount = 100 * (1 + chance.upTo(60));
      return {
        amount,
        refunded: chance.pick([0, 0, 0, amount, Math.floor(amount / 3)]),
        currency: chance.is(0.9) ? "EUR" : "CHF",
        receivedOn: aDay(chance),
      };
    }),
    pledges: some(2, () => ({
      amount: 500 * (1 + chance.upTo(6)),
      currency: chance.is(0.9) ? "EUR" : "CHF",
      interval: chance.pick(["once", "monthly", "quarterly", "yearly"] as const),
      method: chance.pick(["card", "transfer"] as const),
      state: chance.pick(["open", "paused", "fulfilled", "ended", "lapsed"] as const),
      madeAt: aMoment(chance),
    })),
    messages: some(2, () => ({
      mail: chance.pick(["thank-you", "how-to-pay"]),
      sentAt: chance.is(0.7) ? aMoment(chance) : null,
    })),
  };
}

/** Mostly lately, for periods have their edges there. */
export function aDay(chance: Chance): Day {
  return chance.is(0.3) ? today.subtract({ months: chance.upTo(14) }) : today.subtract({ days: chance.upTo(1_200) });
}

function aMoment(chance: Chance): Moment {
  const hours = chance.pick([0, 0, 12, 23]);
  return aDay(chance).toZonedDateTime("Europe/Berlin").add({ hours }).toInstant();
}

/** Writes their rows at once and gives them their ids: how such rows come about is tested elsewhere. */
export async function enterCrowd(work: Work, crowd: readonly Somebody[]): Promise<void> {
  const { query } = work;
  const ids = await query
    .insertInto("person")
    .values(
      crowd.map(({ id, granted, signatures, donations, pledges, messages, username, ...person }) => ({
        ...person,
        signedOutAt: null,
      })),
    )
    .returning("id")
    .execute();
  for (const [at, somebody] of crowd.entries()) somebody.id = ids[at]?.id as number;
  const each = <T, R>(things: (somebody: Somebody) => T[], row: (thing: T, personId: number) => R): R[] =>
    crowd.flatMap((somebody) => things(somebody).map((thing) => row(thing, somebody.id)));
  await query
    .insertInto("account")
    .values(
      each(
        ({ username }) => (username === null ? [] : [username]),
        (username, personId) => ({ personId, username, openedAt: now }),
      ),
    )
    .execute();
  await query
    .insertInto("consent")
    .values(each(factsOf, (fact, personId) => ({ ...fact, personId })))
    .execute();
  await query
    .insertInto("signature")
    .values(
      each(
        (somebody) => somebody.signatures,
        (signature, personId) => ({ ...signature, personId, channel: "/", requestedAt: now }),
      ),
    )
    .execute();
  await query
    .insertInto("pledge")
    .values(
      each(
        (somebody) => somebody.pledges,
        (pledge, personId) => ({
          ...pledge,
          personId,
          firstDueOn: today,
          nextDueOn: null,
          remindedOn: null,
          reference: randomUUID(),
          key: randomUUID(),
          renewal: null,
          channel: "/",
        }),
      ),
    )
    .execute();
  await query
    .insertInto("message")
    .values(
      each(
        (somebody) => somebody.messages,
        (message, personId) => ({
          ...message,
          personId,
          recipient: "x@example.org",
          language: "en",
          fields: {},
          secrets: null,
          linkId: null,
          subject: null,
          body: null,
          messageId: null,
          reason: null,
          queuedAt: now,
        }),
      ),
    )
    .execute();
  await enterDonations(work, crowd);
  await refreshStats(
    work,
    crowd.map(({ id }) => id),
  );
}

// Who has granted may have asked again since; who has not has asked only, or has withdrawn and asked again.
function factsOf({ id, granted }: Somebody) {
  const facts = (["info", "newsletter"] as const).flatMap((purpose, at) => {
    const [yes, no] = [{ purpose, fact: "granted" } as const, { purpose, fact: "withdrawn" } as const];
    const [long, asked] = [(id + at) % 2 === 0, { purpose, fact: "requested" } as const];
    if (granted.includes(purpose)) return long ? [asked, yes, asked] : [yes];
    return long ? [yes, no, asked] : [asked];
  });
  const proof = {
    wording: "",
    wordingLanguage: "en",
    wordingVersion: 1,
    wordingHash: "",
    channel: "/",
    actor: "worker",
  };
  return facts.map((fact) => ({ ...fact, ...proof, network: null, requestId: null, messageId: null, at: now }));
}

async function enterDonations({ query }: Work, crowd: readonly Somebody[]): Promise<void> {
  const { id: noticeId } = await query
    .insertInto("notice")
    .values({ provider: "hand", noticeId: "crowd", raw: "{}", receivedAt: now })
    .returning("id")
    .executeTakeFirstOrThrow();
  const donations = crowd.flatMap(({ id, donations }) => donations.map((donation) => ({ ...donation, personId: id })));
  const payments = await query
    .insertInto("payment")
    .values(
      donations.map(({ amount, currency }, at) => ({
        provider: "hand" as const,
        providerReference: `crowd-${at}`,
        kind: "received" as const,
        amount,
        currency,
        happenedAt: now,
        reference: "",
        original: null,
        payerName: "",
        payerEmail: "",
        noticeId,
        registeredAt: now,
      })),
    )
    .returning("id")
    .execute();
  await query
    .insertInto("donation")
    .values(
      donations.map((donation, at) => ({
        ...donation,
        paymentId: payments[at]?.id as number,
        pledgeId: null,
        reference: "",
        purpose: "donation" as const,
      })),
    )
    .execute();
}
