// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The course of a mailing by itself: it begins when it is due, and ends when nobody waits any more.
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { Conflict, Invalid } from "../errors.ts";
import { freezeAudience } from "./audience.ts";
import { isOverdue, Mailing, requireApproved } from "./mailing.ts";
import { isDone } from "./recipients.ts";

/** An audience that has grown by more than this since it was approved is another one. */
const growth = { share: 0.2, people: 10 };

/** Begins the next that is due, or pauses it where something is wrong; undefined: none is. */
export async function beginDue(work: Work): Promise<Mailing | undefined> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from mailing where state = 'scheduled' and scheduled_for <= now()
    order by scheduled_for limit 1 for update skip locked`.execute(work.query);
  const mailing = rows[0] && work.adopt(Mailing, rows[0], true);
  if (mailing) await begin(work, mailing);
  return mailing;
}

/** Or pauses it, with the reason, for a person to look. */
async function begin(work: Work, mailing: Mailing): Promise<void> {
  if (isOverdue(work, mailing)) return mailing.pause(work, "overdue");
  try {
    await requireApproved(work, mailing);
    const count = await freezeAudience(work, mailing);
    const approved = mailing.approvedCount ?? 0;
    if (count > approved * (1 + growth.share) + growth.people)
      throw new Conflict("audience-grown", "Many more would get it than when it was approved.");
    mailing.begin(work);
  } catch (error) {
    // Invalid: the profile has changed, and the selector asks for what there is no more.
    if (!(error instanceof Conflict || error instanceof Invalid)) throw error;
    await sql`delete from mailing_recipient where mailing_id = ${mailing.id}`.execute(work.query);
    mailing.pause(work, error.code);
  }
}

/** Those that are being sent, the first that began first. */
export async function mailingsUnderWay(work: Work): Promise<Mailing[]> {
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from mailing where state = 'sending' order by began_at`.execute(work.query);
  return rows.map((row) => work.adopt(Mailing, row));
}

/** Returns whether it ended now. */
export async function endIfDone(work: Work, id: number): Promise<boolean> {
  const mailing = await work.get(Mailing, id, "lock");
  if (mailing.state !== "sending" || !(await isDone(work, id))) return false;
  mailing.finish(work);
  return true;
}
