// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What PayPal refuses, and how: names, issues, fields and the number for its support.
import { newId } from "./store.ts";

type Status = 400 | 401 | 404 | 422;

export class Refusal extends Error {
  readonly status: Status;
  readonly body: object;
  constructor(status: Status, issue: string, field = "", description = "") {
    super(issue);
    this.status = status;
    const name = {
      400: "INVALID_REQUEST",
      401: "AUTHENTICATION_FAILURE",
      404: "RESOURCE_NOT_FOUND",
      422: "UNPROCESSABLE_ENTITY",
    };
    const detail = { issue, description: description || issue.toLowerCase(), ...(field ? { field } : {}) };
    this.body = {
      name: name[status],
      message: "The request was refused.",
      debug_id: newId(13).toLowerCase(),
      details: [detail],
    };
  }
}

/** The decimals of each currency that PayPal takes (https://developer.paypal.com/reference/currency-codes). */
const decimals: Record<string, number> = {
  ...Object.fromEntries(
    "AUD BRL CAD CNY CZK DKK EUR HKD ILS MYR MXN NZD NOK PHP PLN GBP SGD SEK CHF THB USD"
      .split(" ")
      .map((code) => [code, 2]),
  ),
  ...{ HUF: 0, JPY: 0, TWD: 0 },
};

export type Body = { readonly [name: string]: unknown };

export function objectOf(value: unknown): Body {
  return typeof value === "object" && value !== null ? (value as Body) : {};
}

export function readMoney(value: unknown, field: string): { value: string; currency_code: string } {
  const { value: text, currency_code: currency } = objectOf(value);
  if (typeof text !== "string") throw new Refusal(400, "MISSING_REQUIRED_PARAMETER", `${field}/value`);
  if (typeof currency !== "string" || !/^[A-Z]{3}$/.test(currency))
    throw new Refusal(400, "INVALID_PARAMETER_SYNTAX", `${field}/currency_code`);
  const places = decimals[currency];
  if (places === undefined) throw new Refusal(422, "CURRENCY_NOT_SUPPORTED", `${field}/currency_code`);
  const [, units = "", fraction = ""] = /^(\d{1,30})(?:\.(\d{1,30}))?$/.exec(text) ?? [];
  if (units === "") throw new Refusal(400, "INVALID_PARAMETER_SYNTAX", `${field}/value`, `${text} is no amount`);
  if (fraction.length > places)
    throw new Refusal(422, places === 0 ? "DECIMALS_NOT_SUPPORTED" : "DECIMAL_PRECISION", `${field}/value`);
  if (!/[1-9]/.test(units + fraction)) throw new Refusal(422, "CANNOT_BE_ZERO_OR_NEGATIVE", `${field}/value`);
  if (units.replace(/^0+/, "").length > 7) throw new Refusal(422, "MAX_VALUE_EXCEEDED", `${field}/value`);
  return { value: places === 0 ? units : `${units}.${fraction.padEnd(places, "0")}`, currency_code: currency };
}

/** What cannot be counted by a float: `25.00` → 2500. */
export function minor({ value }: { value: string }): number {
  return Number(value.replace(".", ""));
}

export function major(amount: number, currency: string): { value: string; currency_code: string } {
  const places = decimals[currency] ?? 2;
  const digits = String(amount).padStart(places + 1, "0");
  const value = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
  return { value, currency_code: currency };
}

export function readText(value: unknown, field: string, max: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw new Refusal(400, "INVALID_PARAMETER_SYNTAX", field);
  if (value.length < 1 || value.length > max) throw new Refusal(400, "INVALID_STRING_LENGTH", field, value);
  return value;
}

export function readAddress(value: unknown, field: string): string {
  if (value === undefined) throw new Refusal(400, "MISSING_REQUIRED_PARAMETER", field);
  if (typeof value !== "string" || !/^https?:\/\/[^\s/]+/.test(value) || value.length > 4000)
    throw new Refusal(400, "INVALID_PARAMETER_SYNTAX", field);
  return value;
}
