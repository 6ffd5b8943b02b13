// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a mailing stands: who would get it before it begins, how far it is after that, and how fast.
import type { Moment } from "@cdb/runtime/time.ts";
import type { Work } from "../database.ts";
import { type Audience, countAudience } from "./audience.ts";
import { digestOf, type Mailing } from "./mailing.ts";
import { type MailingText, textsOf } from "./mailing-text.ts";
import { type Progress, progressOf } from "./recipients.ts";

export interface Standing {
  texts: MailingText[];
  /** Over all that an approval is about. */
  digest: string;
  /** Until it begins. */
  audience: Audience | null;
  /** From then on. */
  progress: Progress["states"] | null;
  /** While it is sent: mails a second over the last minute; seconds until nobody waits, null where it does not move. */
  pace: { perSecond: number; secondsLeft: number | null } | null;
}

/** Changes nothing. */
export async function showMailing(work: Work, mailing: Mailing): Promise<Standing> {
  const texts = await textsOf(work, mailing.id);
  const progress = mailing.beganAt && (await progressOf(work, mailing.id));
  return {
    texts,
    digest: digestOf(mailing, texts),
    audience: mailing.beganAt === null ? await countAudience(work, mailing) : null,
    progress: progress?.states ?? null,
    pace: mailing.state === "sending" && progress ? paceOf(progress, mailing.beganAt ?? work.now, work.now) : null,
  };
}

function paceOf({ states, lastMinute }: Progress, beganAt: Moment, now: Moment): NonNullable<Standing["pace"]> {
  const seconds = Math.min(60, Math.max(1, now.since(beganAt).total("seconds")));
  const perSecond = lastMinute / seconds;
  const left = (states.waiting ?? 0) + (states["handed-over"] ?? 0);
  return {
    perSecond: Math.round(perSecond * 10) / 10,
    secondsLeft: left === 0 ? 0 : perSecond > 0 ? Math.ceil(left / perSecond) : null,
  };
}
