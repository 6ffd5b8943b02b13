// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later

import assert from "node:assert/strict";
import { test } from "node:test";
import { DirectoryUnavailable } from "./errors.ts";
import { Places } from "./places.ts";

const patient = new AbortController().signal;

test("so many work at once and no more, in the order in which they came, also after a failure", async () => {
  const places = new Places(3, 20);
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
  const places = new Places(1, 20);
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

test("where the line is full, whoever comes is sent away at once, and those in it are served", async () => {
  const places = new Places(1, 2);
  const first = Promise.withResolvers<string>();
  const running = [places.within(patient, () => first.promise)];
  for (const name of ["second", "third"]) running.push(places.within(patient, async () => name));
  await assert.rejects(
    places.within(patient, async () => "fourth"),
    DirectoryUnavailable,
  );
  first.resolve("first");
  assert.deepEqual(await Promise.all(running), ["first", "second", "third"]);
  assert.equal(await places.within(patient, async () => "later"), "later");
});
