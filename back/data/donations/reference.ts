// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// References that people quote when they pay: `FC` + digits + check digit, and a suffix that names one purpose.

/** What a reference says by its form alone; whether the person exists is another question. */
export type Reference =
  | { kind: "person"; personId: number; donref: string; suffix: null }
  | { kind: "suffixed"; personId: number; donref: string; suffix: string }
  | { kind: "merchandise"; reference: string };

/** A person's reference, e.g. `FC10017` for 1001. */
export function donrefOf(prefix: string, personId: number): string {
  return `${prefix}${personId}${checkDigit(String(personId))}`;
}

/**
 * Reads a reference as people type it: spaces, dashes and case do not matter, and letters that look like digits count as
 * those. Anything else that is mistyped is found by the check digit: undefined.
 */
export function readReference(prefix: string, text: string): Reference | undefined {
  const plain = text.toUpperCase().replace(/[\s./_-]/g, "");
  if (/^MP[A-Z0-9]{1,30}$/.test(plain)) return { kind: "merchandise", reference: plain };
  const [, head, number, suffix] = /^([A-Z0]{2})([0-9OILSB]{2,11})([A-Z][0-9OIL]{1,4})?$/.exec(plain) ?? [];
  if (head?.replaceAll("0", "O") !== prefix.replaceAll("0", "O") || number === undefined) return undefined;
  const digits = likeDigits(number);
  const personId = Number(digits.slice(0, -1));
  if (checkDigit(digits.slice(0, -1)) !== digits.at(-1) || personId < 1 || personId > 2_147_483_647) return undefined;
  const donref = prefix + digits;
  if (suffix === undefined) return { kind: "person", personId, donref, suffix: null };
  return { kind: "suffixed", personId, donref, suffix: suffix[0] + likeDigits(suffix.slice(1)) };
}

/** ISO 7064 MOD 11,10: finds every single mistyped digit and nearly every swap of neighbours. */
function checkDigit(digits: string): string {
  let product = 10;
  for (const digit of digits) {
    const sum = (product + Number(digit)) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return String((11 - product) % 10);
}

function likeDigits(text: string): string {
  return text.replace(/[OILSB]/g, (letter) => ({ O: "0", I: "1", L: "1", S: "5", B: "8" })[letter] ?? letter);
}
