// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import { aNotice, front, makePerson } from "../../test/make.ts";
import { testServer } from "../../test/server.ts";
import { personToken } from "../../test/tokens.ts";
import { registerPayment } from "../payments/register-payment.ts";

const { call, database } = await testServer();
const person = await database.transaction(front, (work) => makePerson(work));
const reference = person.donref("EX");
const tell = (name: string, wish: Partial<Notice>) =>
  database.transaction(front, (work) => registerPayment(work, "stripe", name, aNotice({ reference, ...wish })));
const eur = (amount: number) => ({ amount, currency: "EUR" });

async function mine() {
  const { status, body } = await call("GET", "/people/me/donations", await personToken(person.uuid));
  assert.equal(status, 200);
  return body.donations;
}

test("a donation shows when it was booked, when thanks went out, and what went back of it", async () => {
  await tell("pi_1", { amount: eur(3000) });
  assert.deepEqual([(await mine())[0].thankedAt, (await mine())[0].changes], [null, []]);
  await database.pool.query(
    "update message set state = 'accepted', sent_at = '2026-11-21T10:00:00Z' where mail = 'thank-you'",
  );
  await tell("re_1", { kind: "refunded", original: "pi_1", amount: eur(500), happenedAt: "2026-11-25T23:30:00Z" });
  await tell("dp_1", { kind: "disputed", original: "pi_1", amount: eur(900), happenedAt: "2026-11-27T10:00:00Z" });
  await tell("dp_1", { kind: "reinstated", original: "pi_1", amount: eur(900), happenedAt: "2026-11-29T10:00:00Z" });
  const [donation] = await mine();
  assert.equal(donation.thankedAt, "2026-11-21T10:00:00Z");
  assert.deepEqual(donation.changes, [
    { kind: "refunded", amount: eur(500), on: "2026-11-26" },
    { kind: "disputed", amount: eur(900), on: "2026-11-27" },
    { kind: "reinstated", amount: eur(900), on: "2026-11-29" },
  ]);
  assert.equal(donation.state, "received");
});

test("the thanks of one donation are no other's", async () => {
  await tell("pi_2", {});
  const [newest, oldest] = await mine();
  assert.equal(newest.thankedAt, null);
  assert.equal(oldest.thankedAt, "2026-11-21T10:00:00Z");
});
