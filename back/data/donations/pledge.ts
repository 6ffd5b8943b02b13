// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A promise to give: amount, interval, reference.
import type { Interval, Method } from "@cdb/api/shapes.ts";
import { type Day, today } from "@cdb/runtime/time.ts";
import { type Selectable, sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Invalid, NotFound } from "../errors.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage } from "../mailings/message.ts";
import { formatMoney, type Money } from "../money.ts";
import type { Person } from "../people/person.ts";
import type { PledgeTable } from "../schema.ts";
import { dueAfter } from "./due.ts";

export interface Pledge extends Selectable<PledgeTable> {}

export class Pledge {
  static readonly table = "pledge";

  money(): Money {
    return { amount: this.amount, currency: this.currency };
  }

  /** Money came for it: a single gift is done with, one that renews is due again; one that had lapsed goes on. */
  receive(work: Work, receivedOn: Day, renewal: string | undefined): void {
    const counts = this.state === "open" || this.state === "lapsed";
    if (counts) {
      this.nextDueOn = dueAfter(this.interval, this.firstDueOn, this.nextDueOn ?? this.firstDueOn, receivedOn);
      this.reminders = 0;
      this.remindedOn = null;
      this.state = this.nextDueOn === null ? "fulfilled" : "open";
      work.note(this, Pledge, this.state === "open" ? "paid" : "fulfilled");
    }
    if (renewal !== undefined && this.renewal !== renewal) {
      this.renewal = renewal;
      work.note(this, Pledge, "renewal-started");
    }
  }

  /** Money that counted for it turned out to be for something else: it is due as the rest of its donations say. */
  async giveBack(work: Work): Promise<void> {
    if (this.state !== "open" && this.state !== "fulfilled") return;
    const rest = await work.rows<{ receivedOn: Day }>(
      "select received_on from donation where pledge_id = $1 order by received_on, id",
      [this.id],
    );
    let due: Day | null = this.firstDueOn;
    for (const { receivedOn } of rest)
      if (due !== null) due = dueAfter(this.interval, this.firstDueOn, due, receivedOn);
    this.nextDueOn = due;
    this.state = due === null ? "fulfilled" : "open";
    work.note(this, Pledge, "given-back");
  }

  /** A mail reminds of it today. */
  remind(work: Work, day: Day): void {
    this.reminders += 1;
    this.remindedOn = day;
    work.note(this, Pledge, "reminded");
  }

  /** The last reminder was in vain. Money that comes after all takes it up again. */
  lapse(work: Work): void {
    this.state = "lapsed";
    this.nextDueOn = null;
    work.note(this, Pledge, "lapsed");
    this.haveAccountFollow(work);
  }

  /** Who supports us by it has groups by it, and perhaps an account. */
  haveAccountFollow(work: Work): void {
    if (this.interval !== "once") work.queue({ name: "align-accounts", personId: this.personId });
  }

  /** What renewed it has ended at the provider; another renewal that came meanwhile stays. */
  loseRenewal(work: Work, renewal: string): void {
    if (this.renewal !== renewal) return;
    this.renewal = null;
    work.note(this, Pledge, "renewal-ended");
  }
}

const endableDays = 365;

export interface NewPledge {
  amount: Money;
  interval: Interval;
  method: Method;
  /** From the form; the same key twice is one pledge. */
  key: string;
  channel: string;
  referrer?: string | undefined;
}

/** Makes a pledge; pressing the button twice makes one. Throws Invalid for an amount or method the profile does not take. */
export async function makePledge(work: Work, person: Person, promise: NewPledge): Promise<Pledge> {
  checkAmount(work, promise.amount);
  if (!work.organisation.donations.methods.includes(promise.method))
    throw new Invalid("method-unknown", "The organisation does not take this way of paying.", "method");
  const pledge = await addPledge(work, person, promise);
  if (!pledge) return findByKey(work, person, promise);
  if (promise.method === "transfer") await mailHowToPay(work, person, pledge);
  return pledge;
}

