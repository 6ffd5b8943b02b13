// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setConsent } from "../data/people/consent.ts";
import type { Person } from "../data/people/person.ts";
import { aNotice, front, makePerson } from "../test/make.ts";
import { testServer } from "../test/server.ts";
import { programToken } from "../test/tokens.ts";

const { call, database } = await testServer();
let [care, finance] = ["", ""];
let people: Person[] = [];

before(async () => {
  care = await programToken("desk", ["people:read"]);
  finance = await programToken("desk", ["people:read", "payments:read"]);
  people = await database.transaction(front, async (work) => {
    const made: Person[] = [];
    for (const [name, country] of [
      ["Ada", "DE"],
      ["Bob", "AT"],
      ["Cleo", "DE"],
      ["Dan", "DE"],
    ] as const) {
      const postalAddress = { lines: [], postcode: "1", city: "Somewhere", country };
      made.push(await makePerson(work, { name, email: `${name}@example.org`, postalAddress }));
    }
    await setConsent(work, made[0] as Person, "newsletter", true, { channel: "/" });
    return made;
  });
  const notice = aNotice({ reference: people[0]?.donref("EX") ?? "", amount: { amount: 7_500, currency: "EUR" } });
  const { status } = await call(
    "PUT",
    "/payments/hand/one",
    await programToken("front", ["payments:register"]),
    notice,
  );
  assert.equal(status, 200);
});

test("people are counted and listed page by page", async () => {
  const selector = 'country == "DE"';
  assert.deepEqual((await call("POST", "/selectors/count", care, { selector })).body, { count: 3 });
  const first = await call("POST", "/selectors/list", care, { selector, limit: 2 });
  assert.deepEqual([first.body.people.map(({ name }: Person) => name), first.body.more], [["Ada", "Cleo"], true]);
  const after = first.body.people[1].id;
  const second = await call("POST", "/selectors/list", care, { selector, limit: 2, after });
  assert.deepEqual([second.body.people.map(({ name }: Person) => name), second.body.more], [["Dan"], false]);
});

test("staff who may see payments are told why somebody is picked", async () => {
  const selector = 'country == "DE" and consents has "newsletter" and donations.sum(last 100 years) >= 60';
  const { status, body } = await call("POST", "/selectors/explain", finance, { selector, person: people[0]?.id });
  assert.equal(status, 200);
  assert.equal(body.picked, true);
  assert.deepEqual(body.conditions[2], {
    text: "donations.sum(last 100 years) >= 60",
    holds: true,
    value: "€75.00",
    sentence: "donations.sum(last 100 years) is €75.00, meets >= 60",
  });
  const nobody = await call("POST", "/selectors/explain", finance, { selector, person: 99 });
  assert.deepEqual([nobody.status, nobody.body.code], [404, "person-unknown"]);
});

test("a field that the scopes do not open is refused by name, in every operation", async () => {
  const body = { selector: 'country == "DE" or donations.sum > 50', person: people[0]?.id };
  for (const [path, fields] of [
    ["/selectors/count", { selector: body.selector }],
    ["/selectors/list", { selector: body.selector }],
    ["/selectors/explain", body],
  ] as const) {
    const refused = await call("POST", path, care, fields);
    assert.deepEqual([refused.status, refused.body.code], [403, "selector-field-forbidden"], path);
    assert.match(refused.body.detail, /donations\.sum .*payments:read/);
    assert.equal((await call("POST", path, finance, fields)).status, 200, path);
  }
});

test("a mistake is told with its place and what may have been meant", async () => {
  const { status, body } = await call("POST", "/selectors/count", care, { selector: 'contry == "DE"' });
  assert.deepEqual([status, body.code], [422, "selector-unreadable"]);
  const detail = "At character 1: There is no such field. Did you mean country?";
  assert.deepEqual(body.fields, [{ field: "selector", code: "selector-unreadable", detail }]);
});

const evil = [
  "'; drop table person; --",
  'name == "\'; drop table person; --"',
  'name == "\\"; select pg_sleep(10); --"',
  'name = "%"',
  'name = "_"',
  'name = "\\%\\_\\\\"',
  'name = "\\\\"',
  `name = "${"*a?".repeat(1_000)}"`,
  'name == "$' + '{process.exit()}"',
  'name == "$1 $2"',
  'name == "NULL"',
  'name == "a\u0000b"',
  'name == "\ud800"',
  'name == "\u202e\u2066"',
  'name == "👩‍👩‍👧"',
  'email in ("a", "b\'", "c\\"")',
  "id == 999999999",
  "id == 9999999999",
  "id in (1, 2, 3) or 1 = 1",
  "true",
  "donor == true or true == true",
  "donations.sum(0000) > 1",
  "donations.sum(9999) > 1",
  "donations.sum(last 9999 years) > 999999999.99",
  "donations.count >= 999999999",
  "donations.count > 999999999",
  "donations.last == 2999-12-31",
  "registered <= 2999-12-31",
  "registered >= 1900-01-01",
  "registered == 2026-03-29",
  "confirmed > today + 9999 days",
  "donations.first(between 1900-01-01 and 2999-12-31) == none",
  "pledges has (amount > 0 or not (amount > 0))",
  `id in (${Array(900).fill("1").join(",")})`,
  "(".repeat(4_000),
  "(".repeat(10_000),
  `${"not ".repeat(39)}donor`,
  ")",
  "",
  " ",
  "\n",
  "((((donor",
  '"',
  "\\",
  "%",
  "--",
  "/* once */",
  "`",
  "\u0000",
];

test("whatever is sent, nobody gets an error of ours, and nothing is changed", async () => {
  for (const selector of evil)
    for (const [path, more] of [
      ["/selectors/count", {}],
      ["/selectors/list", { limit: 1 }],
      ["/selectors/explain", { person: people[0]?.id }],
    ] as const) {
      const { status, body } = await call("POST", path, finance, { selector, ...more });
      assert.ok(status === 200 || (status === 422 && body.code), `${status} for ${path} ${JSON.stringify(selector)}`);
      if (status === 422) assert.doesNotMatch(JSON.stringify(body), /syntax error|pg_|drop table/i);
    }
  for (const selector of [5, null, ["donor"], { text: "donor" }, undefined, "x".repeat(100_000)])
    assert.equal((await call("POST", "/selectors/count", finance, { selector })).status, 422);
  assert.deepEqual((await call("POST", "/selectors/count", finance, { selector: "id > 0" })).body, { count: 4 });
});

test("a text with signs of LIKE and SQL is looked for as it stands", async () => {
  const names = ["100%", "a_b", "back\\slash", "O'Brien", '"; drop table person; --', "star*"];
  await database.transaction(front, async (work) => {
    for (const [n, name] of names.entries()) await makePerson(work, { name, email: `odd${n}@example.org` });
  });
  for (const name of names)
    for (const operator of ["==", "="]) {
      const selector = `name ${operator} "${name.replace(/["\\*]/g, "\\$&")}"`;
      const { body } = await call("POST", "/selectors/list", care, { selector });
      assert.deepEqual(
        body.people.map((person: Person) => person.name),
        [name],
        selector,
      );
    }
});
