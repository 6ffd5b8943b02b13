// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money on the bank's statements is booked once, whatever statements tell of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { identities, Occurrences } from "../../bank/identity.ts";
import { readBankFile } from "../../bank/read-statement.ts";
import { bytesOf, type MadeEntry, type MadePayment, ourIban, writeCamt } from "../../bank/test/write-camt.ts";
import { writeMt940 } from "../../bank/test/write-mt940.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, makePerson } from "../../test/make.ts";
import { Conflict } from "../errors.ts";
import { importLines, registerStatement } from "./import-statement.ts";

const { database } = await freshDatabase();
const on = Temporal.PlainDate.from("2026-01-31");
const person = await database.transaction(administrator, (work) => makePerson(work));
const ada: MadePayment = {
  name: "Ada Example",
  iban: "DE75512108001245126199",
  text: `Donation ${person.donref("EX")}`,
};
const bob: MadePayment = { name: "Bob", iban: "FR1420041010050500013M02606", text: "for freedom", endToEndId: "E-1" };

async function load(text: string, accounts = [ourIban]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const { entries, ...head } of readBankFile(bytesOf(text), "bank"))
    await database.transaction(administrator, async (work) => {
      const occurrences = new Occurrences();
      const id = await registerStatement(work, head, accounts);
      const lines = entries.map((entry) => ({
        entry,
        identities: identities(head.account, entry, undefined, occurrences.next(head.account, entry)),
      }));
      outcomes.push(...(await importLines(work, id, head, lines)));
    });
  return outcomes;
}

async function state() {
  const tables = ["statement", "statement_entry", "statement_identity", "payment", "donation", "notice"];
  const counts = await Promise.all(
    tables.map(async (table) => (await database.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n),
  );
  return Object.fromEntries(tables.map((table, at) => [table, counts[at]]));
}

async function donations(): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    "select donation.amount::int, refunded::int, person_id, purpose, donation.reference, received_on::text as day, payer_name from donation join payment on payment.id = payment_id order by donation.id",
  );
  return rows.map((row) => Object.values(row));
}

test("money with a reference is the person's, other money waits, and going money is kept", async () => {
  const entries: MadeEntry[] = [
    { amount: 2500, on, bankReference: "B-1", payments: [ada] },
    { amount: 1000, on, bankReference: "B-2", payments: [bob] },
    { amount: -300, on, payments: [{ ...bob, name: "Printer", text: "invoice" }] },
    { amount: 90_000, on, payments: [{ ...bob, name: "Stripe Payments Europe", text: "STRIPE PAYOUT" }] },
    { amount: 700, on, status: "PDNG", payments: [bob] },
  ];
  assert.deepEqual(await load(writeCamt({ kind: "camt.052", on, entries })), [
    "received",
    "received",
    "outgoing",
    "payout",
    "pending",
  ]);
  assert.deepEqual(await donations(), [
    [2500, 0, person.id, "donation", person.donref("EX"), "2026-01-31", "Ada Example"],
    [1000, 0, null, "unmatched", "for freedom", "2026-01-31", "Bob"],
  ]);
});

test("the day's statement after the report, and either again, add what is new", async () => {
  const entries: MadeEntry[] = [
    { amount: 2500, on, bankReference: "B-1", payments: [ada] },
    { amount: 2500, on, bankReference: "B-3", payments: [ada] },
    { amount: 1000, on, bankReference: "B-2", payments: [bob] },
  ];
  const text = writeCamt({ version: "08", on, entries });
  assert.deepEqual(await load(text), ["known", "received", "known"]);
  const before = await state();
  assert.deepEqual(await load(text), ["known", "known", "known"]);
  assert.deepEqual(await state(), before);
});

test("a bank may change its format: its further names are kept, and nothing comes again", async () => {
  const later = on.add({ days: 1 });
  const entry: MadeEntry = {
    amount: 4200,
    on: later,
    bankReference: "OLD-1",
    payments: [{ ...ada, endToEndId: "E-9" }],
  };
  assert.deepEqual(await load(writeMt940({ on: later, entries: [entry] })), ["received"]);
  const anew = { ...entry, bankReference: "NEW-1" };
  assert.deepEqual(await load(writeCamt({ on: later, entries: [anew] })), ["known"]);
  const changed = { ...anew, payments: [{ ...ada, text: "the words were cut" }] };
  assert.deepEqual(await load(writeCamt({ on: later, id: "again", entries: [changed] })), ["known"]);
});

test("each payment of a batch is booked, and a return takes its own back, without the bank's costs", async () => {
  const later = on.add({ days: 2 });
  const batch: MadeEntry = {
    amount: 5000,
    on: later,
    payments: [
      { ...ada, amount: 2000, endToEndId: "DD-1" },
      { ...bob, amount: 3000, endToEndId: "DD-2" },
    ],
  };
  assert.deepEqual(await load(writeCamt({ version: "04", on: later, entries: [batch] })), ["received"]);
  const back = [
    ":20:X",
    `:25:${ourIban}`,
    ":28C:9/1",
    ":60F:C260203EUR100,",
    ":61:2602030203DR33,00NRTINONREF//R-1",
    `:86:109?00RETOURE?20EREF+DD-2?21OAMT+30,00?22COAM+3,00?23SVWZ+AC04?31${bob.iban}?32Bob`,
    ":62F:C260203EUR67,",
    "-",
  ].join("\n");
  assert.deepEqual(await load(back), ["refunded"]);
  assert.deepEqual((await donations()).slice(-2), [
    [2000, 0, person.id, "donation", person.donref("EX"), "2026-02-02", "Ada Example"],
    [3000, 3000, null, "unmatched", "for freedom", "2026-02-02", "Bob"],
  ]);
  const { rows } = await database.pool.query(
    "select kind, amount::int from payment where kind in ('refunded', 'fee') order by id",
  );
  assert.deepEqual(rows, [
    { kind: "refunded", amount: 3000 },
    { kind: "fee", amount: 300 },
  ]);
});

test("a return of what nobody knows is kept and changes no donation", async () => {
  const before = await donations();
  const entry: MadeEntry = { amount: -123, on, bankReference: "R-9", payments: [{ ...bob, returnReason: "AC04" }] };
  assert.deepEqual(await load(writeCamt({ version: "08", on, entries: [entry] })), ["refunded"]);
  assert.deepEqual(await donations(), before);
});

test("a statement of another account is refused, and nothing is stored", async () => {
  const before = await state();
  const text = writeCamt({ on, iban: "FR1420041010050500013M02606", entries: [{ amount: 1, on, payments: [ada] }] });
  await assert.rejects(load(text), (error) => error instanceof Conflict && error.code === "account-foreign");
  assert.deepEqual(await state(), before);
});

test("two imports of one file at the same moment book once", async () => {
  const later = on.add({ days: 5 });
  const entries: MadeEntry[] = [1, 2, 3].map((at) => ({ amount: at * 100, on: later, payments: [ada] }));
  const text = writeCamt({ on: later, id: "twice", entries });
  const outcomes = (await Promise.all([load(text), load(text)])).flat();
  assert.deepEqual(outcomes.filter((it) => it === "received").length, 3);
});
