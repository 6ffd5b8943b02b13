// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads what a field is compared with, in the field's type: texts, numbers, amounts, days, true and false, none.
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import { readReference } from "../donations/reference.ts";
import { decimalsOf } from "../money.ts";
import type { Operator, Value } from "./criteria.ts";
import type { Field, Period } from "./fields.ts";
import type { Reader } from "./read-selector.ts";
import { hasWildcards, likePattern, plainText } from "./read-words.ts";
import { suggest } from "./suggest.ts";

const units = ["day", "week", "month", "year"] as const;
const [earliest, latest] = [1900, 2999];

/** The next value. Throws UnreadableSelector when it is not of the field's type. */
export function readValue(reader: Reader, field: Field, operator: Operator): Value {
  const { type } = field;
  const isOrder = /[<>]/.test(operator);
  if (isOrder && (type === "text" || type === "truth" || type === "donref"))
    throw reader.mistake("Only numbers, amounts and days can be smaller or larger.");
  if (operator === "in" && type === "truth") throw reader.mistake("True and false stand behind ==.");
  if (field.optional && (operator === "==" || operator === "!=") && reader.takes("none")) return null;
  if (type === "text") return readText(reader, field, operator);
  if (type === "donref") return readDonref(reader);
  if (type === "number") return readNumber(reader, 0, "a whole number such as 3");
  if (type === "money")
    return readNumber(reader, decimalsOf(reader.organisation.currency), "an amount such as 60 or 60.50");
  if (type === "truth") return readTruth(reader);
  return readDay(reader);
}

/** The rest of `(last 12 months)`, `(2025)`, `(between 2025-01-01 and 2025-06-30)` after the opening bracket. */
export function readPeriod(reader: Reader): Period {
  const period = readSpan(reader);
  reader.expect(")");
  return period;
}

function readSpan(reader: Reader): Period {
  const { start } = reader.next();
  if (reader.takes("last")) {
    const from = move(reader, reader.today, -1, start).add({ days: 1 });
    return { from, to: null };
  }
  if (reader.takes("between")) {
    const from = readDay(reader);
    reader.expect("and");
    const to = readDay(reader);
    if (Temporal.PlainDate.compare(from, to) > 0)
      throw reader.mistake("The first day of the period is after its last.", start);
    return { from, to };
  }
  const { kind, text } = reader.next();
  if (kind !== "number" || !/^\d{4}$/.test(text))
    throw reader.mistake("Here should be “last 12 months”, a year, or “between” a day “and” a day.");
  reader.take();
  const from = inRange(reader, new Temporal.PlainDate(Number(text), 1, 1), start);
  return { from, to: from.with({ month: 12, day: 31 }) };
}

/** The next text, checked against the words that are known. */
export function readText(reader: Reader, field: Pick<Field, "words" | "letters">, operator: Operator): Value {
  const { kind, text, start } = reader.take();
  if (kind !== "text") throw reader.mistake("Here should be a text in quotation marks.", start);
  const wild = hasWildcards(text);
  if (operator === "!=" && wild)
    throw reader.mistake("There are no wildcards behind “!=”: write “not” before the field, and “=”.", start);
  if (operator === "=" && (wild || !field.words)) return { like: likePattern(text) };
  const plain = plainText(text);
  const value =
    field.letters === "small" ? plain.toLowerCase() : field.letters === "capital" ? plain.toUpperCase() : plain;
  const known = field.words?.(reader.organisation);
  if (known && !known.some((word) => word.value === value))
    throw reader.mistake(`There is no such value here.${suggest(plain, known)}`, start);
  return value;
}

function readDonref(reader: Reader): number {
  const { kind, text, start } = reader.take();
  const reference = kind === "text" ? readReference(reader.organisation.referencePrefix, plainText(text)) : undefined;
  if (reference?.kind !== "person") throw reader.mistake("Here should be a donref in quotation marks.", start);
  return reference.personId;
}

function readNumber(reader: Reader, decimals: number, such: string): number {
  const { kind, text, start } = reader.take();
  const [whole = "", fraction = ""] = text.split(".");
  if (kind !== "number" || whole.length > 9 || fraction.length > decimals)
    throw reader.mistake(`Here should be ${such}.`, start);
  return Number(whole + fraction.padEnd(decimals, "0"));
}

function readTruth(reader: Reader): boolean {
  if (reader.takes("true")) return true;
  if (reader.takes("false")) return false;
  throw reader.mistake("Here should be true or false.");
}

function readDay(reader: Reader): Day {
  const { kind, text, start } = reader.next();
  if (reader.takes("today")) {
    if (reader.takes("-")) return move(reader, reader.today, -1, start);
    return reader.takes("+") ? move(reader, reader.today, 1, start) : reader.today;
  }
  if (kind !== "day") throw reader.mistake("Here should be a day such as 2026-01-31 or today - 30 days.");
  reader.take();
  return inRange(reader, dayOf(text), start);
}

/** Reads `30 days` and goes that far from a day. */
function move(reader: Reader, from: Day, direction: 1 | -1, start: number): Day {
  const { kind, text } = reader.take();
  const unit = reader.take().text.toLowerCase().replace(/s$/, "");
  if (kind !== "number" || !/^\d{1,4}$/.test(text) || !(units as readonly string[]).includes(unit))
    throw reader.mistake("Here should be a number of days, weeks, months or years.", start);
  return inRange(reader, from.add({ [`${unit}s`]: direction * Number(text) }), start);
}

function inRange(reader: Reader, day: Day | undefined, start: number): Day {
  if (day === undefined) throw reader.mistake("There is no such day.", start);
  if (day.year < earliest || day.year > latest) throw reader.mistake(`Days are from ${earliest} to ${latest}.`, start);
  return day;
}

function dayOf(text: string): Day | undefined {
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    return undefined;
  }
}
