// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a transfer code holds, line by line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { epcText, type Transfer } from "./epc.ts";

const transfer: Transfer = {
  holder: "Example Foundation",
  iban: "DE02 1203 0000 0000 2020 51",
  bic: "BYLADEM1001",
  amount: { amount: 1005, currency: "EUR" },
  reference: "EXabc-Z1",
};

test("a transfer has the eleven lines of the rule book in their order", () => {
  const lines = ["BCD", "002", "1", "SCT", "BYLADEM1001", "Example Foundation", "DE02120300000000202051", "EUR10.05"];
  assert.equal(epcText(transfer), [...lines, "", "", "EXabc-Z1"].join("\n"));
});

test("a creditor reference with right check digits goes into the structured line, ending the text", () => {
  assert.equal(epcText({ ...transfer, reference: "RF18 5390 0754 7034" }).split("\n")[9], "RF18539007547034");
  assert.equal(epcText({ ...transfer, reference: "RF18 5390 0754 7034" }).split("\n").length, 10);
  assert.equal(epcText({ ...transfer, reference: "RF19539007547034" }).split("\n")[10], "RF19539007547034");
});

test("cents are never lost", () => {
  const amounts = [1, 10, 99, 100, 123456, 99_999_999_999];
  const told = amounts.map((amount) => epcText({ ...transfer, amount: { amount, currency: "EUR" } }).split("\n")[7]);
  assert.deepEqual(told, ["EUR0.01", "EUR0.10", "EUR0.99", "EUR1.00", "EUR1234.56", "EUR999999999.99"]);
});

test("the fullest code stays within 331 bytes", () => {
  const full = {
    ...transfer,
    holder: "ä".repeat(35),
    reference: "€".repeat(46),
    amount: { amount: 99_999_999_999, currency: "EUR" },
  };
  assert.ok(Buffer.byteLength(epcText(full)) <= 331);
});

test("what the code cannot carry is refused", () => {
  const wrong: Partial<Transfer>[] = [
    { amount: { amount: 1000, currency: "CHF" } },
    { amount: { amount: 0, currency: "EUR" } },
    { amount: { amount: 100_000_000_000, currency: "EUR" } },
    { amount: { amount: 10.5, currency: "EUR" } },
    { holder: "" },
    { holder: "ä".repeat(36) },
    { holder: "Two\nlines" },
    { iban: "" },
    { bic: "BYLADEM10012" },
    { reference: "r".repeat(141) },
    { reference: "a\rb" },
    { reference: "\ud800" },
  ];
  for (const part of wrong) assert.throws(() => epcText({ ...transfer, ...part }), RangeError, JSON.stringify(part));
});
