// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What became of donations: when each was booked, what went back of it, and when the donor was thanked.
import type { Day, Moment } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import type { DonationLine } from "./donation.ts";

export interface Trail {
  bookedAt: Moment;
  /** When the thank-you was sent; null: none, or it has not gone yet. */
  thankedAt: Moment | null;
  changes: TrailChange[];
}

/** In the donation's own currency, or in another one that the provider told. */
export interface TrailChange {
  kind: "refunded" | "disputed" | "reinstated";
  amount: number;
  currency: string;
  on: Day;
}

/** By the number of each donation. */
export async function trailsOf(work: Work, donations: readonly DonationLine[]): Promise<Map<number, Trail>> {
  const ids = donations.map(({ id }) => id);
  const booked = await work.rows<{ id: number; bookedAt: Moment; thankedAt: Moment | null }>(
    `select donation.id, registered_at as booked_at, (select min(sent_at) from message
        where message.donation_id = donation.id and mail = 'thank-you' and state = 'accepted') as thanked_at
      from donation join payment on payment.id = payment_id where donation.id = any($1)`,
    [ids],
  );
  const changes = await work.rows<TrailChange & { id: number }>(
    `select donation.id, back.kind, back.amount, back.currency, (back.happened_at at time zone $2)::date as on
      from donation join payment on payment.id = payment_id
      join payment back on back.provider = payment.provider and back.original = payment.provider_reference
      where donation.id = any($1) and back.kind in ('refunded', 'disputed', 'reinstated')
        -- Of a payment that was split, what went back may be somebody else's part.
        and donation.amount = payment.amount
      order by back.happened_at, back.id`,
    [ids, work.organisation.timeZone],
  );
  const byDonation = Map.groupBy(changes, ({ id }) => id);
  return new Map(
    booked.map(({ id, ...times }) => [
      id,
      { ...times, changes: (byDonation.get(id) ?? []).map(({ id: _, ...change }) => change) },
    ]),
  );
}
