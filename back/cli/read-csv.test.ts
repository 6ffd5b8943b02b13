// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { Invalid } from "../data/errors.ts";
import { naughtyStrings } from "../test/corpora.ts";
import { type CsvLine, type Encoding, readCsv } from "./read-csv.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cdb-csv-"));
after(() => rmSync(folder, { recursive: true }));

async function read(content: string | Buffer, encoding: Encoding = "utf-8"): Promise<CsvLine[]> {
  const file = path.join(folder, "list.csv");
  writeFileSync(file, content);
  return Array.fromAsync(readCsv(file, encoding));
}

const refusal = (sentence: RegExp) => (error: unknown) => error instanceof Invalid && sentence.test(error.message);

test("comma, semicolon and tabulator are found by themselves, with a mark, without, and with old line ends", async () => {
  const expected = [
    { line: 1, cells: ["name", "email"] },
    { line: 2, cells: ["Ada, Countess; of\tLovelace", "ada@example.org"] },
  ];
  for (const mark of ["", "\ufeff"])
    for (const end of ["\n", "\r\n", "\r"])
      for (const sign of [",", ";", "\t"]) {
        const rows = [`name${sign}email`, `"Ada, Countess; of\tLovelace"${sign}ada@example.org`];
        assert.deepEqual(await read(mark + rows.join(end) + end), expected, JSON.stringify([mark, end, sign]));
        assert.deepEqual(await read(mark + rows.join(end)), expected);
      }
  assert.deepEqual((await read('"a,b,c";d\n1;2'))[1]?.cells, ["1", "2"]);
});

test("lines are counted as an editor counts them, over cells of several lines and over empty lines", async () => {
  const lines = await read('a;b\r\n\r\n"1\r\n2\n3";x\r\n;;\r\n  \r\nlast;y\r\n');
  assert.deepEqual(lines, [
    { line: 1, cells: ["a", "b"] },
    { line: 3, cells: ["1\r\n2\n3", "x"] },
    { line: 8, cells: ["last", "y"] },
  ]);
});

test("what is not UTF-8 is refused with its line, and read when its encoding is said", async () => {
  const latin = Buffer.from(
    `name,email\n${"Ada,a@example.org\n".repeat(20_000)}J\xfcrgen \x80,j@example.org\n`,
    "latin1",
  );
  await assert.rejects(read(latin), refusal(/^Line 20002 is not UTF-8\. .*--encoding latin1/));
  assert.equal((await read(latin, "latin1")).at(-1)?.cells[0], "Jürgen €");
  await assert.rejects(read(Buffer.from("name\nJürgen", "utf-8").subarray(0, 7)), refusal(/^Line 2 is not UTF-8/));
  await assert.rejects(read(Buffer.from("\ufeffname\nJürgen", "utf16le")), refusal(/^Line 1 is not UTF-8/));
});

test("a letter that two pieces of the file share is read whole", async () => {
  const cell = "字".repeat(100_000);
  for (const shift of ["", "x", "xx"]) assert.equal((await read(`a\n${shift}${cell}`))[1]?.cells[0], shift + cell);
});

test("a file that is cut in a quotation mark, or has one where none can stand, is a sentence with the line", async () => {
  await assert.rejects(read('a,b\n1,2\n3,"4'), refusal(/row that begins in line 3 is never closed/));
  await assert.rejects(read(`a,b\n1,2\n\n3,"4\n${"5,6\n".repeat(3_000_000)}`), refusal(/line 4 is never closed/));
  await assert.rejects(read('a,b\n1,2\n3,x"y\n'), refusal(/row that begins in line 3 has a quotation mark/));
  await assert.rejects(read('a,b\n1,2\n3,"x"y\n'), refusal(/row that begins in line 3 has a quotation mark/));
});

test("a file that is not there or is a folder is a sentence", async () => {
  await assert.rejects(Array.fromAsync(readCsv(path.join(folder, "nowhere.csv"), "utf-8")), refusal(/no such file/));
  await assert.rejects(Array.fromAsync(readCsv(folder, "utf-8")), refusal(/cannot be read/));
  assert.deepEqual(await read(""), []);
  assert.deepEqual(await read("\n \n\n"), []);
});

test("every text in quotation marks is read as it was written", async () => {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = naughtyStrings.map((text) => `x,${quoted(text)}`);
  const lines = await read(`a,b\n${rows.join("\n")}\n`);
  assert.deepEqual(
    lines.slice(1).map(({ cells }) => cells[1]),
    naughtyStrings,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), async (texts) => {
      const lines = await read(`a,b\n${texts.map((text) => `x,${quoted(text)}`).join("\n")}`);
      assert.deepEqual(
        lines.slice(1).map(({ cells }) => cells[1]),
        texts,
      );
    }),
  );
});
