// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How amounts, days and accounts of banks are read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BankFileError } from "./bank-file-error.ts";
import { findCreditorReference, readAccount, readAmount, readCurrency, readDay, readName } from "./values.ts";

const refused = (run: () => unknown, pattern: RegExp) =>
  assert.throws(run, (error) => error instanceof BankFileError && pattern.test(error.message));

test("an amount has the decimals that ISO 4217 gives its currency", () => {
  assert.deepEqual(
    [readAmount("25.5", "EUR"), readAmount("25", "HUF"), readAmount("1500", "JPY"), readAmount("1.5", "KWD")],
    [2550, 2500, 1500, 1500],
  );
  assert.equal(readAmount("25,50000", "EUR", ","), 2550);
  refused(() => readAmount("25.505", "EUR"), /more decimals than EUR/);
  refused(() => readAmount("1.5", "JPY"), /more decimals than JPY/);
  for (const text of ["", ".", "-1", "1e3", "1.2.3", "٣", " 1", "0x10"])
    refused(() => readAmount(text, "EUR"), /not a number/);
  refused(() => readAmount("99999999999999999", "EUR"), /too large/);
});

test("a currency that nobody knows is refused", () => {
  assert.equal(readCurrency("EUR"), "EUR");
  for (const code of ["EUX", "eur", "", "XXX", "__proto__"]) refused(() => readCurrency(code), /not known/);
});

test("a day is one of the calendar", () => {
  assert.equal(readDay("2028-02-29").toString(), "2028-02-29");
  refused(() => readDay("2026-02-30"), /There is no day 2026-02-30/);
  refused(() => readDay("2026-2-3"), /is not a day/);
});

test("an IBAN with wrong check digits is kept as another account", () => {
  assert.deepEqual(readAccount("de02 1203 0000 0000 2020 51"), { iban: "DE02120300000000202051" });
  assert.deepEqual(readAccount("DE03120300000000202051"), { other: "DE03120300000000202051" });
  assert.deepEqual(readAccount(" 12030000/202051 "), { other: "12030000/202051" });
  assert.deepEqual(readAccount(" "), {});
});

test("the many ways to say that there is no reference are none", () => {
  for (const text of ["NONREF", "NOTPROVIDED", "", "0000", "n/a"]) assert.equal(readName(text), undefined);
  assert.equal(readName(" EX10018 "), "EX10018");
});

test("an RF reference is found by its check digits", () => {
  assert.equal(findCreditorReference("Donation rf18539007547034, thanks"), "RF18539007547034");
  assert.equal(findCreditorReference("RF18 5390 0754 7034"), "RF18539007547034");
  assert.equal(findCreditorReference("RF19539007547034"), undefined);
});
