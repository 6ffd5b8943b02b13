// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

// The messages of the inbox: one file each, so that they survive a restart, and the newest in memory.

import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type ParsedMail, simpleParser } from "mailparser";

export interface InboxMessage {
  id: string;
  /** The address alone; what stood beside it is in the headers. */
  from: string;
  /** To whom the envelope was addressed; several are joined by a comma. */
  to: string;
  subject: string;
  text: string;
  html: string;
  /** As they came, names in small letters. */
  headers: Record<string, string>;
  receivedAt: string;
  /** Every web address in text and html, in order, once. */
  links: string[];
  attachments: InboxAttachment[];
}

export interface InboxAttachment {
  filename: string;
  contentType: string;
  /** In base64. */
  content: string;
}

const mostKept = 5000;

export class Messages {
  readonly #folder: string;
  readonly #messages: InboxMessage[];
  #lastNumber: number;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
    this.#messages = names.sort().map((name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")));
    this.#lastNumber = Number.parseInt(names.at(-1) ?? "0", 10);
  }

  /** Newest first; `to` in any case. */
  find(to?: string): InboxMessage[] {
    const wanted = to?.trim().toLowerCase();
    const found = this.#messages.filter((message) => !wanted || message.to.toLowerCase().split(", ").includes(wanted));
    return found.reverse();
  }

  get(id: string): InboxMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  async keep(raw: Buffer, from: string, to: string[]): Promise<InboxMessage> {
    const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true });
    this.#lastNumber += 1;
    // The number in front makes the names sort in the order of arrival.
    const id = `${String(this.#lastNumber).padStart(8, "0")}-${randomUUID().slice(0, 8)}`;
    const message = readMail(id, mail, from, to);
    const file = this.#file(id);
    writeFileSync(`${file}.unfinished`, JSON.stringify(message));
    renameSync(`${file}.unfinished`, file);
    this.#messages.push(message);
    while (this.#messages.length > mostKept) this.#drop(this.#messages.shift());
    return message;
  }

  clear(): void {
    while (this.#messages.length > 0) this.#drop(this.#messages.pop());
  }

  #drop(message: InboxMessage | undefined): void {
    if (message) rmSync(this.#file(message.id), { force: true });
  }

  #file(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }
}

function readMail(id: string, mail: ParsedMail, envelopeFrom: string, envelopeTo: string[]): InboxMessage {
  const text = mail.text ?? "";
  const html = mail.html || "";
  return {
    id,
    from: mail.from?.value[0]?.address ?? envelopeFrom,
    to: envelopeTo.join(", "),
    subject: mail.subject ?? "",
    text,
    html,
    headers: readHeaders(mail),
    receivedAt: new Date().toISOString(),
    links: findLinks(text, html),
    attachments: mail.attachments.map((attachment) => ({
      filename: attachment.filename ?? "attachment",
      contentType: attachment.contentType,
      content: attachment.content.toString("base64"),
    })),
  };
}

function readHeaders(mail: ParsedMail): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { key, line } of mail.headerLines) {
    const value = line
      .slice(line.indexOf(":") + 1)
      .replace(/\r?\n(?=[ \t])/g, "")
      .trim();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return headers;
}

export function findLinks(text: string, html: string): string[] {
  const inText = text.match(/https?:\/\/[^\s<>"]+/g) ?? [];
  const inHtml = [...html.matchAll(/href\s*=\s*["'](https?:[^"']+)["']/gi)].map(([, link = ""]) => plain(link));
  // A sentence may end right after a link, or hold it in parentheses.
  return [...new Set([...inText.map((link) => link.replace(/[.,;:!?)\]]+$/, "")), ...inHtml])];
}

function plain(attribute: string): string {
  const named: Record<string, string> = { amp: "&", quot: '"', apos: "'", lt: "<", gt: ">" };
  return attribute.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name) return named[name] ?? whole;
    const code = Number.parseInt(hex ?? decimal, hex ? 16 : 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
