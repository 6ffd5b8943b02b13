// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// From a draft to a mailing that is sent: what a second person has seen is approved, and gets its moment.
import type { Moment } from "@cdb/runtime/time.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import { countAudience } from "./audience.ts";
import { digestOf, type Mailing } from "./mailing.ts";
import { textsOf } from "./mailing-text.ts";
import { decideUnknown } from "./recipients.ts";

const furthestDays = 366;

/** `seen`: the digest of what the approving person looked at. Throws Conflict when there is something else now, or nobody gets it. */
export async function approveMailing(work: Work, mailing: Mailing, seen: string): Promise<void> {
  const texts = await textsOf(work, mailing.id);
  if (texts.length === 0) throw new Conflict("text-missing", "There is no text to be approved yet.");
  const digest = digestOf(mailing, texts);
  if (digest !== seen) throw new Conflict("approval-outdated", "It was changed since you looked at it.");
  const { gets } = await countAudience(work, mailing);
  if (gets === 0) throw new Conflict("audience-empty", "There is nobody who would get it.");
  mailing.approve(work, digest, gets);
}

/** Without `at` now. Throws Invalid for a moment that has passed, or that nobody can mean. */
export function scheduleMailing(work: Work, mailing: Mailing, at: Moment = work.now): void {
  if (Temporal.Instant.compare(at, work.now) < 0)
    throw new Invalid("moment-passed", "This moment has passed. Without one it is sent now.", "at");
  if (Temporal.Instant.compare(at, work.now.add({ hours: 24 * furthestDays })) > 0)
    throw new Invalid("moment-far", "This is more than a year away.", "at");
  mailing.schedule(work, at);
}

/** A person decided about those of unknown fate: they get it again, or count as having got it. Returns how many. */
export async function settleUnknown(work: Work, mailing: Mailing, verb: "send-again" | "accept"): Promise<number> {
  if (verb === "send-again") mailing.reopen(work);
  return decideUnknown(work, mailing.id, verb);
}
