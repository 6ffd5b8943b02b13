// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing a pledge that was made: its amount, its end, and taking the end back.
import type { Work } from "../database.ts";
import { Conflict } from "../errors.ts";
import type { Money } from "../money.ts";
import { checkAmount, Pledge } from "./pledge.ts";

/** Nothing more is due for it. A renewal at a provider is stopped by a task. Safe to repeat. */
export function endPledge(work: Work, pledge: Pledge): void {
  if (pledge.state === "ended") return;
  if (pledge.state === "fulfilled")
    throw new Conflict("pledge-fulfilled", "This pledge was paid and done with already.");
  pledge.state = "ended";
  settle(work, pledge, "ended");
}

/** Takes the end back. Safe to repeat. */
export function resumePledge(work: Work, pledge: Pledge): void {
  if (pledge.state !== "ended") return;
  pledge.state = "open";
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
  if (pledge.renewal !== null) work.queue({ name: "align-renewal", pledgeId: pledge.id });
}
