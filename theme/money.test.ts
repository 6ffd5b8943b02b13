// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Amounts are read as people mean them, or refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDay, formatMoney, plainAmount, readAmount, typedAmount } from "./money.ts";

test("an amount is read with a comma or a point, with groups and with the currency", () => {
  const readings: [string, number][] = [
    ["12", 1200],
    ["12,34", 1234],
    ["12.34", 1234],
    ["12,3", 1230],
    [" 12.00 € ", 1200],
    ["€12", 1200],
    ["EUR 12,50", 1250],
    ["1.234,56", 123456],
    ["1,234.56", 123456],
    ["1 234,56", 123456],
    ["1\u202f234,56", 123456],
    ["1’234.56", 123456],
    ["1.234.567", 123456700],
    ["0,01", 1],
    ["999999999", 99999999900],
  ];
  for (const [text, amount] of readings) assert.deepEqual(readAmount(text, "EUR"), { amount }, text);
});

test("an amount that could mean two things, or nothing, is refused with its reason", () => {
  const refusals: [string, string][] = [
    ["", "amount-missing"],
    ["  ", "amount-missing"],
    ["€", "amount-missing"],
    ["12.345", "amount-ambiguous"],
    ["12,345", "amount-ambiguous"],
    ["0", "amount-not-positive"],
    ["0,00", "amount-not-positive"],
    ["-5", "amount-not-positive"],
    ["−5", "amount-not-positive"],
    ["1e9", "amount-unreadable"],
    ["12,345.6789", "amount-unreadable"],
    ["1.23.45", "amount-unreadable"],
    ["1,234,56", "amount-unreadable"],
    ["12.3456", "amount-unreadable"],
    ["1 2", "amount-unreadable"],
    ["0x10", "amount-unreadable"],
    ["١٢", "amount-unreadable"],
    ["Infinity", "amount-unreadable"],
    ["12 USD", "amount-unreadable"],
    ["1234567890", "amount-unreadable"],
    ["9".repeat(100_000), "amount-unreadable"],
    ["12\u0000", "amount-unreadable"],
  ];
  for (const [text, mistake] of refusals) assert.deepEqual(readAmount(text, "EUR"), { mistake }, text.slice(0, 20));
});

test("a currency knows its decimals", () => {
  assert.deepEqual(readAmount("1200", "JPY"), { amount: 1200 });
  assert.deepEqual(readAmount("12.5", "JPY"), { mistake: "amount-unreadable" });
  assert.equal(plainAmount({ amount: 1200, currency: "JPY" }), "1200");
  assert.equal(plainAmount({ amount: 5, currency: "EUR" }), "0.05");
  assert.equal(plainAmount({ amount: -1205, currency: "EUR" }), "-12.05");
});

test("an amount too large for a float is formatted to the cent", () => {
  assert.equal(formatMoney({ amount: 9007199254740991, currency: "EUR" }, "en"), "€90,071,992,547,409.91");
  assert.equal(formatMoney({ amount: 1200, currency: "EUR" }, "de"), "12\u00a0€");
});

test("a moment is shown as the day it is in the organisation's time zone", () => {
  assert.equal(formatDay("2026-12-31T23:30:00Z", "en", "Europe/Berlin"), "1 January 2027");
  assert.equal(formatDay("2026-03-01", "de"), "1. März 2026");
});

test("an amount stands in a field as its reader would type it, and is read again", () => {
  const amount = { amount: 1234567, currency: "EUR" };
  assert.deepEqual([typedAmount(amount, "de"), typedAmount(amount, "en")], ["12345,67", "12345.67"]);
  for (const language of ["de", "en", "fr", "sv"])
    assert.deepEqual(readAmount(typedAmount(amount, language), "EUR"), { amount: 1234567 }, language);
});
