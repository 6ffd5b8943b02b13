// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Money that waits although it is as good as certain whose it is: matched without a person, above the score that the profile sets.
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { Person } from "../people/person.ts";
import { matchDonation } from "./decide-donation.ts";
import { Payment } from "./payment.ts";
import { mostByName, suggestDonors } from "./suggest-donors.ts";

// Two who are nearly as likely are a question for a person.
const leadOverNext = 30;

/** Looks at up to `limit` waiting payments, newest first. Returns how many it matched; each can be taken back by hand. */
export async function matchSure(work: Work, limit: number): Promise<number> {
  const { matchAloneFrom } = work.organisation.donations;
  // Above this nobody is matched by their name alone, and nobody of that name comes near.
  const namesMatter = matchAloneFrom < mostByName + leadOverNext;
  let matched = 0;
  for (const payment of await waiting(work, limit, namesMatter ? sql`true` : tellsMore(work))) {
    const [best, next] = await suggestDonors(work, payment, namesMatter ? "everybody" : "not-by-name");
    if (!best || best.score < matchAloneFrom || best.score - (next?.score ?? 0) < leadOverNext) continue;
    const person = await work.get(Person, best.personId, "lock");
    await matchDonation(work, payment.id, person, `score ${best.score}: ${best.reasons.join(", ")}`, "score");
    matched += 1;
  }
  return matched;
}

async function waiting(work: Work, limit: number, condition: RawBuilder<unknown>): Promise<Payment[]> {
  const { rows } = await sql<Record<string, unknown>>`select payment.* from donation
    join payment on payment.id = donation.payment_id where donation.purpose = 'unmatched' and ${condition}
    order by donation.id desc limit ${limit}`.execute(work.query);
  return rows.map((row) => work.adopt(Payment, row));
}

/** SQL: more than a name speaks for somebody. What `suggestDonors` finds by the rest of its reasons, seen from afar. */
function tellsMore({ organisation }: Work): RawBuilder<unknown> {
  const reference = `${organisation.referencePrefix}[0-9]{3}`;
  const decided = (column: string) => sql`lower(trim(payment.${sql.ref(column)})) in (select lower(${sql.ref(column)})
    from donation known join payment on payment.id = known.payment_id
    where known.decided = 'person' and known.person_id is not null and ${sql.ref(column)} <> '')`;
  return sql`(regexp_replace(upper(payment.reference), '[\\s.-]', '', 'g') ~ ${reference}
    or ${decided("payer_name")} or ${decided("payer_email")}
    or (payer_email <> '' and exists (select from person
      where lower(email) = lower(payer_email) or lower(secondary_email) = lower(payer_email))))`;
}
