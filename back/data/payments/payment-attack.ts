// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A time in which somebody tests cards here: it begins with a burst, the desk is told once, and it ends by itself.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { queueMessage } from "../mailings/message.ts";

/** Attempts to pay within the last hour, and how many of them a card's bank declined. */
export interface Seen {
  ofAddress: number;
  ofNetwork: number;
  admitted: number;
  /** Of those admitted, by whom we did not know. */
  strangers: number;
  refused: number;
  declinesOfAddress: number;
  declinesOfNetwork: number;
  declines: number;
}

// Of honest donors' attempts about one in twenty is declined, of a tester's nearly all.
const share = 0.3;
// Few declines are let happen while it lasts: a part of those that began it says that it goes on.
const lastingPart = 0.1;

/** Begins one, goes on with it, or says that there is none. Call it one at a time. */
export async function isUnderAttack(work: Work, seen: Seen): Promise<boolean> {
  const { limits, attack } = work.organisation.donations;
  const { rows } = await sql<{ id: number }>`select id from payment_attack where ends_at > ${work.now}`.execute(
    work.query,
  );
  const [current] = rows;
  const many = seen.admitted + (current ? seen.refused : 0) >= limits.perHour;
  const enough = limits.declinesPerHour * (current ? lastingPart : 1);
  const declined = seen.declines >= enough && seen.declines >= share * seen.admitted;
  if (!many && !declined) return current !== undefined;
  const endsAt = work.now.add({ minutes: attack.minutes });
  if (current) {
    // Not at each attempt: a minute more or less does not matter.
    await sql`update payment_attack set ends_at = ${endsAt} where id = ${current.id}
      and ends_at < ${endsAt.subtract({ minutes: 1 })}`.execute(work.query);
    return true;
  }
  const why = declined ? "declines" : "attempts";
  await work.query.insertInto("paymentAttack").values({ beganAt: work.now, endsAt, why }).execute();
  const recipient = { email: work.organisation.donations.desk, language: "en" };
  const fields = { attempts: String(seen.admitted), declines: String(seen.declines), minutes: String(attack.minutes) };
  await queueMessage(work, { mail: "too-many-payments", recipient, fields });
  return true;
}
