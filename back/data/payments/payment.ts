// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money that moved at a bank or provider, or failed to: a fact, never changed.
import type { Provider } from "@cdb/api/payments.ts";
import { type Moment, readMoment } from "@cdb/runtime/time.ts";
import { type RawBuilder, type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import type { PaymentTable, Told } from "../schema.ts";

export interface Payment extends Selectable<PaymentTable> {}

export class Payment {
  static readonly table = "payment";
}

/** What stands in a payment from the beginning. */
export type PaymentFact = Omit<Selectable<PaymentTable>, "id" | "noticeId">;

/** The payments that a notice tells of, what was kept of the first one after it. */
export function factsOf(
  provider: Provider,
  providerReference: string,
  { kind, amount, fee, happenedAt, reference, original, payer }: Told,
  registeredAt: Moment,
): PaymentFact[] {
  const same = { provider, providerReference, happenedAt: readMoment(happenedAt), registeredAt };
  const told = { reference, original: original ?? null, payerName: payer.name, payerEmail: payer.email };
  const first = { ...same, kind, ...amount, ...told };
  if (!fee) return [first];
  const kept = { reference: "", original: providerReference, payerName: "", payerEmail: "" };
  return [first, { ...same, kind: "fee", ...fee, ...kept }];
}

/** Kinds that add to what the provider or bank holds for us; the others take from it, but for failures, which move nothing. */
export const addingKinds = ["received", "reinstated", "fee-returned", "payout-returned", "arrived"] as const;

/** SQL: what a payment adds to what its provider holds for us, less what it takes. */
export const signedAmount: RawBuilder<number> = sql`case when kind in (${sql.join(addingKinds.map((kind) => sql.lit(kind)))}) then amount
  when kind = 'failed' then 0 else -amount end`;

/** Payments with the person they were matched to, newest first; `before` an id goes on from there. */
export function listPayments(
  work: Work,
  page: { before?: number | undefined; limit: number },
): Promise<(Selectable<PaymentTable> & { personId: number | null })[]> {
  let query = work.query
    .selectFrom("payment")
    .leftJoin("donation", (join) => join.onRef("donation.paymentId", "=", "payment.id").on("donation.part", "=", 1))
    .selectAll("payment")
    .select("donation.personId");
  if (page.before !== undefined) query = query.where("payment.id", "<", page.before);
  return query.orderBy("payment.id", "desc").limit(page.limit).execute();
}
