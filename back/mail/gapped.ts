// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Text with gaps: what is the same for every reader is made once, what differs is filled in for each.

export interface Gapped<Reader> {
  /** One more than there are gaps. */
  words: readonly string[];
  gaps: readonly ((to: Reader) => string)[];
}

/** As a template literal of words, gaps, and texts that have gaps themselves. */
export function gapped<Reader>(
  strings: TemplateStringsArray,
  ...parts: readonly (string | ((to: Reader) => string) | Gapped<Reader>)[]
): Gapped<Reader> {
  const words = [strings[0] ?? ""];
  const gaps: ((to: Reader) => string)[] = [];
  const append = (text: string) => words.push(`${words.pop()}${text}`);
  for (const [at, part] of parts.entries()) {
    if (typeof part === "string") append(part);
    else if (typeof part === "function") {
      gaps.push(part);
      words.push("");
    } else {
      append(part.words[0] ?? "");
      gaps.push(...part.gaps);
      words.push(...part.words.slice(1));
    }
    append(strings[at + 1] ?? "");
  }
  return { words, gaps };
}

/** `{name}` in a text is the gap of that name. */
export function gapsIn<Reader>(text: string, named: Readonly<Record<string, (to: Reader) => string>>): Gapped<Reader> {
  const parts = text.split(/\{(\w+)\}/);
  return {
    words: parts.filter((_, at) => at % 2 === 0),
    gaps: parts.filter((_, at) => at % 2 === 1).map((name) => named[name] ?? (() => "")),
  };
}

export function fillGaps<Reader>({ words, gaps }: Gapped<Reader>, to: Reader): string {
  let text = words[0] ?? "";
  for (let at = 0; at < gaps.length; at += 1) text += `${gaps[at]?.(to)}${words[at + 1]}`;
  return text;
}

/** The same in another encoding: the words at once, what fills a gap when it is known. */
export function encodeGapped<Reader>(
  { words, gaps }: Gapped<Reader>,
  encode: (text: string) => string,
  encodeFilling = encode,
): Gapped<Reader> {
  return { words: words.map(encode), gaps: gaps.map((gap) => (to: Reader) => encodeFilling(gap(to))) };
}
