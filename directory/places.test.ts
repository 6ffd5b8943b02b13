// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "./places.ts";

const patient = new AbortController().signal;

test("so many work at once and no more, in the order in which they came, also after a failure", async () => {
  const places = new Places(3);
  const order: number[] = [];
  let [working, most] = [0, 0];
  const works = Array.from({ length: 20 }, (_, number) =>
    places.within(patient, async () => {
      order.push(number);
      working += 1;
      most = Math.max(most, working);
      await new Promise(setImmediate);
      working -= 1;
      if (number % 4 === 0) throw new Error("a failure");
      return number;
    }),
  );
  const outcomes = await Promise.allSettled(works);
  assert.equal(most, 3);
  assert.deepEqual(
    order,
    outcomes.map((_, number) => number),
  );
  assert.equal(outcomes.filter(({ status }) => status === "rejected").length, 5);
  assert.equal(await places.within(patient, async () => "free"), "free");
});

test("whoever gave up while waiting does no work, and keeps nobody from it", async () => {
  const places = new Places(1);
  const first = Promise.withResolvers<void>();
  const impatient = new AbortController();
  const running = places.within(patient, () => first.promise);
  let isDone = false;
  const waiting = places.within(impatient.signal, async () => {
    isDone = true;
  });
  const last = places.within(patient, async () => "last");
  impatient.abort();
  first.resolve();
  await running;
  await assert.rejects(waiting);
  assert.equal(isDone, false);
  assert.equal(await last, "last");
});
