// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The days on which a pledge is due: counted from its first one, so that a pledge of the 31st stays one after February.
import type { Interval } from "@cdb/api/shapes.ts";
import { type Day, Temporal } from "@cdb/runtime/time.ts";

const monthsOf: Record<Exclude<Interval, "once">, number> = { monthly: 1, quarterly: 3, yearly: 12 };

// What comes a little before its day is for that day, not for the one before.
const earlyDays = 10;

/**
 * The day that is due next once money came for `due`; null when that was all. A gap is not made up for: what was missed is past.
 * Money from before the pledge's last day was for an earlier one, whenever it is told.
 */
export function dueAfter(interval: Interval, first: Day, due: Day, receivedOn: Day): Day | null {
  if (interval === "once") return null;
  if (Temporal.PlainDate.compare(receivedOn, due.subtract({ months: monthsOf[interval] })) < 0) return due;
  const last = later(due, receivedOn.subtract({ days: earlyDays }));
  return firstAfter(interval, first, last);
}

/** The first day in the pledge's rhythm after `day`. */
export function firstAfter(interval: Exclude<Interval, "once">, first: Day, day: Day): Day {
  const months = monthsOf[interval];
  const passed = Math.max(0, Math.floor(first.until(day, { largestUnit: "months" }).months / months) - 1);
  for (let count = passed; ; count += 1) {
    const due = first.add({ months: count * months });
    if (Temporal.PlainDate.compare(due, day) > 0) return due;
  }
}

function later(one: Day, other: Day): Day {
  return Temporal.PlainDate.compare(one, other) > 0 ? one : other;
}
