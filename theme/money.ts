// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Amounts and days as people write and read them. Amounts are integer minor units and never become a float.
import { localeOf } from "@cdb/runtime/locale.ts";

export interface Amount {
  amount: number;
  currency: string;
}

/** `{ amount: 123450, currency: "EUR" }` → `€1,234.50`; whole amounts without decimals. */
export function formatMoney({ amount, currency }: Amount, language: string): string {
  const format = moneyFormat(language, currency);
  return format.format(plainAmount({ amount, currency }) as Intl.StringNumericLiteral);
}

/** `{ amount: 123450, currency: "EUR" }` → `1234.50`, for a field or a program. */
export function plainAmount({ amount, currency }: Amount): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(amount)).padStart(decimals + 1, "0");
  const sign = amount < 0 ? "-" : "";
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The same as somebody who reads this language would type it: `1234,50`. */
export function typedAmount(amount: Amount, language: string): string {
  return plainAmount(amount).replace(".", decimalSign(language));
}

/** `2026-03-01` → `1 March 2026`. Also takes a moment, which it shows as the day in `timeZone`. */
export function formatDay(dayOrMoment: string, language: string, timeZone = "UTC"): string {
  return dayFormat(language, timeZone).format(new Date(dayOrMoment));
}

export type AmountMistake = "amount-missing" | "amount-unreadable" | "amount-ambiguous" | "amount-not-positive";
export type ReadAmount = { amount: number } | { mistake: AmountMistake };

/**
 * Reads what somebody typed: `12`, `12,34`, `12.34`, `1.234,56`, `1,234.56`, `€ 12`.
 * `12.345` is refused: it is twelve thousand to one reader and twelve to the next.
 */
export function readAmount(text: string, currency: string): ReadAmount {
  const typed = withoutCurrency(text.slice(0, 60), currency);
  if (typed === "") return { mistake: "amount-missing" };
  if (/^-[\d.,]+$/.test(typed)) return { mistake: "amount-not-positive" };
  if (/^\d{1,3}[.,]\d{3}$/.test(typed)) return { mistake: "amount-ambiguous" };
  const [, plainWhole, plainFraction, groupedWhole, , groupedFraction] =
    /^(\d{1,9})(?:[.,](\d+))?$|^(\d{1,3}(?:([.,' ])\d{3})(?:\4\d{3})*)(?:(?!\4)[.,](\d+))?$/.exec(typed) ?? [];
  const whole = plainWhole ?? groupedWhole?.replace(/\D/g, "");
  const fraction = plainFraction ?? groupedFraction ?? "";
  const decimals = decimalsOf(currency);
  if (whole === undefined || whole.length > 9 || fraction.length > decimals) return { mistake: "amount-unreadable" };
  const amount = Number(whole + fraction.padEnd(decimals, "0"));
  return amount > 0 ? { amount } : { mistake: "amount-not-positive" };
}

function withoutCurrency(text: string, currency: string): string {
  const symbol = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "narrowSymbol" })
    .formatToParts(0)
    .find(({ type }) => type === "currency")?.value;
  const plain = text
    .trim()
    .replace(/[\u00a0\u202f]/g, " ")
    .replace(/\u2212/g, "-")
    .replaceAll("’", "'");
  const mark = [currency, symbol ?? currency].find((m) => plain.startsWith(m) || plain.endsWith(m)) ?? "";
  return plain.replace(mark, "").trim();
}

const decimalsOf = once(
  (currency) =>
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2,
);
const decimalSign = once(
  (language) => new Intl.NumberFormat(language).formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".",
);
const moneyFormat = once(
  (language, currency) =>
    new Intl.NumberFormat(language, { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" }),
);
const dayFormat = once(
  (language, timeZone) => new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long", timeZone }),
);

// Making a format costs a hundred times what using it does.
function once<Made>(make: (...names: string[]) => Made): (...names: string[]) => Made {
  const made = new Map<string, Made>();
  return (...names) => {
    const key = names.join(" ");
    const known = made.get(key) ?? make(...names);
    made.set(key, known);
    return known;
  };
}
