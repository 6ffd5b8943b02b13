// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A provider's own list of money that moved: what no notice told of is found in it.
import type { Notice } from "@cdb/api/payments.ts";

/** The provider's name for the fact, and its kind: both together are its name in our books. */
export interface MoneyName {
  providerReference: string;
  kind: Notice["kind"];
}

export interface ListedMoney {
  providerReference: string;
  /** As a notice would have told it. */
  notice: Notice;
  /** Of a payout: all that it was made of, where the provider tells; else it was taken from what there was. */
  parts?: MoneyName[];
}

export interface MoneyLister {
  /** All money that moved for us between two moments (ISO 8601). Throws ProviderUnavailable or ProviderRefused. */
  listMoney(from: string, to: string): Promise<ListedMoney[]>;
}
