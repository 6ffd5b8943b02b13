// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing a pledge that was made: its amount, its end, and taking the end back.
import { today } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import { prepareLink } from "../links/signed-link.ts";
import { queueMessage } from "../mailings/message.ts";
import { formatMoney, type Money } from "../money.ts";
import { Person } from "../people/person.ts";
import { firstAfter } from "./due.ts";
import { checkAmount, Pledge } from "./pledge.ts";

const answerWithinDays = 90;

/** Nothing more is due for it. A renewal at a provider is stopped by a task. Safe to repeat. */
export function endPledge(work: Work, pledge: Pledge): void {
  stop(work, pledge, "ended");
}

/** Nothing is due for it before it is resumed; a renewal at a provider waits, too. Safe to repeat. */
export function pausePledge(work: Work, pledge: Pledge): void {
  if (pledge.interval === "once") throw new Conflict("pledge-once", "Only a pledge that renews can pause.");
  stop(work, pledge, "paused");
}

function stop(work: Work, pledge: Pledge, state: "ended" | "paused"): void {
  if (pledge.state === state) return;
  if (pledge.state === "fulfilled")
    throw new Conflict("pledge-fulfilled", "This pledge was paid and done with already.");
  pledge.state = state;
  pledge.nextDueOn = null;
  settle(work, pledge, state);
}

/** Goes on after a pause, an end or a lapse; what would have been due meanwhile is past. Safe to repeat. */
export function resumePledge(work: Work, pledge: Pledge): void {
  if (pledge.state === "open" || pledge.state === "fulfilled") return;
  const { interval, firstDueOn } = pledge;
  const yesterday = today(work.organisation.timeZone, work.now).subtract({ days: 1 });
  pledge.state = "open";
  pledge.nextDueOn = interval === "once" ? yesterday.add({ days: 1 }) : firstAfter(interval, firstDueOn, yesterday);
  pledge.reminders = 0;
  pledge.remindedOn = null;
  settle(work, pledge, "resumed");
}

/** From the next payment on. Throws Conflict for a pledge that is not open, Invalid for an amount the profile does not take. */
export function changePledge(work: Work, pledge: Pledge, amount: Money): void {
  if (pledge.state !== "open") throw new Conflict("pledge-ended", "This pledge is not open any more.");
  checkAmount(work, amount);
  if (amount.amount === pledge.amount && amount.currency === pledge.currency) return;
  Object.assign(pledge, amount);
  settle(work, pledge, "changed");
}

function settle(work: Work, pledge: Pledge, verb: string): void {
  work.note(pledge, Pledge, verb);
  pledge.haveAccountFollow(work);
  if (pledge.renewal !== null) work.queue({ name: "align-renewal", pledgeId: pledge.id });
}

/** Asks the donor by a mail whose link makes the change. */
export async function askForAmount(work: Work, pledge: Pledge, amount: Money): Promise<void> {
  if (pledge.state !== "open") throw new Conflict("pledge-ended", "This pledge is not open any more.");
  checkAmount(work, amount);
  const person = await work.get(Person, pledge.personId);
  const details = { pledge: String(pledge.id), amount: String(amount.amount) };
  const link = await prepareLink(work, person, "change-pledge", answerWithinDays, details);
  const [now, then] = [pledge.money(), amount].map((money) => formatMoney(money, person.language));
  const fields = { name: person.name, reference: pledge.reference, amount: now ?? "", newAmount: then ?? "" };
  await queueMessage(work, { mail: "new-amount", person, fields, linkId: link.id });
}

/** The provider takes no more for this pledge: it is paid by hand from now on, or lapses after its reminders. Safe to repeat. */
export async function endRenewal(work: Work, renewal: string): Promise<void> {
  const pledge = await work.find(Pledge, sql`renewal = ${renewal}`, "lock");
  pledge?.loseRenewal(work, renewal);
}
