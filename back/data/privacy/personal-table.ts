// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What is said of a table that keeps personal data.

export type Ground = "contract" | "consent" | "legal obligation" | "legitimate interest";

export interface PersonalTable {
  /** What the data are for, in words for a reader. */
  purpose: string;
  /** GDPR article 6(1). */
  ground: Ground;
  kept: "while in contact" | "donationYears" | "until sent" | "as proof";
  /** SQL that names the person of a row … */
  person: string;
  /** … or, for a row that is somebody's by way of another table, whose rows name it under `person`: its own key. */
  key?: string;
  /** SQL that names another person of the row, where it is about two. */
  otherPerson?: string;
  /** Columns that tell of the person. */
  personal: readonly string[];
  /** Columns that do not: numbers, states, days, our own words. */
  plain: readonly string[];
  /** For the export, where a row has numbers alone: what they stand for, as SQL. */
  words?: Readonly<Record<string, string>>;
}
