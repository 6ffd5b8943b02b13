// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Opens a mail that came back: its headers as they stand, its text, and what it carries. Whatever is wrong with it, something comes out.
import { type Attachment, type ParsedMail, simpleParser } from "mailparser";

export interface OpenedMail {
  /** By name in small letters, in their order, unfolded. */
  headers: ReadonlyMap<string, readonly string[]>;
  text: string;
  parts: readonly Part[];
}

export interface Part {
  /** Such as `message/delivery-status`. */
  type: string;
  content: string;
}

/** What says why a mail came back stands before the mail itself: of a huge one the beginning is enough. */
export const readAtMost = 1_000_000;
/** Nobody needs more to say why. */
const textAtMost = 50_000;
const partsAtMost = 50;
const headersAtMost = 1_000;

export async function openMail(raw: Buffer): Promise<OpenedMail> {
  const start = raw.subarray(0, readAtMost);
  const parsed = await parse(start);
  return {
    headers: readHeaders(parsed.headerLines.map(({ line }) => line)),
    text: (parsed.text ?? wordsOf(parsed.html || "")).slice(0, textAtMost),
    parts: parsed.attachments.slice(0, partsAtMost).map(({ contentType, content }) => ({
      // What has no type that can be read has false.
      type: String(contentType || "").toLowerCase(),
      content: content.toString("utf8").slice(0, textAtMost),
    })),
  };
}

/** The headers of a text: up to its first empty line. */
export function headersIn(text: string): ReadonlyMap<string, readonly string[]> {
  const [head = ""] = text.replaceAll("\r\n", "\n").split(/\n[ \t]*\n/, 1);
  return readHeaders(head.split(/\n(?![ \t])/));
}

type Opened = Pick<ParsedMail, "headerLines" | "text" | "html"> & {
  attachments: Pick<Attachment, "contentType" | "content">[];
};

async function parse(raw: Buffer): Promise<Opened> {
  const options = {
    keepDeliveryStatus: true,
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    skipTextLinks: true,
  };
  try {
    return await simpleParser(raw, options);
  } catch {
    // A mail that nothing can be made of by its own rules is still a text.
    const [head = "", ...body] = raw.toString("latin1").replaceAll("\r\n", "\n").split("\n\n");
    const headerLines = head.split(/\n(?![ \t])/).map((line) => ({ key: "", line }));
    return { headerLines, text: body.join("\n\n"), html: false, attachments: [] };
  }
}

function readHeaders(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines.slice(0, headersAtMost)) {
    const at = line.indexOf(":");
    if (at < 1) continue;
    const name = line.slice(0, at).trim().toLowerCase();
    const value = line
      .slice(at + 1)
      .replace(/\s+/g, " ")
      .trim();
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return headers;
}

function wordsOf(html: string): string {
  return html
    .slice(0, 4 * textAtMost)
    .replace(/<[^<>]{0,2000}>/g, " ")
    .replace(/&(nbsp|#160);/g, " ");
}
