// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The words of a selector's text, each with its place, and what is wrong with a text.
import { Invalid } from "../errors.ts";

export interface Word {
  kind: "text" | "day" | "number" | "name" | "sign" | "end";
  /** As typed; of a text what stands between the quotation marks, with its backslashes. */
  text: string;
  start: number;
  end: number;
}

/** Says what is wrong and where; never repeats what was typed. */
export class UnreadableSelector extends Invalid {
  /** Counted in characters, from 1. */
  readonly position: number;
  constructor(source: string, at: number, sentence: string) {
    const position = [...source.slice(0, at)].length + 1;
    super("selector-unreadable", `At character ${position}: ${sentence}`, "selector");
    this.position = position;
  }
}

const longest = 4_000;
const space = /\s*/uy;
const pattern =
  /(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<day>\d{4}-\d\d-\d\d(?!\d))|(?<number>\d+(?:\.\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*)|(?<sign>==|!=|<=|>=|[=<>(),+-])/uy;

/** Cuts the text into words; the last one is the end. Throws UnreadableSelector. */
export function readWords(source: string): Word[] {
  if (source.length > longest)
    throw new Invalid("selector-too-large", `A selector has at most ${longest} characters.`, "selector");
  if (!source.isWellFormed()) throw new UnreadableSelector(source, 0, "The text is not well-formed Unicode.");
  const words: Word[] = [];
  let at = skipSpace(source, 0);
  while (at < source.length) {
    const word = readWord(source, at);
    words.push(word);
    at = skipSpace(source, word.end);
  }
  return [...words, { kind: "end", text: "", start: source.length, end: source.length }];
}

function skipSpace(source: string, at: number): number {
  space.lastIndex = at;
  space.test(source);
  return space.lastIndex;
}

function readWord(source: string, at: number): Word {
  pattern.lastIndex = at;
  const groups = pattern.exec(source)?.groups;
  if (!groups) {
    const quoted = source[at] === '"' || source[at] === "'";
    const sentence = quoted ? "This text has no closing quotation mark." : "This sign has no meaning here.";
    throw new UnreadableSelector(source, at, sentence);
  }
  const [kind, found] = Object.entries(groups).find(([, text]) => text !== undefined) as [Word["kind"], string];
  const text = kind === "text" ? found.slice(1, -1) : found;
  if (/\p{Cc}/u.test(text)) throw new UnreadableSelector(source, at, "A text is one line, without control characters.");
  return { kind, text, start: at, end: at + found.length };
}

/** A text without its backslashes. */
export function plainText(text: string): string {
  return text.replace(/\\(.)/gu, "$1");
}

/** Whether `*` or `?` stand in it as wildcards. */
export function hasWildcards(text: string): boolean {
  return /[*?]/.test(text.replace(/\\./gu, ""));
}

/** A text with `*` and `?` as a pattern for LIKE; behind a backslash, and for LIKE's own signs, the sign itself is meant. */
export function likePattern(text: string): string {
  return text.replace(/\\(.)|\*+|[?%_]/gu, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return /[%_\\]/.test(escaped) ? `\\${escaped}` : escaped;
    if (found === "?") return "_";
    return found.startsWith("*") ? "%" : `\\${found}`;
  });
}
