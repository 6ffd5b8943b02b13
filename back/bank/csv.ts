// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads a bank's CSV by a mapping.
import type { Day } from "@cdb/runtime/time.ts";
import { CsvError, parse } from "csv-parse/sync";
import { BankFileError, placed, quote } from "./bank-file-error.ts";
import type { CsvMapping } from "./csv-mapping.ts";
import { decodeText, encodingOfText } from "./decode-text.ts";
import { joinPieces } from "./remittance.ts";
import type { Account, Balance, Entry, StatementPart } from "./statement.ts";
import {
  dayOf,
  findCreditorReference,
  fullYear,
  readAccount,
  readAmount,
  readCurrency,
  readDay as readIsoDay,
  readName,
  withoutUndefined,
} from "./values.ts";

const maxBytes = 30_000_000;

/** One statement for each account, in the order of the rows; with a column of balances it has an opening and a closing one. */
export function* readCsv(bytes: Uint8Array, mapping: CsvMapping): Generator<StatementPart> {
  if (bytes.length > maxBytes) throw new BankFileError(`A CSV may have ${maxBytes / 1_000_000} MB.`);
  const accounts = new Map<string, Row[]>();
  for (const row of readRows(decodeText(bytes, mapping.encoding ?? encodingOfText(bytes)), mapping)) {
    const key = JSON.stringify(row.account);
    const rows = accounts.get(key);
    if (rows) rows.push(row);
    else accounts.set(key, [row]);
  }
  if (accounts.size === 0) throw new BankFileError("There is no entry in this CSV.");
  for (const rows of accounts.values()) yield* readStatement(rows);
}

interface Row {
  readonly account: Account;
  readonly entry: Entry;
  readonly balance: number | undefined;
}

function* readStatement(rows: readonly Row[]): Generator<StatementPart> {
  const account = rows[0]?.account ?? { currency: "" };
  const days = rows.flatMap(({ entry }) => entry.bookedOn?.toString() ?? []).sort();
  const [from, to] = [days[0], days.at(-1)];
  const head = {
    ...({ format: "csv", version: "", id: "", account } as const),
    ...(from && to && { period: { from: readIsoDay(from), to: readIsoDay(to) } }),
    ...readBalances(rows),
  };
  yield { part: "head", head };
  for (const { entry } of rows) yield { part: "entry", entry };
  yield { part: "end", head };
}

// Banks write the newest entry first, or last; each balance follows from the one before in one of the directions.
function readBalances(rows: readonly Row[]): { opening?: Balance; closing?: Balance } {
  const booked = rows.filter(({ entry }) => entry.status === "booked");
  if (booked.length === 0 || booked.some(({ balance }) => balance === undefined)) return {};
  const breaks = [booked, booked.toReversed()].map((order) => ({ order, at: findBreak(order) }));
  const right = breaks.find(({ at }) => at === undefined);
  if (!right) {
    const line = Math.max(...breaks.map(({ at }) => at ?? 0));
    throw new BankFileError("The balance does not follow from the one before.", { line });
  }
  const [first, last] = [right.order[0], right.order.at(-1)] as [Row, Row];
  const { currency } = first.account;
  const make = (kind: Balance["kind"], { entry }: Row, amount: number) => ({
    kind,
    amount,
    currency,
    day: entry.bookedOn as Day,
  });
  return {
    opening: make("OPBD", first, (first.balance ?? 0) - first.entry.amount),
    closing: make("CLBD", last, last.balance ?? 0),
  };
}

function findBreak(rows: readonly Row[]): number | undefined {
  let before: number | undefined;
  for (const { balance, entry } of rows) {
    if (before !== undefined && before + entry.amount !== balance) return entry.line;
    before = balance;
  }
  return undefined;
}

