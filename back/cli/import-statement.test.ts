// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Statements are imported by command: a dry run tells the same, the second run books nothing, and a bad file books nothing.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { type MadeEntry, writeCamt } from "../bank/test/write-camt.ts";
import { freshDatabase } from "../test/database.ts";
import { administrator, makePerson } from "../test/make.ts";
import { runCdb } from "./test/run-cdb.ts";

const { database, url } = await freshDatabase();
const folder = mkdtempSync(path.join(tmpdir(), "statements-"));
after(() => rmSync(folder, { recursive: true }));
const cdb = (...args: string[]) => runCdb(["payments", "import", ...args], { DATABASE_URL: url });
const person = await database.transaction(administrator, (work) => makePerson(work));

const on = Temporal.PlainDate.from("2026-01-31");
const iban = "DE75512108001245126199";
const gifts: MadeEntry[] = Array.from({ length: 1_100 }, (_, at) => ({
  amount: 1000,
  on,
  bankReference: `B-${at}`,
  payments: [{ name: "Ada", iban, text: at % 2 === 0 ? person.donref("EX") : "for freedom" }],
}));
const good = file("january.xml", writeCamt({ on, entries: [...gifts, { amount: -500, on, payments: [] }] }));

function file(name: string, content: string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

async function count(): Promise<number[]> {
  const { rows } = await database.pool.query(
    "select (select count(*) from statement)::int as a, (select count(*) from payment)::int as b, (select count(*) from donation where person_id is not null)::int as c",
  );
  return Object.values(rows[0]);
}

test("a dry run tells what would be booked, and stores nothing", async () => {
  const { out, code } = await cdb(good, "--dry-run");
  assert.equal(code, 0);
  assert.match(out, / 1100 +€11,000\.00 +came in and is booked\n +1 +-€5\.00 +went out/);
  assert.match(out, /Nothing was stored\. It would be: 1101 lines in 1 file\./);
  assert.deepEqual(await count(), [0, 0, 0]);
});

test("a file with a bad one beside it books nothing", async () => {
  const cut = file("cut.xml", writeCamt({ on, entries: gifts.slice(0, 3) }).slice(0, -20));
  const sum = file("sum.xml", writeCamt({ on, closing: 5, entries: gifts.slice(0, 3) }));
  const foreign = file("foreign.xml", writeCamt({ on, iban, entries: [] }));
  const wrong: [string, RegExp][] = [
    [cut, /^cut\.xml, line \d+, entry 3: The XML is broken/],
    [
      sum,
      /^sum\.xml: The opening balance 1000.00 EUR and the booked entries 30.00 EUR do not make the closing balance 0.05 EUR\.\n/,
    ],
    [foreign, /^foreign\.xml: The statement is of an account that is not the organisation's\./],
    [path.join(folder, "none"), /^none: The file cannot be read\./],
  ];
  for (const [bad, pattern] of wrong) {
    const { err, code } = await cdb(good, bad);
    assert.match(err, pattern);
    assert.equal(code, 1);
  }
  assert.deepEqual(await count(), [0, 0, 0]);
  assert.equal((await cdb(foreign, "--account", iban, "--dry-run")).code, 0);
});

test("what was imported is booked once, however often the file comes", async () => {
  const first = JSON.parse((await cdb(good, "--json")).out);
  assert.deepEqual(
    [first.lines, first.totals[0]],
    [1_101, { outcome: "received", count: 1_100, money: { amount: 1_100_000, currency: "EUR" } }],
  );
  assert.deepEqual(await count(), [1, 1_100, 550]);
  const again = JSON.parse((await cdb(good, good, "--json")).out);
  assert.deepEqual(
    again.totals.map((it: { outcome: string; count: number }) => [it.outcome, it.count]),
    [["known", 2_202]],
  );
  assert.deepEqual(await count(), [1, 1_100, 550]);
});

test("a statement that is missing is told", async () => {
  const march = file("march.xml", writeCamt({ on: on.add({ months: 2 }), id: "M", opening: 1_300_000, entries: [] }));
  assert.match(
    (await cdb(march)).out,
    /Something is missing before statement 17 of 2026-03-31: none before it ends with €13,000\.00\./,
  );
  const february = file(
    "february.xml",
    writeCamt({
      on: on.add({ months: 1 }),
      id: "F",
      opening: 1_199_500,
      closing: 1_300_000,
      entries: [{ amount: 100_500, on, payments: [] }],
    }),
  );
  assert.doesNotMatch((await cdb(march, february)).out, /missing/);
});

test("a CSV is read by a mapping, whose mistakes are all told", async () => {
  const csv = file("bank.csv", "Day;Sum;Text\n01.02.2026;12,50;thanks\n");
  assert.match((await cdb(csv)).err, /no mapping says how to read it as CSV/);
  const map = (text: string) => file("map.yaml", text);
  const bad = await cdb(csv, "--map", map("dateFormat: DD\ndecimalSign: ';'\ncolumns: {}\n"));
  assert.match(bad.err, /dateFormat: must have[\s\S]*decimalSign[\s\S]*columns\.bookedOn/);
  const right = map(
    "dateFormat: DD.MM.YYYY\ndecimalSign: ','\naccount: DE02120300000000202051\ncurrency: EUR\ncolumns: { bookedOn: Day, amount: Sum, remittance: [Text] }\n",
  );
  assert.match((await cdb(csv, "--map", right)).out, /1 +€12\.50 +came in and is booked/);
});
