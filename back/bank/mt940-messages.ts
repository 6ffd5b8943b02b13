// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The lines of an MT940 file as messages of tags: `:61:…`, and the lines that go on with it.
import { BankFileError, quote } from "./bank-file-error.ts";

export interface Tag {
  readonly name: string;
  readonly value: string;
  /** Further lines. */
  readonly more: string[];
  readonly line: number;
}

export interface Message {
  readonly tags: readonly Tag[];
  readonly line: number;
  /** Whether the line with a dash was there. */
  readonly isEnded: boolean;
}

const maxLine = 4_000;
const maxTextLines = 100;

/** A message begins with `:20:` and ends with `-`, which some banks leave out. */
export function* readMessages(text: string): Generator<Message> {
  let tags: Tag[] = [];
  let isEnveloped = false;
  let areEnded = false;
  let number = 0;
  for (const line of linesOf(text)) {
    number += 1;
    if (line.length > maxLine) throw new BankFileError("The line is too long.", { line: number });
    const [, name = "", value = ""] = /^:(\d\d[A-Z]?):(.*)$/.exec(line.replace(/^(\{\d:[^{}]*\})*\{4:/, "")) ?? [];
    if (/^\{[1-5]:/.test(line)) isEnveloped ||= line.includes("{4:");
    if (/^-\}/.test(line) || (/^-\s*$/.test(line) && mayEnd(tags))) {
      if (tags.length > 0) yield { tags, line: tags[0]?.line ?? number, isEnded: true };
      [tags, isEnveloped, areEnded] = [[], line.includes("{4:"), true];
    } else if (name !== "") {
      if (name === "20" && tags.length > 0) {
        yield { tags, line: tags[0]?.line ?? number, isEnded: false };
        tags = [];
      }
      if (name !== "20" && tags.length === 0)
        throw new BankFileError(`The message begins with :${name}: instead of :20:.`, { line: number });
      tags.push({ name, value, more: [], line: number });
    } else goOn(tags, line, number);
  }
  if (tags.length === 0) return;
  if (isEnveloped || areEnded) throw new BankFileError("The last message has no end.", { line: number });
  yield { tags, line: tags[0]?.line ?? number, isEnded: false };
}

// A text that the bank broke into lines may have one that is a dash alone; before a statement is closed it ends nothing.
function mayEnd(tags: readonly Tag[]): boolean {
  return tags.length === 0 || tags.some(({ name }) => /^(62[FM]|34F|13D?)$/.test(name));
}

// Around messages some banks leave blank lines, @@ and the blocks of the network.
function goOn(tags: Tag[], line: string, number: number): void {
  const last = tags.at(-1);
  if (/^\s*$|^@@|^\{[1-5]:/.test(line)) return;
  if (!last) throw new BankFileError(`${quote(line)} is outside of any message.`, { line: number });
  if (last.more.length >= maxTextLines) throw new BankFileError("The text has too many lines.", { line: number });
  last.more.push(line);
}

// Line breaks of every system; control characters, among them those that frame a transmission, say nothing.
function* linesOf(text: string): Generator<string> {
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  for (;;) {
    const found = nextBreak(text, start);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
    yield text.slice(start, found < 0 ? undefined : found).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
    if (found < 0) return;
    start = found + (text.startsWith("\r\n", found) ? 2 : 1);
  }
}

function nextBreak(text: string, start: number): number {
  const feed = text.indexOf("\n", start);
  const end = feed < 0 ? text.length : feed;
  const carriage = text.slice(start, end).indexOf("\r");
  return carriage >= 0 ? start + carriage : feed;
}
