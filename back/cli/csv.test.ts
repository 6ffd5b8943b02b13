// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { naughtyStrings } from "../test/corpora.ts";
import { asCsv, sheet } from "./csv.ts";

const read = (text: string): string[][] => parse(text);

test("what a spreadsheet would calculate begins with an apostrophe, and numbers stay numbers", () => {
  const evil = [
    ...["=1+1", '=HYPERLINK("http://evil.example","x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1"],
    ...["=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!D2", "＝1+1", "-", "--5", "-1e5", "+491234", "-12,50"],
  ];
  const written = asCsv({ columns: ["cell"], rows: evil.map((text) => [text]) });
  assert.deepEqual(
    read(written).slice(1).flat(),
    evil.map((text) => `'${text}`),
  );
  const numbers = ["-12.50", "12.50", "-7", "0"];
  const plain = asCsv({ columns: ["cell"], rows: [...numbers.map((text) => [text]), [-7], [2500]] });
  assert.equal(plain, "cell\r\n-12.50\r\n12.50\r\n-7\r\n0\r\n-7\r\n2500\r\n");
});

test("every text is read as it was written, but for the apostrophe", () => {
  const texts = [
    ...naughtyStrings,
    'say "no"',
    "a,b",
    "a;b",
    "two\nlines",
    "two\r\nlines",
    " spaces ",
    "\u202eevil",
    "",
  ];
  const back = read(asCsv({ columns: ["at", "text"], rows: texts.map((text, at) => [at, text]) }));
  for (const [at, text] of texts.entries()) {
    const cell = back[at + 1]?.[1] ?? "";
    assert.ok(cell === text || (cell === `'${text}` && /^[=+\-@\t\r\n＝＋－＠]/.test(text)), text);
  }
  fc.assert(
    fc.property(fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 3, maxLength: 3 })), (rows) => {
      const columns = ["a", "b", "c"];
      const cells = read(asCsv({ columns, rows })).slice(1);
      assert.deepEqual(
        cells.map((row) => row.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n＝＋－＠])/, ""))),
        rows.map((row) => row.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n＝＋－＠])/, ""))),
      );
    }),
  );
});

test("a list keeps its header when it is empty; money is a number beside its currency, nothing is an empty cell", () => {
  const columns = ["id", "amount", "amount.currency", "address.lines", "address.city", "payer"];
  assert.equal(asCsv(sheet([], columns)), "id,amount,currency,lines,city,payer\r\n");
  const thing = {
    ...{ id: 7, amount: { amount: -1250, currency: "EUR" }, payer: null },
    address: { lines: ["Example Street 1", "c/o Bo"], city: "Köln" },
  };
  assert.equal(
    asCsv(sheet([thing, { id: 8 }], columns))
      .split("\r\n")
      .slice(1)
      .join("|"),
    '7,-12.50,EUR,"Example Street 1\nc/o Bo",Köln,|8,,,,,|',
  );
});