/** The pledges of one person, newest first. */
export async function pledgesOf(work: Work, personId: number): Promise<Pledge[]> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from pledge where person_id = ${personId} order by id desc`.execute(work.query);
  return rows.map((row) => work.adopt(Pledge, row));
}

/** The pledge of a reference, as people write it. Throws NotFound. */
export async function getPledge(work: Work, typed: string, lock?: "lock"): Promise<Pledge> {
  const reference = typed.replace(/[\s-]/g, "").toUpperCase();
  const pledge = await work.find(Pledge, sql`reference = ${reference}`, lock);
  if (!pledge) throw new NotFound("reference-unknown", "There is no pledge of this reference.");
  return pledge;
}

/** A person's own pledge by its reference, to be changed. Throws NotFound for another's as for none. */
export async function getOwnPledge(work: Work, person: Person, reference: string): Promise<Pledge> {
  const pledge = await work.find(Pledge, sql`reference = ${reference} and person_id = ${person.id}`, "lock");
  if (!pledge) throw new NotFound("reference-unknown", "This person has no pledge of this reference.");
  return pledge;
}

async function addPledge(
  work: Work,
  person: Person,
  { amount, interval, method, key, channel, referrer }: NewPledge,
): Promise<Pledge | undefined> {
  // References count a person's pledges: P1, P2, …; the lock keeps two from taking the same number.
  await sql`select 1 from person where id = ${person.id} for update`.execute(work.query);
  const donref = person.donref(work.organisation.referencePrefix);
  // Not their number: a merge brings pledges of another, and may be taken back.
  const [last] = await work.rows<{ number: number }>(
    "select coalesce(max(substr(reference, $2)::integer), 0) as number from pledge where person_id = $1 and reference like $3",
    [person.id, donref.length + 2, `${donref}P%`],
  );
  const day = today(work.organisation.timeZone, work.now);
  const reference = `${donref}P${(last?.number ?? 0) + 1}`;
  return work.addOnce(
    Pledge,
    {
      personId: person.id,
      reference,
      key,
      ...amount,
      interval,
      method,
      renewal: null,
      channel,
      referrer: referrer ?? "",
      madeAt: work.now,
      firstDueOn: day,
      nextDueOn: day,
      remindedOn: null,
    },
    "made",
  );
}

async function findByKey(work: Work, person: Person, { amount, interval, method, key }: NewPledge): Promise<Pledge> {
  const pledge = await work.find(Pledge, sql`key = ${key}`);
  const same =
    pledge?.personId === person.id &&
    pledge.amount === amount.amount &&
    pledge.currency === amount.currency &&
    pledge.interval === interval &&
    pledge.method === method;
  if (!pledge || !same) throw new Conflict("key-used", "This form was sent already with other content.");
  return pledge;
}

/** Throws Invalid for an amount that the profile does not take. */
export function checkAmount(work: Work, { amount, currency }: Money): void {
  const { currency: ours, donations } = work.organisation;
  if (currency !== ours)
    throw new Invalid("currency-unknown", "The organisation does not take this currency.", "amount");
  if (amount < donations.minimum) throw new Invalid("amount-too-small", "The amount is below the minimum.", "amount");
  if (amount >= donations.below) throw new Invalid("amount-too-large", "The amount is above the maximum.", "amount");
}

async function mailHowToPay(work: Work, person: Person, pledge: Pledge): Promise<void> {
  const link = await prepareLink(work, person, "end-pledge", endableDays, { pledge: String(pledge.id) });
  await queueMessage(work, {
    mail: "how-to-pay",
    person,
    linkId: link.id,
    fields: {
      name: person.name,
      amount: formatMoney(pledge.money(), person.language),
      reference: pledge.reference,
      interval: pledge.interval,
      ...bankAccount(work),
      bank: work.organisation.bank.name,
      epc: `${pledge.amount} ${pledge.currency}`,
    },
  });
}

/** Our account as mails show it, the IBAN in groups of four. */
export function bankAccount(work: Work): { holder: string; iban: string; bic: string } {
  const { holder, iban, bic } = work.organisation.bank;
  return { holder, iban: iban.replace(/(.{4})(?=.)/g, "$1 "), bic };
}
