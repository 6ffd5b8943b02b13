// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a bank transfer's QR code, which banking apps read (EPC069-12, version 002).
import type { MoneyShape } from "@cdb/api/shapes.ts";

export interface Transfer {
  holder: string;
  iban: string;
  bic: string;
  amount: MoneyShape;
  /** ISO 11649 (`RF…`) goes into the structured line, anything else into the free one. */
  reference: string;
}

/**
 * Throws RangeError for what the code cannot carry: other currencies than EUR, too long or broken lines.
 * Lines within their limits are never more than the 331 bytes allowed in all.
 */
export function epcText(transfer: Transfer): string {
  const { holder, bic, amount, reference } = transfer;
  if (amount.currency !== "EUR") throw new RangeError(`A transfer code is in EUR, not in ${amount.currency}`);
  const iban = transfer.iban.replaceAll(" ", "");
  const structured = isCreditorReference(reference);
  const lines = [
    "BCD",
    "002",
    "1",
    "SCT",
    bic === "" ? "" : checked("BIC", bic, 11),
    checked("holder", holder, 70),
    checked("IBAN", iban, 34),
    euros(amount.amount),
    "",
    structured ? reference.replaceAll(" ", "") : "",
    structured ? "" : checked("reference", reference, 140),
  ];
  return lines.join("\n").trimEnd();
}

function checked(what: string, text: string, maxBytes: number): string {
  const bytes = Buffer.byteLength(text.trim());
  const line = text.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(text);
  if (!line || bytes < 1 || bytes > maxBytes)
    throw new RangeError(`The ${what} must be one line of 1 to ${maxBytes} bytes`);
  return text.trim();
}

function euros(cents: number): string {
  if (!Number.isSafeInteger(cents) || cents < 1 || cents > 99_999_999_999)
    throw new RangeError("The amount must be from 0.01 to 999999999.99 euros");
  const digits = String(cents).padStart(3, "0");
  return `EUR${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

// RF, two check digits, up to 21 letters and digits: moved to the front, letters as numbers, the rest by 97 is 1.
function isCreditorReference(reference: string): boolean {
  const plain = reference.replaceAll(" ", "");
  if (!/^RF\d{2}[A-Z0-9]{1,21}$/.test(plain)) return false;
  const number = [...plain.slice(4), ...plain.slice(0, 4)].map((sign) => parseInt(sign, 36)).join("");
  return BigInt(number) % 97n === 1n;
}
