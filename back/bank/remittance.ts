// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The words that come with a payment: banks cut them into pieces, and in Germany put names before them (EREF+, SVWZ+ …).

export interface Remittance {
  /** What the payer wrote, whole. */
  readonly text: string;
  /** What stood behind the names, e.g. `words.EREF`. */
  readonly words: Readonly<Partial<Record<Word, string>>>;
}

const names = [
  "EREF",
  "KREF",
  "MREF",
  "CRED",
  "DEBT",
  "COAM",
  "OAMT",
  "SVWZ",
  "ABWA",
  "ABWE",
  "IBAN",
  "BIC",
  "PURP",
] as const;
export type Word = (typeof names)[number];
const atStart = new RegExp(`^(${names.join("|")})\\+`);
const inLine = new RegExp(` (${names.join("|")})\\+`);

/** A full piece goes on in the next one; after a shorter one there was a blank. */
export function joinPieces(pieces: readonly string[], width: number): string {
  let text = "";
  let isFull = true;
  for (const piece of pieces) {
    text += isFull || piece.startsWith(" ") || text.endsWith(" ") ? piece : ` ${piece}`;
    isFull = piece.length >= width;
  }
  return text.trim();
}

/** A name counts at the start of a piece; within one only before SVWZ+, for behind it the payer may write anything. */
export function readRemittance(pieces: readonly string[], width: number): Remittance {
  if (!pieces.some((piece) => atStart.test(piece))) return { text: joinPieces(pieces, width), words: {} };
  const found = new Map<Word | "", string[]>([["", []]]);
  let word: Word | "" = "";
  for (const piece of pieces) {
    let rest = piece;
    for (;;) {
      const start = atStart.exec(rest);
      if (start) {
        word = start[1] as Word;
        rest = rest.slice(start[0].length);
        if (!found.has(word)) found.set(word, []);
      }
      const next = word === "SVWZ" ? null : inLine.exec(rest);
      found.get(word)?.push(next ? rest.slice(0, next.index) : rest);
      if (!next) break;
      rest = rest.slice(next.index + 1);
    }
  }
  const words: Partial<Record<Word, string>> = {};
  // A piece that begins with a name has lost as many letters of its width.
  for (const [name, parts] of found)
    if (name !== "")
      words[name] = joinPieces(restored(parts, name), width)
        .slice(name.length + 1)
        .trim();
  return { text: words.SVWZ ?? joinPieces(found.get("") ?? [], width), words };
}

function restored([first = "", ...others]: string[], name: string): string[] {
  return [`${name}+${first}`, ...others];
}
