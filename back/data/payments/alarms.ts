// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a person has to look at in what was told of money: it follows from payments and notices, and that it is closed stands in the history.
import { type Day, Temporal, today } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { NotFound } from "../errors.ts";
import { queueMessage, wasWrittenTo } from "../mailings/message.ts";
import { formatMoney } from "../money.ts";

/**
 * `unknown-payment`: something went back of a payment that nobody told us of · `too-much-back`: more went back than was paid, or
 * in another currency · `pledge-differs`: booked as it came, which is not what was promised · `foreign-account`: a genuine
 * notice about an account that is not ours.
 */
export type AlarmKind = "unknown-payment" | "too-much-back" | "pledge-differs" | "foreign-account";

export interface Alarm {
  /** `payment-12`, `notice-3`: by what is told. */
  id: string;
  kind: AlarmKind;
  day: Day;
  provider: string;
  /** The provider's name for it. */
  name: string;
  reference: string;
  /** Null for a notice that was not read. */
  amount: number | null;
  currency: string | null;
  /** What was paid, or promised. */
  expected: number | null;
  expectedCurrency: string | null;
}

/** How far back amounts are compared with their pledges. */
const comparedDays = 90;
const atMost = 1_000;

/** Those that are open, the newest first. */
export async function openAlarms(work: Work): Promise<Alarm[]> {
  const { timeZone } = work.organisation;
  const since = today(timeZone, work.now).subtract({ days: comparedDays });
  const { rows } = await sql<Alarm>`with went as (
      select back.id, back.provider, back.provider_reference, back.reference, back.happened_at, back.amount, back.currency,
        paid.amount as paid, paid.currency as paid_in,
        back.id = max(back.id) over of_payment as newest,
        sum(back.amount) filter (where back.currency = paid.currency and not exists (select from payment won
          where won.provider = back.provider and won.provider_reference = back.provider_reference and won.kind = 'reinstated'))
          over of_payment as total
      from payment back left join payment paid
        on paid.provider = back.provider and paid.provider_reference = back.original and paid.kind = 'received'
      where back.kind in ('refunded', 'disputed')
      window of_payment as (partition by back.provider, back.original)),
    alarm as (
      select 'payment' as record, id, 'unknown-payment' as kind, happened_at, provider, provider_reference as name, reference,
        amount, currency, null::bigint as expected, null::text as expected_currency from went where paid is null
      union all select 'payment', id, 'too-much-back', happened_at, provider, provider_reference, reference,
        case when currency = paid_in then total else amount end, currency, paid, paid_in
        from went where (newest and total > paid) or currency <> paid_in
      union all select 'payment', payment.id, 'pledge-differs', happened_at, provider, provider_reference, donation.reference,
        donation.amount, donation.currency, pledge.amount, pledge.currency
        from donation join pledge on pledge.id = pledge_id join payment on payment.id = payment_id
        where received_on > ${since} and donation.part = 1 and decided is null
          -- Who transfers may give what they like; what a provider takes was asked for by us.
          and (donation.currency <> pledge.currency or (donation.amount <> pledge.amount and provider in ('stripe', 'paypal')))
          and not exists (select from history where history.person_id = pledge.person_id and record = 'pledge'
            and record_id = pledge.id::text and verb = 'changed' and at > registered_at)
      union all select 'notice', id, trouble, received_at, provider, notice_id, '', null, null, null, null
        from notice where trouble is not null)
    select record || '-' || id as id, kind, (happened_at at time zone ${timeZone})::date as day, provider, name, reference,
      amount::bigint, currency, expected, expected_currency
    from alarm where not exists (select from history where history.record = alarm.record and record_id = alarm.id::text
      and verb = 'alarm-closed')
    order by happened_at desc, alarm.id desc limit ${atMost}`.execute(work.query);
  return rows;
}

/** Somebody has looked. What is told of the same money later is an alarm of its own. Throws NotFound for one that is not open. */
export async function closeAlarm(work: Work, id: string, reason: string): Promise<Alarm> {
  const alarm = (await openAlarms(work)).find((each) => each.id === id);
  if (!alarm) throw new NotFound("alarm-unknown", "There is no open alarm with this number.");
  const [record = "", recordId = ""] = id.split("-");
  work.tell(null, record, recordId, "alarm-closed", reason);
  return alarm;
}

/** A genuine notice about money that is not ours: kept, not booked. Told again, it is one. */
export async function keepForeignNotice(work: Work, provider: string, noticeId: string, raw: string): Promise<void> {
  await work.query
    .insertInto("notice")
    .values({ provider, noticeId, raw, told: null, trouble: "foreign-account", receivedAt: work.now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Tells the desk of all that are open, at most once a day. Returns how many. */
export async function tellOfAlarms(work: Work): Promise<number> {
  const alarms = await openAlarms(work);
  const { desk } = work.organisation.donations;
  if (alarms.length === 0 || (await wasWrittenTo(work, desk, "alarms", Temporal.Duration.from({ hours: 20 }))))
    return 0;
  const lines = alarms.slice(0, 30).map(({ id, kind, day, provider, amount, currency }) => {
    const money = amount === null || currency === null ? "" : `, ${formatMoney({ amount, currency }, "en")}`;
    return `${id}: ${kind}, ${provider}${money}, ${day}`;
  });
  const fields = { count: String(alarms.length), alarms: lines.join("; ") };
  await queueMessage(work, { mail: "alarms", recipient: { email: desk, language: "en" }, fields });
  return alarms.length;
}
