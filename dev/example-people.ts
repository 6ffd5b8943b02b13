// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The made-up people of a fresh development system, entered through the same verbs as real ones.
import { randomUUID } from "node:crypto";
import type { Interval, PostalAddress } from "@cdb/api/shapes.ts";
import { openAccount } from "@cdb/back/data/accounts/account.ts";
import type { Actor } from "@cdb/back/data/actor.ts";
import { Database, type Work } from "@cdb/back/data/database.ts";
import { makePledge } from "@cdb/back/data/donations/pledge.ts";
import { registerPayment } from "@cdb/back/data/payments/register-payment.ts";
import { setConsent } from "@cdb/back/data/people/consent.ts";
import type { Person } from "@cdb/back/data/people/person.ts";
import { register } from "@cdb/back/data/people/registration.ts";
import { type DirectorySettings, openDirectory } from "@cdb/directory/directory.ts";
import { readOrganisation } from "@cdb/runtime/organisation.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { until } from "./until.ts";

interface Example {
  name: string;
  email: string;
  kind?: "organisation";
  language: string;
  postalAddress: PostalAddress;
  purposes: string[];
  /** With a username comes a directory entry and this password. */
  account?: { username: string; password: string };
  gives?: { interval: Interval; amount: number; times: number };
}

const berlin = { lines: ["Beispielweg 5"], postcode: "10115", city: "Berlin", country: "DE" };

export const examples: readonly Example[] = [
  {
    name: "Ada Example",
    email: "ada@example.org",
    language: "en",
    postalAddress: { lines: ["1 Example Lane"], postcode: "EC1A 1AA", city: "London", country: "GB" },
    purposes: ["newsletter"],
    account: { username: "ada", password: "analytical engine" },
    gives: { interval: "yearly", amount: 12_000, times: 4 },
  },
  {
    name: "Bruno Beispiel",
    email: "bruno@example.org",
    language: "de",
    postalAddress: berlin,
    purposes: ["info", "newsletter"],
    account: { username: "bruno", password: "zwölf bunte Vögel" },
    gives: { interval: "monthly", amount: 1_500, times: 6 },
  },
  {
    name: "Chiara Esempio",
    email: "chiara@example.org",
    language: "en",
    postalAddress: { ...berlin, country: "IT", city: "Roma", postcode: "00118" },
    purposes: [],
  },
  {
    name: "Beispiel Genossenschaft",
    email: "office@genossenschaft.example",
    kind: "organisation",
    language: "de",
    postalAddress: berlin,
    purposes: ["info"],
    gives: { interval: "once", amount: 250_000, times: 1 },
  },
];

const actor: Actor = { kind: "administrator", name: "example people" };

/** Enters the example people. Call it once, on a fresh database and directory. */
export async function makeExamplePeople(
  databaseUrl: string,
  organisationFolder: string,
  settings: DirectorySettings,
): Promise<void> {
  const database = new Database(databaseUrl, readOrganisation(organisationFolder), {
    program: "examples",
    poolSize: 1,
  });
  const directory = openDirectory(settings);
  try {
    for (const example of examples) {
      await database.transaction(actor, (work) => enter(work, example));
      if (!example.account) continue;
      const { username, password } = example.account;
      await until(async () => (await directory.findEntry(username)) !== undefined);
      await directory.setPassword(username, password);
    }
  } finally {
    await directory.close();
    await database.close();
  }
}

async function enter(work: Work, example: Example): Promise<void> {
  const { name, email, language, postalAddress, purposes, account, gives } = example;
  const origin = { channel: "example people" };
  const kind = example.kind ?? "individual";
  const person = await register(work, {
    name,
    email,
    kind,
    language,
    postalAddress,
    purposes: [],
    signatures: {},
    confirmation: "caller",
    origin,
  });
  person.confirm(work, "coordinator");
  for (const purpose of purposes) await setConsent(work, person, purpose, true, origin);
  if (account) await openAccount(work, person, account.username);
  if (gives) await give(work, person, gives);
}

async function give(
  work: Work,
  person: Person,
  { interval, amount, times }: NonNullable<Example["gives"]>,
): Promise<void> {
  const money = { amount, currency: work.organisation.currency };
  const pledge = await makePledge(work, person, {
    amount: money,
    interval,
    method: "card",
    key: randomUUID(),
    channel: "example people",
  });
  const today = work.now.toZonedDateTimeISO(work.organisation.timeZone);
  for (let time = times; time > 0; time -= 1) {
    const day = today.subtract(interval === "yearly" ? { years: time } : { months: time });
    const name = `example-${person.id}-${time}`;
    await registerPayment(work, "hand", name, {
      noticeId: name,
      kind: "received",
      amount: money,
      happenedAt: day.toInstant().toString(),
      reference: pledge.reference,
      payer: { name: person.name, email: person.email ?? "" },
      raw: `{"example":true,"day":"${Temporal.PlainDate.from(day.toPlainDate()).toString()}"}`,
    });
  }
}
