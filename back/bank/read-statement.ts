// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads a bank's file whatever it is: camt, MT940, MT942, CSV by a mapping, or a ZIP archive of them; all of it, or nothing.
import { BankFileError } from "./bank-file-error.ts";
import { readCamt } from "./camt.ts";
import { checkStatements } from "./check-statement.ts";
import { readCsv } from "./csv.ts";
import type { CsvMapping } from "./csv-mapping.ts";
import { readMt940 } from "./mt940.ts";
import type { Entry, Statement, StatementPart } from "./statement.ts";
import { isZip, unzip } from "./unzip.ts";

export interface BankFileOptions {
  /** How a CSV is to be read; without it none is. */
  readonly csv?: CsvMapping;
}

export const maxBytes = 100_000_000;
const zipLimits = { files: 1_000, bytes: maxBytes, ratio: 200 };

/** All statements of a file, checked. Throws BankFileError with one sentence. */
export function readBankFile(bytes: Uint8Array, name: string, options: BankFileOptions = {}): Statement[] {
  const statements: Statement[] = [];
  let entries: Entry[] = [];
  for (const part of streamBankFile(bytes, name, options)) {
    if (part.part === "head") entries = [];
    if (part.part === "entry") entries.push(part.entry);
    if (part.part === "end") statements.push({ ...part.head, entries });
  }
  return statements;
}

/**
 * The same part by part, for files of which not all entries fit into memory. What it gave counts only once it has ended
 * without an error: read it to its end before, or within the transaction that stores.
 */
export function* streamBankFile(
  bytes: Uint8Array,
  name: string,
  options: BankFileOptions = {},
): Generator<StatementPart> {
  try {
    if (bytes.length > maxBytes) throw new BankFileError(`The file is larger than ${maxBytes / 1_000_000} MB.`);
    if (!isZip(bytes)) yield* readOne(bytes, options);
    else yield* readArchive(bytes, options);
  } catch (error) {
    if (!(error instanceof BankFileError)) throw error;
    throw new BankFileError(error.complaint, error.place, [cleanName(name), error.file].filter(Boolean).join(", "));
  }
}

function* readArchive(bytes: Uint8Array, options: BankFileOptions): Generator<StatementPart> {
  let number = 0;
  for (const file of unzip(bytes, zipLimits)) {
    number += 1;
    try {
      if (isZip(file)) throw new BankFileError("An archive within an archive is not read.");
      yield* readOne(file, options);
    } catch (error) {
      if (!(error instanceof BankFileError)) throw error;
      throw new BankFileError(error.complaint, error.place, `file ${number} of the archive`);
    }
  }
}

function* readOne(bytes: Uint8Array, options: BankFileOptions): Generator<StatementPart> {
  yield* checkStatements(chooseReader(bytes, options));
}

function chooseReader(bytes: Uint8Array, { csv }: BankFileOptions): Generator<StatementPart> {
  if (bytes.length === 0) throw new BankFileError("The file is empty.");
  // Whatever the encoding, the signs that matter are plain ASCII.
  const start = Buffer.from(bytes.subarray(0, 4_096))
    .toString("latin1")
    .replace(/\0|^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/g, "");
  if (/^\s*</.test(start)) return readCamt(bytes);
  if (/(^|[\r\n]|\{4:\s*):20:/.test(start)) return readMt940(bytes);
  if (csv) return readCsv(bytes, csv);
  throw new BankFileError("The file is neither camt nor MT940, and no mapping says how to read it as CSV.");
}

function cleanName(name: string): string {
  return name.replace(/\p{C}/gu, "?").slice(-100);
}
