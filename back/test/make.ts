// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Records for tests: valid by default, different where a test says so.
import { randomUUID } from "node:crypto";
import type { Notice } from "@cdb/api/payments.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { ToldEvent } from "../data/accounts/sign-in-event.ts";
import type { Actor } from "../data/actor.ts";
import type { Work } from "../data/database.ts";
import { makePledge, type NewPledge, type Pledge } from "../data/donations/pledge.ts";
import type { Person } from "../data/people/person.ts";
import { type Registration, register } from "../data/people/registration.ts";

export const front: Actor = { kind: "program", name: "front" };
export const administrator: Actor = { kind: "administrator", name: "test" };

let count = 0;

export function aRegistration(wish: Partial<Registration> = {}): Registration {
  count += 1;
  return {
    name: "Ada Example",
    email: `ada${count}@example.org`,
    kind: "individual",
    language: "en",
    purposes: [],
    signatures: {},
    confirmation: "mail",
    origin: { channel: "/subscribe", networkAddress: "203.0.113.9" },
    ...wish,
  };
}

export function makePerson(work: Work, wish: Partial<Registration> = {}): Promise<Person> {
  return register(work, aRegistration({ confirmation: "caller", ...wish }));
}

export function makeAPledge(work: Work, person: Person, wish: Partial<NewPledge> = {}): Promise<Pledge> {
  return makePledge(work, person, {
    amount: { amount: 2500, currency: "EUR" },
    interval: "once",
    method: "transfer",
    key: randomUUID(),
    channel: "/donate",
    ...wish,
  });
}

export function aNotice(wish: Partial<Notice> = {}): Notice {
  count += 1;
  return {
    noticeId: `evt_${count}_${randomUUID()}`,
    kind: "received",
    amount: { amount: 2500, currency: "EUR" },
    happenedAt: "2026-11-20T10:00:00Z",
    reference: "",
    payer: { name: "Ada Example", email: "ada@example.org" },
    raw: "{}",
    ...wish,
  };
}

/** What auth tells of a sign-in with Firefox. */
export function aSignInEvent(uuid: string, wish: Partial<ToldEvent> = {}): ToldEvent {
  const words = {
    clientId: "front",
    service: "Wiki",
    session: "",
    network: "",
    browser: "Firefox, Linux",
    detail: "pwd",
  };
  return { key: randomUUID(), uuid, kind: "signed-in", at: Temporal.Now.instant(), ...words, endedGrants: [], ...wish };
}
