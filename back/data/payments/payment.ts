// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money that moved at a bank or provider, or failed to: a fact, never changed.
import type { Selectable } from "kysely";
import type { PaymentTable } from "../schema.ts";

export interface Payment extends Selectable<PaymentTable> {}

export class Payment {
  static readonly table = "payment";
}
