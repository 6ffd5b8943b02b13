// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money: integer minor units and a currency. Never a float.
import { Invalid } from "./errors.ts";

export interface Money {
  /** Minor units: cents for EUR, yen for JPY. */
  amount: number;
  currency: string;
}

/** How many decimals a currency has: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217 as Intl knows it). */
export function decimalsOf(currency: string): number {
  return formatterFor("en", currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/** As people of this language write it: `€25.00`, `25,00 €`. */
export function formatMoney(money: Money, language: string): string {
  return formatterFor(language, money.currency).format(decimalOf(money) as Intl.StringNumericLiteral);
}

/** As programs write it: `25.00`. */
export function decimalOf({ amount, currency }: Money): string {
  return decimalString(amount, decimalsOf(currency));
}

/** Reads `25`, `25.5` or `25.50`. Throws Invalid with the code `amount-unreadable`. */
export function readMoney(text: string, currency: string): Money {
  const decimals = decimalsOf(currency);
  const [, whole, fraction = ""] = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || fraction.length > decimals)
    throw new Invalid("amount-unreadable", "The amount is not a number such as 25 or 25.50.", "amount");
  const amount = Number(whole) * 10 ** decimals + Number(fraction.padEnd(decimals, "0"));
  if (amount === 0) throw new Invalid("amount-too-small", "The amount must be more than nothing.", "amount");
  return { amount, currency };
}

function decimalString(amount: number, decimals: number): string {
  const digits = String(Math.abs(amount)).padStart(decimals + 1, "0");
  const sign = amount < 0 ? "-" : "";
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatterFor(language: string, currency: string): Intl.NumberFormat {
  const key = language + currency;
  const known = formatters.get(key) ?? new Intl.NumberFormat(language, { style: "currency", currency });
  formatters.set(key, known);
  return known;
}
