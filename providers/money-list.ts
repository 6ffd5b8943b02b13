// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A provider's own list of money that moved: what no notice told of is found in it.
import type { Notice } from "@cdb/api/payments.ts";

export interface ListedMoney {
  providerReference: string;
  /** As a notice would have told it. */
  notice: Notice;
}

export interface MoneyLister {
  /** All money that moved for us between two moments (ISO 8601). Throws ProviderUnavailable or ProviderRefused. */
  listMoney(from: string, to: string): Promise<ListedMoney[]>;
}
