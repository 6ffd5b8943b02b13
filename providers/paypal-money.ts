// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Amounts as PayPal writes them, `25.00`, and as we do, 2500: digits moved as text, never a float.
import type { MoneyShape } from "@cdb/api/shapes.ts";
import { ProviderRefused } from "./errors.ts";

// PayPal takes no decimals in these, whatever the currency itself has (https://developer.paypal.com/reference/currency-codes).
const whole = new Set(["HUF", "JPY", "TWD"]);

/** Our minor units as PayPal wants them. Throws ProviderRefused for Taiwan dollars with a fraction. */
export function toPaypalValue({ amount, currency }: MoneyShape): string {
  const decimals = decimalsOf(currency);
  const digits = String(amount).padStart(decimals + 1, "0");
  const units = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  if (!whole.has(currency)) return decimals === 0 ? units : `${units}.${fraction}`;
  if (Number(fraction) > 0) throw new ProviderRefused("amount", `PayPal takes ${currency} without decimals only`);
  return units;
}

/** PayPal's value in our minor units, its sign left out: refunds come with it or without. `undefined`: no amount of money. */
export function fromPaypalValue(value: unknown, currency: unknown): MoneyShape | undefined {
  if (typeof currency !== "string" || !/^[A-Z]{3}$/.test(currency)) return undefined;
  const [, units, fraction = ""] = /^-?(\d{1,12})(?:\.(\d{1,6}))?$/.exec(String(value)) ?? [];
  const decimals = decimalsOf(currency);
  if (units === undefined || /[1-9]/.test(fraction.slice(decimals))) return undefined;
  const amount = Number(units + fraction.slice(0, decimals).padEnd(decimals, "0"));
  return Number.isSafeInteger(amount) && amount > 0 ? { amount, currency } : undefined;
}

function decimalsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
