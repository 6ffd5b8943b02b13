// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money that waits although it is as good as certain whose it is: matched without a person, above the score that the profile sets.
import type { Work } from "../database.ts";
import { Person } from "../people/person.ts";
import { matchDonation, unmatchedPayments } from "./decide-donation.ts";
import { suggestDonors } from "./suggest-donors.ts";

// Two who are nearly as likely are a question for a person.
const leadOverNext = 30;

/** Looks at up to `limit` waiting payments, oldest first. Returns how many it matched; each can be taken back by hand. */
export async function matchSure(work: Work, limit: number): Promise<number> {
  const { matchAloneFrom } = work.organisation.donations;
  let matched = 0;
  for (const payment of await unmatchedPayments(work, limit)) {
    const [best, next] = await suggestDonors(work, payment);
    if (!best || best.score < matchAloneFrom || best.score - (next?.score ?? 0) < leadOverNext) continue;
    const person = await work.get(Person, best.personId, "lock");
    await matchDonation(work, payment.id, person, `score ${best.score}: ${best.reasons.join(", ")}`, "score");
    matched += 1;
  }
  return matched;
}
