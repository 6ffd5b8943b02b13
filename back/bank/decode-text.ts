// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Bytes become text: in the encoding that they are in, which is not always the one that they claim.
import { isUtf8 } from "node:buffer";
import { BankFileError, quote } from "./bank-file-error.ts";

const known: Record<string, Encoding> = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  "us-ascii": "utf-8",
  ascii: "utf-8",
  "utf-16": "utf-16le",
  "utf-16le": "utf-16le",
  "utf-16be": "utf-16be",
  "iso-8859-1": "windows-1252",
  "iso8859-1": "windows-1252",
  latin1: "windows-1252",
  "windows-1252": "windows-1252",
  cp1252: "windows-1252",
  "iso-8859-15": "iso-8859-15",
};
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | "iso-8859-15";

/** The encoding of XML: by its byte order mark, else by its declaration, else UTF-8. */
export function encodingOfXml(bytes: Uint8Array): Encoding {
  const marked = encodingOfMark(bytes);
  if (marked) return checked(bytes, marked);
  const start = Buffer.from(bytes.subarray(0, 200)).toString("latin1");
  const [, declared = "utf-8"] = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(start) ?? [];
  const encoding = Object.hasOwn(known, declared.toLowerCase()) ? known[declared.toLowerCase()] : undefined;
  if (!encoding) throw new BankFileError(`The encoding ${quote(declared)} is not known.`, { line: 1 });
  // Some programs declare Latin-1 and write UTF-8: valid UTF-8 that is not plain ASCII never comes about by chance.
  if (encoding === "windows-1252" && isUtf8(bytes)) return "utf-8";
  return checked(bytes, encoding);
}

/** The encoding of other text: by its mark, else UTF-8 when it is valid, else Latin-1 as banks write it. */
export function encodingOfText(bytes: Uint8Array): Encoding {
  const marked = encodingOfMark(bytes);
  if (marked) return checked(bytes, marked);
  return isUtf8(bytes) ? "utf-8" : "windows-1252";
}

/** The whole text at once. */
export function decodeText(bytes: Uint8Array, encoding: Encoding): string {
  return [...decodeChunks(bytes, encoding)].join("");
}

// Small: whatever is read of a piece keeps the whole piece in memory.
const chunkSize = 4_096;

/** The text piece by piece: a large file is never in memory twice. */
export function* decodeChunks(bytes: Uint8Array, encoding: Encoding): Generator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for (let at = 0; at < bytes.length; at += chunkSize)
      yield decoder.decode(bytes.subarray(at, at + chunkSize), { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new BankFileError(`The text is not in ${encoding.toUpperCase()}.`);
    throw error;
  }
}

function encodingOfMark([first, second, third]: Uint8Array): Encoding | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return undefined;
}

function checked(bytes: Uint8Array, encoding: Encoding): Encoding {
  if (encoding !== "utf-8" || isUtf8(bytes)) return encoding;
  throw new BankFileError("The file says that it is in UTF-8, and this line is not.", {
    line: lineThatIsNotUtf8(bytes),
  });
}

function lineThatIsNotUtf8(bytes: Uint8Array): number {
  for (let line = 1, start = 0; ; line += 1) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
