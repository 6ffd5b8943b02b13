// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a comparison of the directory with the accounts found.

export interface AccountDifference {
  username: string;
  /** Missing: an account without its entry. Extra: an entry of nobody, or of one whose account is closed. */
  kind: "missing" | "extra" | "attribute" | "group" | "locked";
  /** The attribute, the group, or what is said of it; never a value. */
  what: string;
  /** Entries of nobody are left to a person. */
  mended: boolean;
}

export interface AccountReport {
  accounts: number;
  entries: number;
  /** Changes that were still on their way into the directory: no differences. */
  waiting: number;
  differences: AccountDifference[];
}
