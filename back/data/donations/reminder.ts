// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reminding of pledges that are due: politely, one mail for all of a person, at most one a week; after the last one a pledge lapses.
import { type Day, Temporal, today } from "@cdb/runtime/time.ts";
import { type RawBuilder, sql } from "kysely";
import type { Work } from "../database.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage } from "../mailings/message.ts";
import { formatMoney } from "../money.ts";
import { Person } from "../people/person.ts";
import { formatDay } from "./donation.ts";
import { bankAccount, Pledge } from "./pledge.ts";

export interface ReminderReport {
  /** Mails, one for each person. */
  reminded: number;
  lapsed: number;
}

export const remindAtOnce = 200;
const atMostEveryDays = 7;
const endableDays = 90;

/** One batch; call it again while a number equals `remindAtOnce`. Safe to repeat: what was done today is not done again. */
export async function remindDonors(work: Work): Promise<ReminderReport> {
  const day = today(work.organisation.timeZone, work.now);
  return { lapsed: await lapse(work, day), reminded: await remind(work, day) };
}

// Those that a provider renews pay themselves; a card that was never charged promised nothing that we could remind of.
const remindable = sql`pledge.state = 'open' and renewal is null
  and (method = 'transfer' or exists (select from donation where pledge_id = pledge.id))`;

async function lapse(work: Work, day: Day): Promise<number> {
  const { afterDays, lapseAfterDays } = work.organisation.donations.reminders;
  const pledges = await pick(
    work,
    sql`${remindable} and reminders >= ${afterDays.length} and next_due_on <= ${day.subtract({ days: lapseAfterDays })}`,
  );
  for (const pledge of pledges) pledge.lapse(work);
  return pledges.length;
}

async function remind(work: Work, day: Day): Promise<number> {
  const { afterDays } = work.organisation.donations.reminders;
  // Who confirmed nothing may never have asked for anything: they got the one mail that says how to pay.
  const { rows } = await sql<{ id: number }>`select id from person where registration = 'confirmed'
    and exists (select from pledge where person_id = person.id and ${remindable} and ${isDue(afterDays, day)})
    and not exists (select from pledge where person_id = person.id and reminded_on > ${day.subtract({ days: atMostEveryDays })})
    order by id limit ${remindAtOnce} for update skip locked`.execute(work.query);
  for (const { id } of rows) await remindPerson(work, await work.get(Person, id), day);
  return rows.length;
}

/** The reminder that comes next is due; after the last there is none. */
function isDue(afterDays: readonly number[], day: Day): RawBuilder<unknown> {
  const days = sql`(${[...afterDays]}::int[])[reminders + 1]`;
  return sql`next_due_on + ${days} <= ${day}::date`;
}

async function remindPerson(work: Work, person: Person, day: Day): Promise<void> {
  const due = sql`person_id = ${person.id} and ${remindable} and next_due_on < ${day}`;
  const pledges = await pick(work, due);
  const [oldest] = pledges;
  if (!oldest) return;
  for (const pledge of pledges) pledge.remind(work, day);
  const link = await prepareLink(work, person, "end-pledge", endableDays, { pledge: String(oldest.id) });
  await queueMessage(work, {
    mail: "payment-reminder",
    person,
    linkId: link.id,
    fields: {
      name: person.name,
      pledges: pledges.map((pledge) => line(pledge, person.language)).join("; "),
      reference: oldest.reference,
      ...bankAccount(work),
    },
  });
}

function line({ reference, nextDueOn, ...pledge }: Pledge, language: string): string {
  const due = nextDueOn ?? Temporal.PlainDate.from(pledge.firstDueOn);
  return `${reference}, ${formatMoney({ amount: pledge.amount, currency: pledge.currency }, language)}, ${formatDay(due, language)}`;
}

async function pick(work: Work, condition: RawBuilder<unknown>): Promise<Pledge[]> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from pledge where ${condition} order by next_due_on, id limit ${remindAtOnce} for update`.execute(
    work.query,
  );
  return rows.map((row) => work.adopt(Pledge, row));
}
