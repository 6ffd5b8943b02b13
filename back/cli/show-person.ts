// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people show`: data, account, consents, pledges and donations of one person.
import type { Work } from "../data/database.ts";
import { donationsOf } from "../data/donations/donation.ts";
import { pledgesOf } from "../data/donations/pledge.ts";
import { formatMoney } from "../data/money.ts";
import { consentStates } from "../data/people/consent.ts";
import { usernameOf } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import { rolesOf } from "../data/people/role.ts";
import { type Answer, moment, table } from "./answer.ts";

/** All of one person, for a text and for JSON. */
export async function showPerson(work: Work, person: Person): Promise<Answer> {
  const { timeZone } = work.organisation;
  const presented = await presentPerson(work, person);
  const consents = (await consentStates(work, person.id)).map((it) => ({ ...it, since: it.since?.toString() ?? null }));
  const pledges = (await pledgesOf(work, person.id)).map(
    ({ reference, amount, currency, interval, method, state, madeAt }) => ({
      ...{ reference, amount: { amount, currency }, interval, method, state, madeAt: madeAt.toString() },
    }),
  );
  const donations = (await donationsOf(work, person.id, { limit: 1_000 })).map((it) => ({
    id: it.id,
    amount: { amount: it.amount, currency: it.currency },
    refunded: { amount: it.refunded, currency: it.currency },
    receivedOn: it.receivedOn.toString(),
    reference: it.reference,
    purpose: it.purpose,
    provider: it.provider,
  }));
  const account = (await accountOf(work, person.id)) ?? null;
  const roles = (await rolesOf(work, person.id)).map(({ name, team, state }) => ({ name, team, state }));
  const { lines, postcode, city, region, country } = presented.postalAddress;
  const facts = [
    ["id", person.id],
    ["uuid", person.uuid],
    ["name", `${person.name}${person.kind === "organisation" ? " (organisation)" : ""}`],
    ["email", person.email],
    ["second email", person.secondaryEmail],
    ["language", person.language],
    ["postal address", [...lines, `${postcode} ${city}`.trim(), region, country].filter(Boolean).join(", ") || null],
    ["birthday", presented.birthday],
    ["works with us", roles.map(({ name, team, state }) => `${name} ${team} (${state})`.replace("  ", " ")).join(", ")],
    ["reference", presented.donref],
    ["registration", `${person.registration}, registered ${moment(person.registeredAt, timeZone)}`],
    ["account", account && `${account.username} (${account.state})`],
  ] as [string, string | number | null][];
  const sections = [
    table(["", ""], facts).trimStart(),
    section(
      ["consent", "granted", "since", "by"],
      consents.map((it) => [it.purpose, it.granted ? "yes" : "no", it.since && moment(it.since, timeZone), it.channel]),
    ),
    section(
      ["pledge", "amount", "interval", "method", "state"],
      pledges.map((it) => [it.reference, formatMoney(it.amount, "en"), it.interval, it.method, it.state]),
    ),
    section(
      ["donation", "day", "amount", "refunded", "reference", "purpose"],
      donations.map((it) => [
        ...[it.id, it.receivedOn, formatMoney(it.amount, "en")],
        ...[it.refunded.amount > 0 ? formatMoney(it.refunded, "en") : null, it.reference, it.purpose],
      ]),
    ),
  ];
  return {
    json: { ...presented, account, roles, consents, pledges, donations },
    text: sections.filter(Boolean).join("\n\n"),
  };
}

/** A person as commands answer it in JSON. */
export async function presentPerson(work: Work, person: Person) {
  const { id, uuid, kind, registration, name, email, secondaryEmail, language } = person;
  return {
    ...{ id, uuid, kind, registration, name, email, secondaryEmail, language },
    birthday: person.birthday?.toString() ?? null,
    postalAddress: person.postalAddress(),
    donref: person.donref(work.organisation.referencePrefix),
    username: await usernameOf(work, id),
    registeredAt: person.registeredAt.toString(),
  };
}

async function accountOf(work: Work, personId: number) {
  const account = await work.query
    .selectFrom("account")
    .select(["username", "state", "openedAt"])
    .where("personId", "=", personId)
    .executeTakeFirst();
  return account && { ...account, openedAt: account.openedAt.toString() };
}

function section(headings: string[], rows: (string | number | null)[][]): string {
  return rows.length === 0 ? "" : table(headings, rows, ["donation", "amount", "refunded"]);
}
