// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists as CSV (RFC 4180) for spreadsheets and other programs, with nothing in a cell that a spreadsheet would calculate.
import type { Command } from "commander";
import { decimalOf, type Money } from "../data/money.ts";

/** A list: its columns, and a row for each of its things. */
export interface Sheet {
  columns: string[];
  rows: Cell[][];
}

export type Cell = string | number | boolean | null;

/** Lets a command that prints a list print it as CSV, too. */
export function offerCsv(command: Command): Command {
  return command.option("--csv", "answer in CSV, for spreadsheets");
}

/**
 * Picks the columns of a list out of what the command answers in JSON. A column is the path to a value, and called by its last
 * word: `name`, `postalAddress.city`. Money is a decimal number with its currency in a column of its own; several words are
 * several lines of a cell.
 */
export function sheet(things: readonly object[], paths: readonly string[]): Sheet {
  const columns = paths.map((path) => path.slice(path.lastIndexOf(".") + 1));
  return { columns, rows: things.map((thing) => paths.map((path) => cellOf(valueAt(thing, path)))) };
}

/** The text of a list: a header, then a line for each row; lines end in CR LF. */
export function asCsv({ columns, rows }: Sheet): string {
  return linesOfCsv([columns, ...rows]);
}

/** A part of one, for what is too long to be held as a whole. */
export function linesOfCsv(rows: readonly Cell[][]): string {
  return rows.map((row) => `${row.map(quote).join(",")}\r\n`).join("");
}

function valueAt(thing: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], thing);
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value.join("\n");
  return isMoney(value) ? decimalOf(value) : JSON.stringify(value);
}

function isMoney(value: unknown): value is Money {
  const { amount, currency } = value as Partial<Money>;
  return typeof amount === "number" && typeof currency === "string";
}

function quote(cell: Cell): string {
  if (cell === null) return "";
  const text = typeof cell === "string" ? neutralise(cell) : String(cell);
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// What spreadsheets take for the beginning of a formula, the wide signs of East Asian keyboards among it.
const formula = /^[=+\-@\t\r\n＝＋－＠]/;
const plainNumber = /^-?\d+(\.\d+)?$/;

/** Names come from strangers: `=1+1` is shown, not calculated. */
function neutralise(text: string): string {
  return formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
}
