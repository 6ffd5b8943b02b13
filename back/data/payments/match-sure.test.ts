// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A labelled sample: statements as donors and banks write them, and whose each line is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Chance } from "../../test/chance.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { Person } from "../people/person.ts";
import { matchDonation, unmatchedPayments } from "./decide-donation.ts";
import { matchSure } from "./match-sure.ts";
import { registerPayment } from "./register-payment.ts";
import { type Suggestion, suggestDonors } from "./suggest-donors.ts";

const { database } = await freshDatabase();
const seed = Number(process.env.SEED ?? 20261124);
const chance = new Chance(seed);
const given = ["Ada", "Bruno", "Chiara", "Dora", "Elif", "Fatima", "Grace", "Hans"];
const family = ["Lovelace", "Böll", "Rossi", "Ivanov", "Yılmaz", "Hopper", "Müller", "Schmidt", "Schmid"];

/** How a line of a statement tells whose it is, from surely to not at all. */
const ways = ["reference in words", "known payer", "name and amount", "name alone", "nothing"] as const;

/** By the rule of the profile and the lead over the next. */
function sureOf([best, next]: Suggestion[]): number | undefined {
  const { matchAloneFrom } = database.organisation.donations;
  return best && best.score >= matchAloneFrom && best.score - (next?.score ?? 0) >= 30 ? best.personId : undefined;
}

test(`what is matched alone is right, and most of what can be known is matched (SEED=${seed})`, async () => {
  const people = await database.transaction(front, async (work) => {
    const made = [];
    for (let n = 0; n < 60; n += 1) {
      const name = `${chance.pick(given)} ${chance.pick(family)}`;
      const person = await makePerson(work, { name });
      if (n % 2 === 0) await makeAPledge(work, person, { interval: "monthly" });
      made.push({ id: person.id, name, donref: person.donref("EX") });
    }
    return made;
  });
  const truth = new Map<string, { person: number; way: (typeof ways)[number] }>();
  const told = async (name: string, reference: string, payer: string) =>
    database.transaction(front, (work) =>
      registerPayment(work, "hand", name, aNotice({ reference, payer: { name: payer, email: "" } })),
    );
  for (let n = 0; n < 200; n += 1) {
    const way = chance.pick(ways);
    const { id, name, donref } = chance.pick(people);
    const bank = chance.is(0.5) ? name.toUpperCase() : name.split(" ").reverse().join(", ");
    const reference = way === "reference in words" ? `SPENDE ${donref.slice(0, 2)} ${donref.slice(2)} VIELEN DANK` : "";
    const payer = way === "nothing" ? `Company ${n}` : way === "known payer" ? `${bank} and others ${id}` : bank;
    if (way === "known payer" && !truth.has(`first-${id}`)) {
      await told(`first-${id}`, "", payer);
      truth.set(`first-${id}`, { person: id, way });
      const { rows } = await database.pool.query("select id from payment where provider_reference = $1", [
        `first-${id}`,
      ]);
      await database.transaction(administrator, async (work) =>
        matchDonation(work, rows[0].id, await work.get(Person, id, "lock"), "labelled"),
      );
    }
    await told(`line-${n}`, reference, payer);
    truth.set(`line-${n}`, { person: id, way });
  }
  await database.read(administrator, async (work) => {
    for (const payment of await unmatchedPayments(work, 1_000)) {
      const [all, some] = [await suggestDonors(work, payment), await suggestDonors(work, payment, "not-by-name")];
      assert.equal(
        sureOf(some),
        sureOf(all),
        "who is looked for by name alone is never sure, nor makes another unsure",
      );
    }
  });
  const count = await database.transaction({ kind: "worker" }, (work) => matchSure(work, 1_000));
  const { rows } = await database.pool.query(
    "select provider_reference as name, person_id from donation d join payment p on p.id = payment_id where decided is not null and provider_reference like 'line-%'",
  );
  const wrong = rows.filter(({ name, person_id }) => truth.get(name)?.person !== person_id);
  assert.deepEqual(wrong, [], "precision is 1 on this sample");
  assert.equal(rows.length, count);
  const sure = [...truth].filter(([name, { way }]) => name.startsWith("line-") && way === "reference in words").length;
  assert.ok(rows.length >= sure * 0.9, `${rows.length} matched, ${sure} tell it by the reference`);
  assert.equal(
    await database.transaction({ kind: "worker" }, (work) => matchSure(work, 1_000)),
    0,
    "again is harmless",
  );
});
