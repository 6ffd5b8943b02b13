// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// By what a line of an account is known again: an ordered ladder of names, so that no statement counts it twice.
import { createHash } from "node:crypto";
import type { Account, Detail, Entry } from "./statement.ts";

export interface Identity {
  /** From the surest down: the bank's own name for it, the entry's reference, what it says and the how-manieth that says so. */
  readonly rung: "bank-reference" | "entry-reference" | "content";
  /** Unique within the account; letters, digits and signs, at most 100. */
  readonly key: string;
}

/**
 * The rungs of an entry, or of one payment in it, the surest first. Stable between camt.052, .053 and statements cut anew;
 * between camt and MT940 as far as the bank's references and words are the same in both.
 *
 * `occurrence` is from Occurrences: of two true twins on one day the second is 2.
 */
export function identities(account: Account, entry: Entry, detail: Detail | undefined, occurrence: number): Identity[] {
  const { bankReference, entryReference } = entry;
  const part = detail ? String(detail.index) : "";
  const content = contentOf(account, entry, detail);
  const own = detail?.ids.bankReference;
  const amount = [accountName(account), account.currency, entry.amount, entry.bookedOn?.toString() ?? ""];
  const found: Identity[] = [];
  // Banks use some references twice, but hardly for the same amount on the same day.
  if (bankReference ?? own)
    found.push({
      rung: "bank-reference",
      key: hash("b", bankReference ?? "", ...amount, ...(detail ? [own ?? part, detail.amount ?? ""] : [])),
    });
  // This is often no more than a number within the statement, so what the entry says is part of the name.
  if (entryReference) found.push({ rung: "entry-reference", key: hash("e", entryReference, part, content) });
  found.push({ rung: "content", key: hash("c", content, occurrence) });
  return found;
}

/** Counts lines that say the same, in the order of the statement; one for each statement, or for statements that follow each other. */
export class Occurrences {
  private readonly counts = new Map<string, number>();

  /** From 1. */
  next(account: Account, entry: Entry, detail?: Detail): number {
    const content = hash(detail ? "d" : "e", contentOf(account, entry, detail));
    const count = (this.counts.get(content) ?? 0) + 1;
    this.counts.set(content, count);
    return count;
  }
}

/** What an account is called, the same in all formats. */
function accountName({ iban, other }: Account): string {
  return iban ?? other ?? "";
}

// What all formats say of a line in the same way. Names and blanks they cut differently, value days banks correct.
function contentOf(account: Account, entry: Entry, detail: Detail | undefined): string {
  const only = detail ?? (entry.details.length === 1 ? entry.details[0] : undefined);
  const { iban, other } = only?.counterparty ?? {};
  const words = only
    ? only.remittance
    : (entry.batch?.paymentInformationId ?? entry.batch?.messageId ?? entry.information);
  return [
    ...[accountName(account), account.currency, entry.bookedOn?.toString() ?? "", entry.amount],
    ...[
      detail ? (detail.amount ?? `part ${detail.index}`) : "",
      iban ?? plain(other ?? ""),
      only?.endToEndId ?? "",
      plain(words),
    ],
  ].join("\0");
}

// Letters and digits alone, for MT940 knows no umlauts and breaks words.
function plain(text: string): string {
  return text
    .toUpperCase()
    .replace(/Ä/g, "AE")
    .replace(/Ö/g, "OE")
    .replace(/Ü/g, "UE")
    .replace(/ß/g, "SS")
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

function hash(...parts: (string | number)[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("base64url").slice(0, 32);
}
