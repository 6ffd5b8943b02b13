// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Our reference in the words that came with money: people write it anywhere, with blanks, and a bank cuts lines.
import { readReference } from "../donations/reference.ts";

/** The one reference that stands in these texts; undefined when there is none, or two that differ. */
export function findReference(prefix: string, texts: readonly string[]): string | undefined {
  const found = new Set(texts.flatMap((text) => [...candidates(prefix, text.toUpperCase())]));
  return found.size === 1 ? [...found][0] : undefined;
}

function* candidates(prefix: string, text: string): Generator<string> {
  const gap = "[\\s./_-]?";
  const digit = "[0-9OILSB]";
  const person = new RegExp(
    `(?<![A-Z0-9]|RF\\d\\d)(?:RF\\d\\d${gap})?(${prefix}${gap}${digit}(?:${gap}${digit}){1,10}(?:${gap}[A-Z][0-9OIL]{1,4})?)(?![A-Z0-9])`,
    "g",
  );
  for (const [, written = ""] of text.matchAll(person)) {
    const name = longest(prefix, written.split(/[\s./_-]/));
    if (name !== undefined) yield name;
  }
  // Not every word that begins so is an order: they have a number.
  for (const [written] of text.matchAll(/(?<![A-Z0-9])MP[A-Z]{0,4}-?\d{3,12}(?![A-Z0-9])/g))
    yield written.replace("-", "");
}

// "EX10018 20 Euro": what follows may be another number, so the check digit decides how far the reference goes.
function longest(prefix: string, parts: string[]): string | undefined {
  for (let count = parts.length; count > 0; count -= 1) {
    const written = parts.slice(0, count).join("");
    // Letters count as digits where someone mistyped, but a word is no number.
    if (written.replace(/\D/g, "").length < 3) return undefined;
    const read = readReference(prefix, written);
    if (read && read.kind !== "merchandise") return read.donref + (read.suffix ?? "");
  }
  return undefined;
}
