// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { freshDatabase, organisation } from "../../test/database.ts";
import { administrator, aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { setConsent } from "../people/consent.ts";
import { Person } from "../people/person.ts";
import { type Explanation, explain } from "./explain-person.ts";
import { compileSelector } from "./selector.ts";

const { database } = await freshDatabase();
const now = Temporal.Instant.from("2026-06-15T10:00:00Z");

const id = await database.transaction(front, async (work) => {
  const person = await makePerson(work, {
    name: 'Ada "the" Example',
    email: "ada@example.org",
    postalAddress: { lines: [], postcode: "1010", city: "Wien", country: "AT" },
  });
  await setConsent(work, person, "info", true, { channel: "/" });
  const pledge = await makeAPledge(work, person, { interval: "monthly", amount: { amount: 4_500, currency: "EUR" } });
  const money = { amount: 4_500, currency: "EUR" };
  await registerPayment(
    work,
    "hand",
    "paid",
    aNotice({ reference: pledge.reference, amount: money, happenedAt: "2026-02-03T10:00:00Z" }),
  );
  return person.id;
});

function why(text: string): Promise<Explanation> {
  const selector = compileSelector(organisation, text, now);
  return database.transaction(administrator, async (work) => explain(work, selector, await work.get(Person, id)));
}

test("a person is told for each condition whether they meet it, with their own value", async () => {
  const { picked, conditions } = await why(
    'country == "DE" and consents has "newsletter" and donations.sum(last 12 months) >= 60',
  );
  assert.equal(picked, false);
  assert.deepEqual(conditions, [
    { text: 'country == "DE"', holds: false, value: '"AT"', sentence: 'country is "AT", needs == "DE"' },
    {
      text: 'consents has "newsletter"',
      holds: false,
      value: "info",
      sentence: 'consents are info, needs has "newsletter"',
    },
    {
      text: "donations.sum(last 12 months) >= 60",
      holds: false,
      value: "€45.00",
      sentence: "donations.sum(last 12 months) is €45.00, needs >= 60",
    },
  ]);
});

// Each condition alone, and the person's value in words.
const values: [string, boolean, string][] = [
  [`id == ${1001}`, true, "1001"],
  ['donref == "EX10014"', true, "EX10014"],
  ['name = "*the*"', true, '"Ada \\"the\\" Example"'],
  ["username == none", true, "none"],
  ["registered == 1999-12-31", false, Temporal.Now.zonedDateTimeISO("Europe/Berlin").toPlainDate().toString()],
  ["confirmed == none", false, Temporal.Now.zonedDateTimeISO("Europe/Berlin").toPlainDate().toString()],
  ["donor", true, "true"],
  ["supporter == false", false, "true"],
  ["donations.count(2025) > 0", false, "0"],
  ["donations.sum(2026) == 45", true, "€45.00"],
  ["donations.last < today", true, "2026-02-03"],
  ["donations.first(last 3 months) != none", false, "none"],
  ["signatures has any", false, "none"],
  ["messages lacks any", true, "none"],
  ["pledges has (amount >= 50)", false, "45.00 EUR monthly transfer open"],
  ["pledges.amount < 50", true, "45.00 EUR monthly transfer open"],
];

for (const [text, holds, value] of values)
  test(`the value behind ${text} is shown in words`, async () => {
    const { picked, conditions } = await why(text);
    assert.deepEqual([picked, conditions.length, conditions[0]?.holds, conditions[0]?.value], [holds, 1, holds, value]);
    assert.match(conditions[0]?.sentence ?? "", holds ? / meets / : / needs /);
  });

test("a negated condition is explained as it stands, and the whole as it is", async () => {
  const { picked, conditions } = await why('not country == "DE"');
  assert.deepEqual([picked, conditions[0]?.holds], [true, false]);
});

test("somebody blocked is told that this is why", async () => {
  await database.pool.query("update person set registration = 'blocked' where id = $1", [id]);
  const { picked, conditions } = await why('country == "AT"');
  assert.deepEqual([picked, conditions[0]?.holds], [false, true]);
  assert.match(conditions[1]?.sentence ?? "", /^registration is blocked/);
  assert.equal((await why('country == "AT" and registration != "erased"')).picked, true);
});