function* readRows(text: string, mapping: CsvMapping): Generator<Row> {
  const found: { cells: string[]; line: number }[] = [];
  if (text.includes("\0")) throw new BankFileError("There are signs in the file that no text has.");
  const { delimiter, quote: mark, skipLines, skipLastLines } = mapping;
  try {
    parse(text, {
      ...{ delimiter, quote: mark, escape: mark, bom: true, from_line: skipLines + 1, skip_empty_lines: true },
      ...{ relax_column_count: skipLastLines > 0, max_record_size: 100_000 },
      on_record: (cells: string[], { lines }: { lines: number }) => {
        found.push({ cells, line: lines });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === "number" ? { line: error.lines } : {};
    throw new BankFileError(describe(error.code), line);
  }
  const [header, ...rows] = found;
  if (!header) throw new BankFileError("There is no line with the names of the columns.");
  const columns = findColumns(header, mapping);
  const entries = skipLastLines > 0 ? rows.slice(0, -skipLastLines) : rows;
  for (const [at, { cells, line }] of entries.entries()) {
    if (cells.length !== header.cells.length)
      throw new BankFileError(describe("CSV_RECORD_INCONSISTENT_FIELDS_LENGTH"), { line, entry: at + 1 });
    yield placed(
      () => ({ line, entry: at + 1 }),
      () => readRow((name) => (name === undefined ? "" : (cells[columns.get(name) ?? -1] ?? "").trim()), mapping, line),
    );
  }
}

function describe(code: string): string {
  if (code.includes("FIELDS_LENGTH")) return "The row has not as many columns as there are names.";
  if (code.includes("QUOTE")) return "A quotation mark is missing or out of place.";
  return "The CSV is broken.";
}

function findColumns({ cells, line }: { cells: string[]; line: number }, { columns }: CsvMapping): Map<string, number> {
  const found = new Map<string, number>();
  const missing: string[] = [];
  const names = Object.values(columns).flatMap((value) =>
    typeof value === "object" && "column" in value ? value.column : (value ?? []),
  );
  for (const name of names) {
    const at = cells.findIndex((cell) => cell.trim() === name);
    if (at < 0) missing.push(name);
    else found.set(name, at);
  }
  if (missing.length === 0) return found;
  throw new BankFileError(`There is no column ${missing.map(quote).join(", ")}.`, { line });
}

type Read = (column: string | undefined) => string;

function readRow(read: Read, mapping: CsvMapping, line: number): Row {
  const { columns } = mapping;
  const currency = readCurrency(mapping.currency ?? read(columns.currency));
  const account = { ...readAccount(mapping.account ?? read(columns.account)), currency };
  const amount = readSigned(read, mapping, currency);
  const pieces = columns.remittance.map(read).filter(Boolean);
  const remittance = joinPieces(pieces, Number.POSITIVE_INFINITY);
  const isPending = columns.pending?.words.includes(read(columns.pending.column)) ?? false;
  const day = (column: string | undefined) =>
    read(column) === "" ? undefined : readDay(read(column), mapping.dateFormat);
  const bookedOn = day(columns.bookedOn);
  if (!bookedOn && !isPending) throw new BankFileError("The entry has no day.");
  const bic = read(columns.bic);
  const entry: Entry = {
    ...{
      line,
      amount,
      currency,
      status: isPending ? "pending" : "booked",
      reversal: false,
      returned: false,
      code: {},
      charges: [],
    },
    ...withoutUndefined({
      bookedOn,
      valueOn: day(columns.valueOn),
      bankReference: readName(read(columns.bankReference)),
      entryReference: readName(read(columns.entryReference)),
    }),
    information: read(columns.information),
    details: [
      {
        ...{ index: 1, amount, currency, remittance, ids: {}, charges: [] },
        counterparty: { name: read(columns.name), ...readAccount(read(columns.counterparty)), ...(bic && { bic }) },
        ...withoutUndefined({
          creditorReference: readName(read(columns.creditorReference)) ?? findCreditorReference(remittance),
          endToEndId: readName(read(columns.endToEndId)),
          mandateId: readName(read(columns.mandateId)),
        }),
      },
    ],
    isComplete: true,
  };
  const balance =
    columns.balance === undefined || isPending ? undefined : readNumber(read(columns.balance), mapping, currency);
  return { account, entry, balance };
}

function readSigned(read: Read, mapping: CsvMapping, currency: string): number {
  const { amount, credit, debit, mark } = mapping.columns;
  if (amount === undefined) {
    const [came, went] = [read(credit), read(debit)];
    if ((came === "") === (went === "")) throw new BankFileError("One of credit and debit must be there, not both.");
    return came === "" ? -Math.abs(readNumber(went, mapping, currency)) + 0 : readNumber(came, mapping, currency);
  }
  const signed = readNumber(read(amount), mapping, currency);
  if (!mark) return signed;
  const word = read(mark.column);
  if (mark.credit.includes(word)) return Math.abs(signed);
  if (mark.debit.includes(word)) return -Math.abs(signed) + 0;
  throw new BankFileError(`${quote(word)} is none of the words for credit and debit.`);
}

function readNumber(cell: string, { decimalSign, thousandsSign }: CsvMapping, currency: string): number {
  const text = cell.replace(/[\u00a0\u202f]/g, " ");
  const [, before = "", digits = "", after = ""] = /^([-+−]?)\s*([\d.,'\s]*)\s*([-+]?)$/.exec(text) ?? [];
  if (before !== "" && after !== "") throw new BankFileError(`The amount ${quote(text)} is not a number.`);
  const whole = digits.split(decimalSign)[0] ?? "";
  const isGrouped = thousandsSign !== "" && whole.includes(thousandsSign);
  const groups = whole.split(thousandsSign || "\0");
  if (isGrouped && !groups.every((group, at) => (at === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group)))
    throw new BankFileError(`The amount ${quote(text)} is not a number.`);
  const plain = isGrouped ? groups.join("") + digits.slice(whole.length) : digits;
  const amount = readAmount(plain, currency, decimalSign);
  return /[-−]/.test(before + after) ? -amount + 0 : amount;
}

function readDay(text: string, format: string): Day {
  const numbers: Record<string, number> = {};
  const parts = format.match(/YYYY|YY|MM|DD/g) ?? [];
  const pattern = format
    .replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")
    .replace(/YYYY|YY|MM|DD/g, (part) => `(\\d{${part.length}})`);
  const found = new RegExp(`^${pattern}$`).exec(text);
  if (!found) throw new BankFileError(`${quote(text)} is not a day as ${format}.`);
  for (const [at, part] of parts.entries()) numbers[part] = Number(found[at + 1]);
  const day = dayOf(numbers.YYYY ?? fullYear(numbers.YY ?? 0), numbers.MM ?? 0, numbers.DD ?? 0);
  if (!day) throw new BankFileError(`There is no day ${quote(text)}.`);
  return day;
}
