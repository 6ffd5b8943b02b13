// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import fc from "fast-check";
import { dueAfter, firstAfter } from "./due.ts";

const day = (text: string) => Temporal.PlainDate.from(text);

function dues(interval: "monthly" | "quarterly" | "yearly", first: string, count: number): string[] {
  const found = [day(first)];
  while (found.length < count) found.push(firstAfter(interval, day(first), found.at(-1) as Temporal.PlainDate));
  return found.map(String);
}

test("a pledge of the 31st is due on the last day of shorter months, and on the 31st again after them", () => {
  assert.deepEqual(dues("monthly", "2027-12-31", 5), [
    "2027-12-31",
    "2028-01-31",
    "2028-02-29",
    "2028-03-31",
    "2028-04-30",
  ]);
  assert.deepEqual(dues("quarterly", "2026-11-30", 3), ["2026-11-30", "2027-02-28", "2027-05-30"]);
});

test("a yearly pledge of a leap day is due on February 28 in other years", () => {
  assert.deepEqual(dues("yearly", "2024-02-29", 5), [
    "2024-02-29",
    "2025-02-28",
    "2026-02-28",
    "2027-02-28",
    "2028-02-29",
  ]);
});

test("money that comes early, in time or late is for the day that was due; a single gift is done with", () => {
  const after = (receivedOn: string) =>
    dueAfter("monthly", day("2026-01-01"), day("2026-05-01"), day(receivedOn))?.toString();
  assert.equal(after("2026-04-24"), "2026-06-01");
  assert.equal(after("2026-05-01"), "2026-06-01");
  assert.equal(after("2026-05-28"), "2026-06-01");
  assert.equal(after("2026-06-05"), "2026-06-01", "June is still due");
  assert.equal(after("2026-09-15"), "2026-10-01", "what was missed is past");
  assert.equal(after("2026-03-31"), "2026-05-01", "told late, it was for an earlier day");
  assert.equal(dueAfter("once", day("2026-01-01"), day("2026-01-01"), day("2026-01-02")), null);
});

test("whatever the days are, the next one is later, less than a rhythm away, and in the pledge's rhythm", () => {
  const anyDay = fc.integer({ min: 0, max: 40_000 }).map((days) => day("1990-01-01").add({ days }));
  fc.assert(
    fc.property(anyDay, anyDay, fc.constantFrom("monthly", "quarterly", "yearly"), (first, from, interval) => {
      const last = Temporal.PlainDate.compare(first, from) > 0 ? first : from;
      const next = firstAfter(interval, first, last);
      const months = { monthly: 1, quarterly: 3, yearly: 12 }[interval];
      assert.ok(Temporal.PlainDate.compare(next, last) > 0);
      assert.ok(Temporal.PlainDate.compare(next, last.add({ months, days: 3 })) <= 0);
      const n = (next.year - first.year) * 12 + next.month - first.month;
      assert.equal(n % months, 0);
      assert.equal(first.add({ months: n }).toString(), next.toString());
    }),
  );
});
