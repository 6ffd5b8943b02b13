// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The journal as text that plain-text accounting reads: hledger (https://hledger.org/hledger.html), which ledger reads too, and
// beancount (https://beancount.github.io/docs/beancount_language_syntax.html); or as CSV, one line for each posting.
import { decimalOf } from "../money.ts";
import type { JournalEntry, Posting } from "./journal.ts";

export const journalFormats = ["hledger", "beancount", "csv"] as const;
export type JournalFormat = (typeof journalFormats)[number];

/** Line by line, ends of lines included. */
export async function* writeJournal(
  entries: AsyncIterable<JournalEntry>,
  format: JournalFormat,
): AsyncGenerator<string> {
  if (format === "csv") yield "day,name,reference,account,amount,currency\r\n";
  const opened = new Set<string>();
  for await (const entry of entries) {
    if (format === "beancount") yield openings(entry, opened);
    yield writers[format](entry);
  }
}

const writers: Record<JournalFormat, (entry: JournalEntry) => string> = {
  hledger: ({ day, name, reference, postings }) =>
    `${day} * (${name}) ${plain(reference)}\n${postings.map((it) => `    ${it.account}  ${money(it)}\n`).join("")}\n`,
  beancount: ({ day, name, reference, postings }) =>
    `${day} * "${name}" "${plain(reference)}"\n${postings.map((it) => `  ${capitalised(it.account)}  ${money(it)}\n`).join("")}\n`,
  csv: ({ day, name, reference, postings }) =>
    postings
      .map((it) => `${day},${name},${plain(reference)},${it.account},${decimalOf(it)},${it.currency}\r\n`)
      .join(""),
};

// beancount wants every account opened before it is used.
function openings({ day, postings }: JournalEntry, opened: Set<string>): string {
  const fresh = postings.map(({ account }) => capitalised(account)).filter((account) => !opened.has(account));
  for (const account of fresh) opened.add(account);
  return fresh.map((account) => `${day} open ${account}\n`).join("");
}

function money(posting: Posting): string {
  return `${decimalOf(posting)} ${posting.currency}`;
}

function capitalised(account: string): string {
  return account.replace(/(^|:)[a-z]/g, (letter) => letter.toUpperCase());
}

// What strangers typed as a reference must not be read as anything else.
function plain(reference: string): string {
  return reference.replace(/[^A-Za-z0-9 ./-]+/g, " ").trim();
}
