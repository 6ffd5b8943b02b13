// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a command answers, as a text for people, as JSON or as CSV, with nothing in it that a terminal would obey.
import { Temporal } from "@cdb/runtime/time.ts";
import type { Command } from "commander";
import { UsedWrongly } from "./complaint.ts";
import { asCsv, type Sheet } from "./csv.ts";

export interface Answer {
  /** Stable keys, ISO days and moments, money as { amount, currency }. */
  json: unknown;
  text: string;
  /** For a list; the command then has the option of `offerCsv`. */
  csv?: Sheet;
  /** Something is not as it should be: exit code 1. */
  wrong?: boolean;
}

interface Form {
  json?: true;
  csv?: true;
}

/** Turns a verb into a commander action: prints what it answers. */
export function answering<A extends unknown[]>(
  verb: (...args: A) => Answer | Promise<Answer>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    const form = (args.at(-1) as Command).optsWithGlobals<Form>();
    if (form.json && form.csv) throw new UsedWrongly("Ask for JSON or for CSV, not for both.");
    const answer = await verb(...args);
    process.stdout.write(write(answer, form));
    if (answer.wrong) process.exitCode = 1;
  };
}

function write({ json, text, csv }: Answer, form: Form): string {
  if (form.json) return asJson(json);
  if (!form.csv || !csv) return `${harmless(text)}\n`;
  const written = asCsv(csv);
  // In a file everything stays as it is; a terminal would obey.
  return process.stdout.isTTY ? harmless(written.replaceAll("\r\n", "\n")) : written;
}

/** The part of a help text that shows how a command is used. */
export function examples(...lines: string[]): string {
  return `\n${lines.length === 1 ? "Example" : "Examples"}:\n${lines.map((line) => `  $ cdb ${line}`).join("\n")}`;
}

/** Valid JSON still: what stands in a string may be written by its number. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(commanding, (sign) => `\\u${hex(sign)}`)}\n`;
}

/** Names and references come from strangers: signs that steer a terminal or turn the writing round are shown, not obeyed. */
export function harmless(text: string): string {
  return text.replace(commanding, (sign) => `<${hex(sign)}>`);
}

/** A moment as the organisation's clocks show it: `2026-11-20 14:05`. */
export function moment(at: string | Temporal.Instant, timeZone: string): string {
  const local = Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: "minute" }).replace("T", " ");
}

/** Rows under their headings; what is in `right` stands at the right of its column. */
export function table(headings: string[], rows: (string | number | null)[][], right: string[] = []): string {
  const cells = rows.map((row) => row.map((cell) => harmless(String(cell ?? "–")).replaceAll("\n", "<000a>")));
  const widths = headings.map((heading, at) => Math.max(...[heading, ...cells.map((row) => row[at] ?? "")].map(width)));
  const line = (row: string[]) =>
    row
      .map((cell, at) => {
        const space = " ".repeat((widths[at] ?? 0) - width(cell));
        return right.includes(headings[at] ?? "") ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  return [headings, ...cells].map(line).join("\n");
}

const commanding = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

function width(text: string): number {
  return [...graphemes.segment(text)].length;
}

function hex(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
}
