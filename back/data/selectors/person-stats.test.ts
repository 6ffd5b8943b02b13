// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { Chance } from "../../test/chance.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makePerson } from "../../test/make.ts";
import { generate } from "../generate.ts";
import { readMigrations } from "../migrate.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { setConsent } from "../people/consent.ts";
import type { Person } from "../people/person.ts";
import { findWrongStats, refreshStats } from "./person-stats.ts";

const { database, ownerUrl } = await freshDatabase();

async function makePeople(count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let n = 0; n < count; n += 1) people.push(await database.transaction(front, (work) => makePerson(work)));
  return people;
}

function tell(reference: string, notice: ReturnType<typeof aNotice>): Promise<string> {
  return database.transaction(front, (work) => registerPayment(work, "stripe", reference, notice));
}

async function statsOf(id: number): Promise<unknown> {
  const { rows } = await database.pool.query(
    "select granted, donations, donated, first_donation_on::text, last_donation_on::text from person_stats where person_id = $1",
    [id],
  );
  return rows[0];
}

const wrong = () => database.read(administrator, findWrongStats);

test("after random payments, refunds and consents, many at once, everybody's figures are the sums from scratch", async (t) => {
  const chance = new Chance();
  t.diagnostic(`seed ${chance.seed}`);
  const people = await makePeople(12);
  const told = Array.from({ length: 250 }, (_, n) => aStory(chance, chance.pick(people), n)).flat();
  const shuffled = told.map((verb) => ({ verb, at: chance.next() })).sort((a, b) => a.at - b.at);
  for (let at = 0; at < told.length; at += 8) await Promise.all(shuffled.slice(at, at + 8).map(({ verb }) => verb()));
  assert.deepEqual(await wrong(), []);
  const { rows } =
    await database.pool.query(`select s.person_id, s.donated::int, s.donations, d.sum, d.count from person_stats s
      join (select person_id, sum(amount - refunded) filter (where currency = 'EUR')::int as sum, count(*)::int as count
        from donation where refunded < amount group by person_id) d using (person_id)`);
  assert.equal(rows.length, 12);
  for (const row of rows)
    assert.deepEqual([row.donated, row.donations], [row.sum, row.count], `person ${row.person_id}`);
});

/** One payment with some refunds of it, and now and then a consent; in any order. */
function aStory(chance: Chance, person: Person, n: number): (() => Promise<unknown>)[] {
  const common = {
    reference: person.donref("EX"),
    happenedAt: `20${20 + chance.upTo(6)}-0${1 + chance.upTo(9)}-15T12:00:00Z`,
  };
  const amount = { amount: 1 + chance.upTo(5_000), currency: chance.is(0.9) ? "EUR" : "CHF" };
  const refunds = Array.from({ length: chance.upTo(3) }, (_, refund) => {
    const back = chance.is(0.3) ? amount : { ...amount, amount: 1 + chance.upTo(3_000) };
    return () => tell(`re_${n}_${refund}`, aNotice({ ...common, kind: "refunded", original: `pi_${n}`, amount: back }));
  });
  const [purpose, granted] = [chance.pick(["info", "newsletter"]), chance.is(0.6)];
  const consent = () =>
    database.transaction(front, (work) => setConsent(work, person, purpose, granted, { channel: "/me" }));
  return [() => tell(`pi_${n}`, aNotice({ ...common, amount })), ...refunds, ...(n % 5 === 0 ? [consent] : [])];
}

test("days and totals follow what was given, and money that went back whole was never given", async () => {
  const [person] = (await makePeople(1)) as [Person];
  const pay = (reference: string, day: string, amount: number) =>
    tell(
      reference,
      aNotice({ reference: person.donref("EX"), happenedAt: `${day}T12:00:00Z`, amount: { amount, currency: "EUR" } }),
    );
  await pay("pi_b", "2024-05-02", 1_000);
  await pay("pi_a", "2022-05-02", 2_500);
  assert.deepEqual(await statsOf(person.id), {
    granted: [],
    donations: 2,
    donated: 3_500,
    first_donation_on: "2022-05-02",
    last_donation_on: "2024-05-02",
  });
  const back = { kind: "refunded", original: "pi_a", amount: { amount: 2_500, currency: "EUR" } } as const;
  await tell("re_a", aNotice(back));
  assert.deepEqual(await statsOf(person.id), {
    granted: [],
    donations: 1,
    donated: 1_000,
    first_donation_on: "2024-05-02",
    last_donation_on: "2024-05-02",
  });
});

test("a consent stands in the figures from its grant to its withdrawal, and asking for it changes nothing", async () => {
  const person = await database.transaction(front, (work) => makePerson(work, { purposes: ["info"] }));
  assert.deepEqual(((await statsOf(person.id)) as { granted: string[] }).granted, []);
  for (const granted of [true, false]) {
    await database.transaction(front, (work) => setConsent(work, person, "newsletter", granted, { channel: "/me" }));
    assert.deepEqual(((await statsOf(person.id)) as { granted: string[] }).granted, granted ? ["newsletter"] : []);
  }
});

test("figures that were forgotten are found, and made right by refreshing them", async () => {
  const [person] = (await makePeople(1)) as [Person];
  await tell("pi_forgotten", aNotice({ reference: person.donref("EX") }));
  await database.pool.query("update donation set amount = 700 where person_id = $1", [person.id]);
  assert.deepEqual(await wrong(), [person.id]);
  await database.transaction(administrator, (work) => refreshStats(work, [person.id]));
  assert.deepEqual(await wrong(), []);
});

test("made-up people have figures too", async () => {
  const fresh = await freshDatabase();
  await generate(fresh.ownerUrl, { people: 200, donations: 900, seed: 7 }, () => {});
  assert.deepEqual(await fresh.database.read(administrator, findWrongStats), []);
  const { rows } = await fresh.database.pool.query(
    "select sum(donations)::int as n, count(*)::int as people from person_stats",
  );
  assert.deepEqual(rows, [{ n: 900, people: 200 }]);
});

test("a database that is older than the figures gets them by its migration", async () => {
  const migration = readMigrations().find(({ name }) => name === "0002-person-stats.sql");
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await owner.query("drop table person_stats; drop function copy_person cascade");
    await owner.query(migration?.text ?? "");
  } finally {
    await owner.end();
  }
  assert.deepEqual(await wrong(), []);
});
