// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { Chance } from "../../test/chance.ts";
import { freshDatabase, organisation } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import type { Work } from "../database.ts";
import { Person } from "../people/person.ts";
import { explain } from "./explain-person.ts";
import { findWrongStats } from "./person-stats.ts";
import { countPeople, listPeople, runOnce } from "./pick-people.ts";
import { compileSelector, type Selector } from "./selector.ts";
import { enterCrowd, makeSomebody, now, type Somebody } from "./test/crowd.ts";
import { aSelector } from "./test/random-selector.ts";

const { database, ownerUrl } = await freshDatabase();
const chance = new Chance(Number(process.env.SEED) || undefined);
const crowd = Array.from({ length: 200 }, (_, n) => makeSomebody(chance, n));
await database.transaction(administrator, (work) => enterCrowd(work, crowd));

const compile = (text: string) => compileSelector(organisation, text, now);

async function picked(work: Work, { condition }: Selector): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`/* once */ select id from person where ${condition} order by id`.execute(
    work.query,
  );
  return rows.map(({ id }) => id);
}

const idsOf = (people: readonly { id: number }[]) => people.map(({ id }) => id);
const isOpen = ({ registration }: Somebody) => registration === "confirmed" || registration === "unconfirmed";

test("random selectors pick the same people as their meaning said in another way", async (t) => {
  t.diagnostic(`seed ${chance.seed}`);
  let [some, all] = [0, 0];
  await database.transaction(administrator, async (work) => {
    for (let n = 0; n < 250; n += 1) {
      const { text, holds } = aSelector(chance, 2);
      if (text.split(/\b(?:and|or)\b/i).length > 45) continue;
      const selector = compile(text);
      const right = idsOf(crowd.filter((one) => holds(one) && (selector.asksRegistration || isOpen(one))));
      const why = `seed ${chance.seed}: ${text}`;
      assert.deepEqual(await picked(work, selector), right, why);
      assert.equal(await countPeople(work, selector), right.length, why);
      assert.deepEqual(idsOf(await listPeople(work, selector, { limit: 200 })), right, why);
      const { id } = chance.pick(crowd);
      assert.equal((await explain(work, selector, await work.get(Person, id))).picked, right.includes(id), why);
      some += right.length > 0 ? 1 : 0;
      all += right.length === crowd.filter(isOpen).length ? 1 : 0;
    }
  });
  // A test of selectors that pick nobody, or everybody, would tell little.
  assert.ok(some > 120 && all < 60, `${some} picked somebody, ${all} everybody`);
});

test("the crowd's figures are what its records say", async () => {
  assert.deepEqual(await database.read(administrator, findWrongStats), []);
});

test("pages follow each other without gap or repetition, whether many are picked or few", async () => {
  for (const text of ["id > 0", 'consents has "newsletter"', "donations.count >= 4", 'name = "ada*" and donor']) {
    const selector = compile(text);
    const pages: number[] = [];
    await database.transaction(administrator, async (work) => {
      for (;;) {
        const page = idsOf(await listPeople(work, selector, { after: pages.at(-1), limit: 7 }));
        pages.push(...page);
        if (page.length < 7) break;
      }
      assert.deepEqual(pages, await picked(work, selector), text);
    });
  }
});

test("blocked and erased people are picked only where registration is asked for", async () => {
  await database.transaction(administrator, async (work) => {
    assert.equal(await countPeople(work, compile("id > 0")), crowd.filter(isOpen).length);
    const erased = idsOf(crowd.filter(({ registration }) => registration === "erased"));
    assert.deepEqual(await picked(work, compile('registration == "erased"')), erased);
    assert.equal(await countPeople(work, compile('id > 0 and (registration == "erased" or id > 0)')), crowd.length);
  });
});

test("a person who changes is picked by what they are now", async () => {
  const { id } = crowd.find((somebody) => isOpen(somebody) && somebody.country === "FR") as Somebody;
  const french = compile('country == "FR"');
  await database.transaction(administrator, async (work) => {
    assert.ok((await picked(work, french)).includes(id));
    const person = await work.get(Person, id);
    person.change(work, { postalAddress: { ...person.postalAddress(), country: "AT" } });
    await work.write();
    assert.ok(!(await picked(work, french)).includes(id));
  });
});

test("a question that takes too long is stopped and refused, and leaves no mark on the connection", async () => {
  const slow = (work: Work) => runOnce(work, sql`select pg_sleep(60)`, 20);
  await assert.rejects(database.transaction(administrator, slow), { code: "selector-too-slow" });
  const questions = "select count(*)::int as n from pg_prepared_statements where statement like '/* once */%'";
  await database.transaction(administrator, async (work) => {
    await runOnce(work, sql`select 1`, 20);
    const { rows } = await sql<{ statementTimeout: string }>`show statement_timeout`.execute(work.query);
    assert.deepEqual(rows, [{ statementTimeout: "1min" }]);
    const kept = await sql<{ n: number }>`${sql.raw(questions)}`.execute(work.query);
    assert.deepEqual(kept.rows, [{ n: 0 }]);
  });
});

test("somebody whose id is far from the others' is found too", async () => {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query("alter table person alter column id restart with 90001").finally(() => owner.end());
  await database.transaction(administrator, async (work) => {
    const { id } = await makePerson(work, { name: "Far Away", email: "far@example.org" });
    const list = async (text: string, after?: number) =>
      idsOf(await listPeople(work, compile(text), { limit: 9, after }));
    assert.deepEqual(await list('name == "Far Away" or id == 1001'), [...(await list("id == 1001")), id]);
    assert.deepEqual(await list("id > 0", id - 1), [id]);
    assert.deepEqual(await list("id > 0", id), []);
  });
});
