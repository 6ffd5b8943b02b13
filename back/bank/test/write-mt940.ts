// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes MT940 files for tests as German banks do; everything in them is made up.
import { type MadeEntry, type MadePayment, type MadeStatement, ourIban } from "./write-camt.ts";

/** The same statement as in camt; references of the bank for payments, and pending entries, have no place here. */
export function writeMt940({
  id = "S1",
  opening = 100_000,
  closing,
  on,
  entries,
  iban = ourIban,
}: MadeStatement): string {
  const end = closing ?? opening + entries.reduce((sum, { amount }) => sum + amount, 0);
  return [
    `:20:${id}`,
    `:25:${iban}`,
    ":28C:17/1",
    `:60F:${writeBalance(opening, on.toString())}`,
    ...entries.flatMap(writeEntry),
    `:62F:${writeBalance(end, on.toString())}`,
    "-",
    "",
  ].join("\r\n");
}

export function writeBalance(amount: number, on: string): string {
  return `${amount < 0 ? "D" : "C"}${shortDay(on)}EUR${writeAmount(amount)}`;
}

export function writeAmount(amount: number): string {
  return (Math.abs(amount) / 100).toFixed(2).replace(".", ",");
}

function writeEntry({
  amount,
  on,
  valueOn = on,
  bankReference,
  entryReference = "NONREF",
  payments,
}: MadeEntry): string[] {
  const [value, booked] = [shortDay(valueOn.toString()), shortDay(on.toString()).slice(2)];
  const bank = bankReference === undefined ? "" : `//${bankReference}`;
  const line = `:61:${value}${booked}${amount < 0 ? "D" : "C"}R${writeAmount(amount)}NTRF${entryReference}${bank}`;
  return [line, ...payments.slice(0, 1).flatMap(writeText)];
}

function writeText({ name, iban, text, endToEndId, mandateId, returnReason }: MadePayment): string[] {
  const words = [endToEndId && `EREF+${endToEndId}`, mandateId && `MREF+${mandateId}`, `SVWZ+${text}`];
  const pieces = words.filter((word) => word !== undefined && word !== "").flatMap((word) => cut(word ?? "", 27));
  const numbers = [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 60, 61, 62, 63];
  const fields = pieces.map((piece, at) => `?${numbers[at]}${piece}`);
  const [first = "", second = ""] = cut(name, 27);
  const text86 = [
    `${returnReason === undefined ? "166" : "109"}?00SEPA GUTSCHRIFT`,
    ...fields.slice(0, 10),
    `?30BYLADEM1001?31${iban}?32${first}${second && `?33${second}`}`,
    ...fields.slice(10),
  ].join("");
  return cut(`:86:${text86}`, 65).map((line, at) => (at > 0 && /^[:-]/.test(line) ? `${line}` : line));
}

function cut(text: string, width: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += width) pieces.push(text.slice(at, at + width));
  return pieces;
}

function shortDay(day: string): string {
  return day.slice(2).replaceAll("-", "");
}
