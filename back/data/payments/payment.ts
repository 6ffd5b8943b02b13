// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money that moved at a bank or provider, or failed to: a fact, never changed.
import type { Selectable } from "kysely";
import type { Work } from "../database.ts";
import type { PaymentTable } from "../schema.ts";

export interface Payment extends Selectable<PaymentTable> {}

export class Payment {
  static readonly table = "payment";
}

/** Payments with the person they were matched to, newest first; `before` an id goes on from there. */
export function listPayments(
  work: Work,
  page: { before?: number | undefined; limit: number },
): Promise<(Selectable<PaymentTable> & { personId: number | null })[]> {
  let query = work.query
    .selectFrom("payment")
    .leftJoin("donation", "donation.paymentId", "payment.id")
    .selectAll("payment")
    .select("donation.personId");
  if (page.before !== undefined) query = query.where("payment.id", "<", page.before);
  return query.orderBy("payment.id", "desc").limit(page.limit).execute();
}
