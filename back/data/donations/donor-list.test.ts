// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makePerson } from "../../test/make.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { setConsent } from "../people/consent.ts";
import { Person } from "../people/person.ts";
import type { Registration } from "../people/registration.ts";
import { donorSince, listDonors } from "./donor-list.ts";

const { database } = await freshDatabase();
const { since } = database.organisation.donations.donorList;
let count = 0;

/** Somebody who gave these amounts in euros, each in its year. */
async function makeDonor(given: Record<number, number>, wish: Partial<Registration> & { agrees?: boolean } = {}) {
  const { agrees, ...registration } = wish;
  const person = await database.transaction(front, (work) => makePerson(work, registration));
  const reference = person.donref("EX");
  for (const [year, euros] of Object.entries(given))
    await tell({ reference, amount: { amount: euros * 100, currency: "EUR" }, happenedAt: `${year}-03-01T10:00:00Z` });
  if (agrees) await consent(person.id, true);
  return { ...person, reference };
}

async function tell(wish: Partial<Notice>): Promise<string> {
  count += 1;
  const name = `pi_${count}`;
  await database.transaction(front, (work) => registerPayment(work, "stripe", name, aNotice(wish)));
  return name;
}

function consent(personId: number, granted: boolean) {
  return database.transaction(administrator, async (work) => {
    await setConsent(work, await work.get(Person, personId, "lock"), "donor-list", granted, { channel: "test" });
  });
}

async function named(year: number): Promise<unknown[]> {
  const { levels } = await database.read(administrator, (work) => listDonors(work, year));
  return levels.map(({ from, donors, unnamed }) => [from.amount / 100, donors.map(({ name }) => name), unnamed]);
}

test("private people are named only who agreed, organisations always, each under the highest amount they reached", async () => {
  await makeDonor({ 2020: 720 }, { name: "Ada", agrees: true });
  await makeDonor({ 2020: 719 }, { name: "Just Below", agrees: true });
  await makeDonor({ 2020: 3600 }, { name: "Shy" });
  await makeDonor({ 2020: 18_000 }, { name: "Example Ltd", kind: "organisation" });
  await makeDonor({ 2019: 5000 }, { name: "Last Year", agrees: true });
  assert.deepEqual(await named(2020), [
    [18_000, ["Example Ltd"], 0],
    [3600, [], 1],
    [720, ["Ada"], 0],
  ]);
});

test("who withdraws is not named any more", async () => {
  const { id } = await makeDonor({ 2021: 800 }, { name: "Changing", agrees: true });
  assert.deepEqual((await named(2021))[2], [720, ["Changing"], 0]);
  await consent(id, false);
  assert.deepEqual((await named(2021))[2], [720, [], 1]);
});

test("what was refunded or disputed is taken off, and another currency does not count", async () => {
  const { reference } = await makeDonor({ 2022: 700 }, { name: "Both", kind: "organisation" });
  const happenedAt = "2022-12-31T22:59:00Z";
  const last = await tell({ reference, amount: { amount: 2000, currency: "EUR" }, happenedAt });
  await tell({ reference, amount: { amount: 900_000, currency: "USD" }, happenedAt });
  assert.deepEqual((await named(2022))[2], [720, ["Both"], 0]);
  // Refunded the year after: the list of the year of the gift gets shorter.
  await tell({
    kind: "refunded",
    original: last,
    amount: { amount: 1, currency: "EUR" },
    happenedAt: "2023-02-01T10:00:00Z",
  });
  assert.deepEqual((await named(2022))[2], [720, [], 0]);
});

test("the year ends at midnight where the organisation is", async () => {
  const { reference } = await makeDonor({}, { name: "New Year", kind: "organisation" });
  await tell({ reference, amount: { amount: 72_000, currency: "EUR" }, happenedAt: "2023-12-31T23:30:00Z" });
  assert.deepEqual((await named(2023))[2], [720, [], 0]);
  assert.deepEqual((await named(2024))[2], [720, ["New Year"], 0]);
});

test("since when somebody gives is told after four years in a row, one pause between them allowed", () => {
  const cases: [given: number[], since: number | null][] = [
    [[2026], null],
    [[2026, 2025, 2024], null],
    [[2026, 2025, 2024, 2023], 2023],
    [[2026, 2024, 2023, 2022], 2022],
    [[2026, 2025, 2023, 2021, 2020], null],
    [[2026, 2025, 2024, 2023, 2021, 2019], 2021],
    [[2026, 2025, 2024, 2023, 2020], 2023],
    [[2026, 2023, 2022, 2021, 2020], null],
    [[], null],
  ];
  for (const [given, expected] of cases) assert.equal(donorSince(given, since), expected, given.join(" "));
});

test("the list tells since when from the donations, of later years nothing", async () => {
  await makeDonor({ 2012: 10, 2013: 10, 2015: 10, 2016: 900, 2017: 1 }, { name: "Faithful", agrees: true });
  const { levels } = await database.read(administrator, (work) => listDonors(work, 2016));
  assert.deepEqual(
    levels.flatMap(({ donors }) => donors.map(({ name, since, given }) => [name, since, given])),
    [["Faithful", 2012, { amount: 90_000, currency: "EUR" }]],
  );
});
