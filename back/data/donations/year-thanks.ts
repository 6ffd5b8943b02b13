// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One thank-you for a year of renewals, in January, where the profile wants it instead of one each time.
import { today } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { queueMessage } from "../mailings/message.ts";
import { formatMoney } from "../money.ts";
import { Person } from "../people/person.ts";

export const thankAtOnce = 200;
// What came on the last days of the year has been told by then.
const fromDayOfJanuary = 8;

/** One batch; call it again while it gives `thankAtOnce`. Returns how many people were thanked; each once a year. */
export async function thankForYear(work: Work): Promise<number> {
  const { timeZone, currency, donations } = work.organisation;
  const day = today(timeZone, work.now);
  if (donations.thanksForRenewals === "each" || day.month !== 1 || day.day < fromDayOfJanuary) return 0;
  const year = day.year - 1;
  const { rows } = await sql<{ id: number; total: number; count: number }>`
    select person.id, given.total, given.count from person
    join lateral (select sum(amount - refunded - disputed)::bigint as total, count(*)::int as count from donation
      where person_id = person.id and pledge_id is not null and currency = ${currency} and refunded + disputed < amount
        and received_on between make_date(${year}, 1, 1) and make_date(${year}, 12, 31)) as given on given.count > 1
    where registration = 'confirmed' and exists (select from pledge where person_id = person.id and renewal is not null)
      and not exists (select from message where person_id = person.id and mail = 'year-thanks'
        and queued_at > make_date(${day.year}, 1, 1))
    order by person.id limit ${thankAtOnce} for update of person skip locked`.execute(work.query);
  for (const { id, total, count } of rows) {
    const person = await work.get(Person, id);
    const amount = formatMoney({ amount: total, currency }, person.language);
    const fields = { name: person.name, year: String(year), amount, count: String(count) };
    await queueMessage(work, { mail: "year-thanks", person, fields });
  }
  return rows.length;
}
