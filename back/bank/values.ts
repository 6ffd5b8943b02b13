// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Amounts, currencies, days, accounts and references as banks write them.
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import { isValidIBAN } from "ibantools";
import { BankFileError, quote } from "./bank-file-error.ts";

// ISO 4217; Intl knows which currencies there are, but counts the decimals of daily life (HUF 0 where the standard says 2).
const currencies = new Set(Intl.supportedValuesOf("currency").filter((code) => code !== "XXX" && code !== "XTS"));
const odd: Record<string, number> = Object.fromEntries([
  ...[
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
  ].map((code) => [code, 0]),
  ...["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"].map((code) => [code, 3]),
]);

/** Checks an ISO 4217 code. */
export function readCurrency(text: string): string {
  if (!currencies.has(text)) throw new BankFileError(`The currency ${quote(text)} is not known.`);
  return text;
}

/** How many decimals the standard gives a currency: 2 for EUR, 0 for JPY, 3 for KWD. */
export function decimalsOf(currency: string): number {
  return odd[currency] ?? 2;
}

/** Minor units of a plain decimal such as `25`, `25.5` or `25.50`, never negative; the sign is a point unless said. */
export function readAmount(text: string, currency: string, sign: "." | "," = "."): number {
  const decimals = decimalsOf(currency);
  const point = text.indexOf(sign);
  const whole = point < 0 ? text : text.slice(0, point);
  const fraction = point < 0 ? "" : text.slice(point + 1);
  if (!/^\d+$/.test(whole) || !/^\d*$/.test(fraction))
    throw new BankFileError(`The amount ${quote(text)} is not a number.`);
  if (/[1-9]/.test(fraction.slice(decimals)))
    throw new BankFileError(`The amount ${quote(text)} has more decimals than ${currency} has.`);
  const amount = Number(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  if (amount > Number.MAX_SAFE_INTEGER / 1_000) throw new BankFileError(`The amount ${quote(text)} is too large.`);
  return amount;
}

/** 1 for CRDT, -1 for DBIT. */
export function readSign(text: string | undefined): 1 | -1 {
  if (text === "CRDT") return 1;
  if (text === "DBIT") return -1;
  throw new BankFileError(text === undefined ? "Credit or debit is not said." : `${quote(text)} is not CRDT or DBIT.`);
}

let lastDay: { text: string; day: Day } | undefined;

/** A day of the calendar from `2026-01-31`. */
export function readDay(text: string): Day {
  if (lastDay?.text === text) return lastDay.day;
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new BankFileError(`${quote(text)} is not a day.`);
  const day = dayOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8)));
  if (!day) throw new BankFileError(`There is no day ${text}.`);
  lastDay = { text, day };
  return day;
}

/** Undefined when the calendar has no such day. */
export function dayOf(year: number, month: number, day: number): Day | undefined {
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: "reject" });
  } catch {
    return undefined;
  }
}

/** Two digits of a year: this century up to 79. */
export function fullYear(year: number): number {
  return year < 80 ? 2000 + year : 1900 + year;
}

/** An IBAN with right check digits, or the words as they are. */
export function readAccount(text: string): { iban: string } | { other: string } | Record<string, never> {
  const whole = text.replace(/\s+/g, " ").trim();
  const iban = whole.replaceAll(" ", "").toUpperCase();
  if (/^[A-Z]{2}\d\d/.test(iban) && isValidIBAN(iban)) return { iban };
  return whole === "" ? {} : { other: whole };
}

const nothing = /^(NON ?REF|NOT ?PROVIDED|NOT ?AVAILABLE|NONE|N\/?A|[-0/ .]*)$/i;

/** A name that somebody gave; undefined for the many ways to say that there is none. */
export function readName(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || nothing.test(trimmed) ? undefined : trimmed;
}

/** The RF reference (ISO 11649) with right check digits in a text. */
export function findCreditorReference(text: string): string | undefined {
  for (const [found] of text.toUpperCase().matchAll(/\bRF\d\d[A-Z0-9]{1,21}\b/g)) if (isRf(found)) return found;
  const [spaced = ""] = /\bRF\d\d(?: [A-Z0-9]{4})*(?: [A-Z0-9]{1,4})\b/.exec(text.toUpperCase()) ?? [];
  const joined = spaced.replaceAll(" ", "");
  return joined !== "" && isRf(joined) ? joined : undefined;
}

function isRf(reference: string): boolean {
  let rest = 0;
  for (const sign of reference.slice(4) + reference.slice(0, 4))
    for (const digit of String(Number.parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1 && reference.length <= 25;
}

/** Leaves out what is not there. */
export function withoutUndefined<T extends object>(
  values: T,
): { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
} {
  const there: Record<string, unknown> = {};
  for (const name in values) if (values[name] !== undefined) there[name] = values[name];
  return there as never;
}
