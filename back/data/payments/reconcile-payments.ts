// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A provider's own list against our books: what no notice told of is booked now, what differs is left for a person.
import type { Notice, Provider } from "@cdb/api/payments.ts";
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import type { Money } from "../money.ts";
import type { PaymentTable } from "../schema.ts";
import { keepParts, matchArrivals, type PartName } from "./payout.ts";
import { registerPayment } from "./register-payment.ts";

export interface Listed {
  providerReference: string;
  notice: Notice;
  /** Of a payout: what it was made of, where the provider tells. */
  parts?: readonly PartName[];
}

export interface Difference {
  /**
   * `missing`: not in our books. `extra`: not in the provider's list. `amount`: in both, with another sum or currency. `parts`: a payout
   * is not the sum of what it was made of (`ours`).
   */
  what: "missing" | "extra" | "amount" | "parts";
  name: string;
  kind: Notice["kind"];
  ours: Money | null;
  theirs: Money | null;
  /** Booked now; false: a person has to look. */
  mended: boolean;
}

// What is listed at the edges of the window may be booked beyond them.
const margin = Temporal.Duration.from({ hours: 24 });

/** Compares a window of time; safe to repeat. Without `mend` nothing is booked. */
export async function reconcilePayments(
  work: Work,
  provider: Provider,
  listed: readonly Listed[],
  { from, to, mend }: { from: Moment; to: Moment; mend: boolean },
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const theirs = new Map(listed.map((each) => [keyOf(each.providerReference, each.notice.kind), each]));
  const ours = await bookedOf(work, provider, listed, from, to);
  for (const [key, { providerReference: name, notice }] of theirs) {
    const booked = ours.get(key);
    const difference = { name, kind: notice.kind, theirs: notice.amount };
    if (!booked) {
      if (mend) await registerPayment(work, provider, name, notice);
      // Fees are told by the list alone.
      if (!isFee(notice.kind)) differences.push({ what: "missing", ...difference, ours: null, mended: mend });
    } else if (booked.amount !== notice.amount.amount || booked.currency !== notice.amount.currency) {
      const { amount, currency } = booked;
      differences.push({ what: "amount", ...difference, ours: { amount, currency }, mended: false });
    }
  }
  for (const [key, { providerReference: name, kind, amount, currency, happenedAt }] of ours) {
    if (theirs.has(key) || !listable.has(kind) || !isWellWithin(happenedAt, from, to)) continue;
    differences.push({ what: "extra", name, kind, ours: { amount, currency }, theirs: null, mended: false });
  }
  if (mend) differences.push(...(await closePayouts(work, provider, listed)));
  return differences;
}

/** Disputes do not stand in every provider's list, and fees may be told with their payments. */
const listable: ReadonlySet<Notice["kind"]> = new Set(["received", "refunded", "payout"]);

function isFee(kind: Notice["kind"]): boolean {
  return kind === "fee" || kind === "fee-returned";
}

async function closePayouts(work: Work, provider: Provider, listed: readonly Listed[]): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const { providerReference: name, notice, parts } of listed) {
    if (notice.kind !== "payout") continue;
    const open = await keepParts(work, provider, name, parts);
    if (!open || open.amount === 0) continue;
    const { amount: theirs, kind } = notice;
    const ours = { ...theirs, amount: theirs.amount - open.amount };
    differences.push({ what: "parts", name, kind, ours, theirs, mended: false });
  }
  await matchArrivals(work);
  return differences;
}

type Booked = Pick<PaymentTable, "providerReference" | "kind" | "amount" | "currency" | "happenedAt">;

async function bookedOf(
  work: Work,
  provider: Provider,
  listed: readonly Listed[],
  from: Moment,
  to: Moment,
): Promise<Map<string, Booked>> {
  const names = listed.map(({ providerReference }) => providerReference);
  const rows = await work.query
    .selectFrom("payment")
    .select(["providerReference", "kind", "amount", "currency", "happenedAt"])
    .where("provider", "=", provider)
    .where("kind", "!=", "failed")
    .where(({ or, and, eb }) =>
      or([
        and([eb("happenedAt", ">=", from), eb("happenedAt", "<=", to)]),
        eb("providerReference", "in", names.length > 0 ? names : [""]),
      ]),
    )
    .execute();
  return new Map(rows.map((row) => [keyOf(row.providerReference, row.kind), row]));
}

function keyOf(name: string, kind: Notice["kind"]): string {
  return `${kind} ${name}`;
}

function isWellWithin(moment: Moment, from: Moment, to: Moment): boolean {
  return (
    Temporal.Instant.compare(moment, from.add(margin)) > 0 && Temporal.Instant.compare(moment, to.subtract(margin)) < 0
  );
}
