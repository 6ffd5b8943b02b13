// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading CSV files of any size, as spreadsheets write them: line by line, and refused with the line that is wrong.
import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { CsvError, type Parser, parse } from "csv-parse";
import { Invalid } from "../data/errors.ts";

export type Encoding = "utf-8" | "latin1";

export interface CsvLine {
  /** Where it begins in the file, counted from 1. */
  line: number;
  cells: string[];
}

// A quotation mark that is never closed takes in all that follows: no cell of ours comes near this.
const maximumLine = 10_000_000;

/**
 * Reads the lines of a file; the first is its header, empty ones are left out. What separates the cells – comma, semicolon or
 * tabulator – shows in the header. Throws Invalid with the line that is wrong.
 */
export async function* readCsv(file: string, encoding: Encoding): AsyncGenerator<CsvLine> {
  const delimiter = delimiterOf(await firstLine(file, encoding));
  const place: Place = { end: 0, empty: 0 };
  const parser = parse({
    ...{ delimiter, relax_column_count: true, skip_empty_lines: true, max_record_size: maximumLine },
    on_record: (cells: string[], { empty_lines }) => {
      const line = beginning(place, empty_lines);
      place.end = line + cells.reduce((count, cell) => count + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
      place.empty = empty_lines;
      // It stands before the cells, for a row can be nothing but texts.
      return [String(line), ...cells];
    },
  });
  try {
    yield* feed(parser, decode(file, encoding));
  } catch (error) {
    throw error instanceof CsvError ? complaint(error, place) : error;
  }
}

/** Where the newest record ended, and how many empty lines there were before it. */
interface Place {
  end: number;
  empty: number;
}

function beginning({ end, empty }: Place, emptyLines: number): number {
  return end + 1 + emptyLines - empty;
}

async function* feed(parser: Parser, texts: AsyncGenerator<string>): AsyncGenerator<CsvLine> {
  const source = Readable.from(texts);
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const [line, ...cells] of parser as AsyncIterable<string[]>)
      if (cells.some((cell) => cell.trim() !== "")) yield { line: Number(line), cells };
  } finally {
    source.destroy();
    parser.destroy();
  }
}

async function* decode(file: string, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const bytes of createReadStream(file)) yield decoder.decode(bytes as Buffer, { stream: true });
    yield decoder.decode();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") throw await notUtf8(file);
    if (code === "ENOENT") throw new Invalid("file-unknown", "There is no such file.");
    if (code === "EISDIR" || code === "EACCES" || code === "EPERM")
      throw new Invalid("file-unreadable", "The file cannot be read.");
    throw error;
  }
}

async function firstLine(file: string, encoding: Encoding): Promise<string> {
  let text = "";
  for await (const piece of decode(file, encoding)) {
    text += piece;
    const [line] = /^.*\S.*$/m.exec(text) ?? [];
    if (line !== undefined && (/[\r\n]/.test(text.trimStart()) || text.length > maximumLine)) return line;
  }
  return text.trim();
}

/** Whichever there are most of outside of quotation marks. */
function delimiterOf(header: string): string {
  const bare = header.replace(/"[^"]*"?/g, "");
  const count = (sign: string) => bare.split(sign).length;
  return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

async function notUtf8(file: string): Promise<Invalid> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  search: for await (const bytes of createReadStream(file)) {
    rest = Buffer.concat([rest, bytes as Buffer]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (!isUtf8(rest.subarray(0, end))) break search;
      rest = rest.subarray(end + 1);
      line += 1;
    }
  }
  return new Invalid(
    "not-utf8",
    `Line ${line} is not UTF-8. Save the file as CSV in UTF-8, or say --encoding latin1 if that is what it is in.`,
  );
}

/** The parser's own sentences show what stands in the file. */
function complaint(error: CsvError, place: Place): Error {
  const { code, empty_lines = place.empty } = error as CsvError & { empty_lines?: number };
  const from = beginning(place, empty_lines);
  if (code === "CSV_QUOTE_NOT_CLOSED" || code === "CSV_MAX_RECORD_SIZE")
    return new Invalid(
      "csv-cut",
      `A quotation mark in the row that begins in line ${from} is never closed: is the file whole?`,
    );
  return new Invalid(
    "csv-unreadable",
    `The row that begins in line ${from} has a quotation mark where none can stand. A cell with such marks is quoted, and those in it are doubled.`,
  );
}
