// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A bank's CSV is read by a mapping.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BankFileError } from "./bank-file-error.ts";
import { csvMapping } from "./csv-mapping.ts";
import { readBankFile } from "./read-statement.ts";
import { checkDamaged } from "./test/damage.ts";
import { bytesOf, ourIban } from "./test/write-camt.ts";

const mapping = {
  skipLines: 2,
  dateFormat: "DD.MM.YYYY",
  decimalSign: ",",
  thousandsSign: ".",
  account: ourIban,
  currency: "EUR",
  columns: {
    ...{
      bookedOn: "Buchung",
      valueOn: "Valuta",
      amount: "Betrag",
      balance: "Saldo",
      name: "Name",
      counterparty: "IBAN",
    },
    ...{ remittance: ["Zweck 1", "Zweck 2"], bankReference: "Ref" },
  },
};
const lines = [
  "Umsätze von gestern",
  "",
  "Buchung;Valuta;Name;IBAN;Zweck 1;Zweck 2;Betrag;Saldo;Ref",
  '30.01.2026;31.01.2026;"Müller; ""Ada""";DE75512108001245126199;Danke;EX10018;1.025,50;1.125,50;R1',
  "31.01.2026;31.01.2026;Bank;;Entgelt;;-5,00;1.120,50;",
];

function read(text: string | Uint8Array, wish: object = {}) {
  const bytes = typeof text === "string" ? bytesOf(text) : text;
  return readBankFile(bytes, "bank.csv", { csv: csvMapping.parse({ ...mapping, ...wish }) });
}

function refused(text: string, pattern: RegExp, wish: object = {}): void {
  assert.throws(
    () => read(text, wish),
    (error) => {
      assert.ok(error instanceof BankFileError, String(error));
      assert.match(error.message, pattern);
      return true;
    },
  );
}

test("rows become entries, and balances are taken from the column", () => {
  const [statement] = read(lines.join("\n"));
  assert.deepEqual([statement?.opening?.amount, statement?.closing?.amount], [10_000, 112_050]);
  assert.deepEqual(
    [statement?.period?.from.toString(), statement?.period?.to.toString()],
    ["2026-01-30", "2026-01-31"],
  );
  const [entry, charge] = statement?.entries ?? [];
  assert.deepEqual(
    [entry?.amount, entry?.valueOn?.toString(), entry?.bankReference, entry?.line],
    [102_550, "2026-01-31", "R1", 4],
  );
  assert.deepEqual(entry?.details[0]?.counterparty, { name: 'Müller; "Ada"', iban: "DE75512108001245126199" });
  assert.deepEqual([entry?.details[0]?.remittance, charge?.amount], ["Danke EX10018", -500]);
});

test("the newest row may come first, and Latin-1 is read", () => {
  const reversed = [...lines.slice(0, 3), lines[4], lines[3]].join("\r\n");
  const [statement] = read(Buffer.from(reversed, "latin1"));
  assert.deepEqual([statement?.opening?.amount, statement?.closing?.amount], [10_000, 112_050]);
  assert.equal(statement?.entries[1]?.details[0]?.counterparty.name, 'Müller; "Ada"');
});

test("directions may be in columns or words, days and signs in other orders", () => {
  const us = {
    skipLines: 0,
    delimiter: ",",
    dateFormat: "MM/DD/YY",
    decimalSign: ".",
    thousandsSign: ",",
    account: undefined,
  };
  const both = { ...us, columns: { bookedOn: "d", credit: "in", debit: "out", account: "a" } };
  const found = read('d,in,out,a\n01/31/26,"1,000.5",,X\n02/01/26,,3,X\n02/01/26,7,,Y\n', both);
  assert.deepEqual(
    found.map(({ account, entries }) => [account.other, ...entries.map(({ amount }) => amount)]),
    [
      ["X", 100_050, -300],
      ["Y", 700],
    ],
  );
  const marked = {
    ...us,
    columns: { bookedOn: "d", amount: "n", account: "a", mark: { column: "m", credit: ["H"], debit: ["S"] } },
  };
  assert.deepEqual(
    read("d,n,m,a\n01/31/26,5,S,X\n01/31/26,5,H,X\n", marked)[0]?.entries.map(({ amount }) => amount),
    [-500, 500],
  );
  refused("d,n,m,a\n01/31/26,5,?,X\n", /line 2, entry 1: "\?" is none of the words/, marked);
});

test("what is wrong is said in one sentence with its place", () => {
  const bad = (from: string, to: string, pattern: RegExp) => refused(lines.join("\n").replace(from, to), pattern);
  bad(
    "31.01.2026;31.01.2026;Bank",
    "30.02.2026;31.01.2026;Bank",
    /^bank.csv, line 5, entry 2: There is no day "30.02.2026"\.$/,
  );
  bad("-5,00", "-5.0", /line 5, entry 2: The amount "-5.0" is not a number/);
  bad("1.120,50", "1.120,51", /line 5: The balance does not follow from the one before/);
  bad("Betrag", "Summe", /line 3: There is no column "Betrag"/);
  bad(";R1", "", /line 4, entry 1: The row has not as many columns|line 4: The row has not as many columns/);
  bad('"Müller', '"Müller"x', /A quotation mark is missing or out of place/);
  refused(lines.slice(0, 3).join("\n"), /There is no entry in this CSV/);
});

test("a mapping tells all its mistakes at once", () => {
  const places = (value: unknown) => csvMapping.safeParse(value).error?.issues.map(({ path }) => path.join("."));
  assert.deepEqual(
    places({ dateFormat: "DD.MM", decimalSign: ";", columns: { bookedOn: "", credit: "x", other: 1 } }),
    ["dateFormat", "decimalSign", "columns.bookedOn", "columns"],
  );
  assert.deepEqual(places({ dateFormat: "DD.MM.YY", decimalSign: ",", columns: { bookedOn: "x", credit: "y" } }), [
    ...["columns", "account", "currency"],
  ]);
});

test("whatever byte is changed, it is read or refused in a sentence", () => {
  checkDamaged(bytesOf(lines.join("\n")), (bytes) => read(bytes));
});
