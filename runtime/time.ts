// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The one door to Temporal: days are PlainDate, moments are Instant. Goes when Node brings its own.
import { Temporal } from "temporal-polyfill";

export { Temporal };
export type Day = Temporal.PlainDate;
export type Moment = Temporal.Instant;

const momentsReadLast = new Map<string, Moment>();

/** A moment as programs write it, RFC 3339. Rows come by the thousand with few different ones: each is read once. */
export function readMoment(text: string): Moment {
  const known = momentsReadLast.get(text);
  if (known) return known;
  const moment = Temporal.Instant.from(text);
  if (momentsReadLast.size >= 100) momentsReadLast.clear();
  momentsReadLast.set(text, moment);
  return moment;
}

/** Today in the organisation's time zone, e.g. `today("Europe/Berlin")`. */
export function today(timeZone: string, now: Moment = Temporal.Now.instant()): Day {
  return now.toZonedDateTimeISO(timeZone).toPlainDate();
}
