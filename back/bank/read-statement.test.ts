// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Any file that a bank may give is known by its content, archives among them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { zipSync } from "fflate";
import { BankFileError } from "./bank-file-error.ts";
import { readBankFile, streamBankFile } from "./read-statement.ts";
import { checkCut, checkDamaged } from "./test/damage.ts";
import { bytesOf, type MadeEntry, writeCamt } from "./test/write-camt.ts";
import { writeMt940 } from "./test/write-mt940.ts";

const on = Temporal.PlainDate.from("2026-01-31");
const gift: MadeEntry = {
  amount: 2550,
  on,
  payments: [{ name: "Ada", iban: "DE75512108001245126199", text: "Donation" }],
};
const camt = bytesOf(writeCamt({ on, entries: [gift] }));
const mt940 = bytesOf(writeMt940({ on, entries: [gift] }));
const read = (bytes: Uint8Array) => readBankFile(bytes, "file\n.zip");

function refused(bytes: Uint8Array, pattern: RegExp): void {
  assert.throws(
    () => read(bytes),
    (error) => error instanceof BankFileError && pattern.test(error.message),
  );
}

test("the format is known by the content, whatever the name", () => {
  assert.equal(readBankFile(camt, "x.sta")[0]?.format, "camt.053");
  assert.equal(readBankFile(mt940, "x.xml")[0]?.format, "mt940");
  refused(bytesOf("a,b\n1,2\n"), /^file\?\.zip: The file is neither camt nor MT940, and no mapping/);
  refused(new Uint8Array(), /The file is empty/);
});

test("an archive gives the statements of all its files", () => {
  const formats = read(zipSync({ "a/x": camt, "../../y": mt940, "folder/": new Uint8Array() })).map(
    ({ format }) => format,
  );
  assert.deepEqual(formats, ["camt.053", "mt940"]);
  assert.equal(read(zipSync({ x: [camt, { level: 0 }] })).length, 1);
});

test("an archive is all or nothing", () => {
  const parts: string[] = [];
  assert.throws(() => {
    for (const { part } of streamBankFile(zipSync({ a: camt, b: bytesOf("<broken") }), "file")) parts.push(part);
  }, /^BankFileError: file, file 2 of the archive, line 1: The XML is broken/);
  assert.deepEqual(parts, ["head", "entry", "end"]);
});

test("bombs and archives within archives are refused", () => {
  const zeros = new Uint8Array(20_000_000);
  refused(zipSync({ a: zeros }), /compressed too well to be true/);
  refused(zipSync({ a: zipSync({ b: camt }) }), /file 1 of the archive: An archive within an archive is not read/);
  refused(
    zipSync(Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [String(at), new Uint8Array()]))),
    /more than 1000 files/,
  );
  refused(zipSync({}), /no file in the archive/);
});

test("an archive that lies about a size or a content is refused", () => {
  const zip = zipSync({ a: camt });
  const directory = Buffer.from(zip).lastIndexOf(Buffer.from("PK\x01\x02", "latin1"));
  const lie = (at: number, value: number) => {
    const copy = Buffer.from(zip);
    copy.writeUInt32LE(value, directory + at);
    return copy;
  };
  refused(lie(24, camt.length - 1), /The archive is broken/);
  refused(lie(24, camt.length + 1), /The archive is broken/);
  refused(lie(16, 1), /The archive is broken/);
  refused(lie(24, 200_000_000), /larger than 100 MB/);
  refused(lie(42, 4_000_000_000), /The archive is broken/);
});

test("a file of more than 100 MB is refused", () => {
  refused(new Uint8Array(100_000_001), /The file is larger than 100 MB/);
});

test("an archive that is cut is refused wherever it is cut, and damage never breaks the reader", () => {
  const zip = zipSync({ a: camt, b: mt940 });
  checkCut(zip, read);
  checkDamaged(zip, read);
});
