// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a provider does for a pledge that renews there by itself.
import type { MoneyShape } from "@cdb/api/shapes.ts";

export interface RenewalProvider {
  /**
   * From the next payment on it is `amount`; nothing is taken while it pauses, and nothing more once it is ended. What was
   * ended can go on while its last period runs. `gone`: it ended at the provider for good and cannot go on. Safe to repeat.
   * Throws ProviderUnavailable or ProviderRefused.
   */
  alignRenewal(renewal: string, wish: RenewalWish): Promise<"aligned" | "gone">;
}

export interface RenewalWish {
  state: "open" | "paused" | "ended";
  amount: MoneyShape;
}
