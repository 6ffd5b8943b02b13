// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Many payments, each with what became of it, told again and again, in any order, eight at once: against a model in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import { Chance } from "../../test/chance.ts";
import { freshDatabase } from "../../test/database.ts";
import { aNotice, front, makeAPledge, makePerson } from "../../test/make.ts";
import { registerPayment } from "./register-payment.ts";
import { replayPayments } from "./replay.ts";

interface Told {
  name: string;
  notice: Notice;
}

const { database } = await freshDatabase();
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const chance = new Chance(seed);
const eur = (amount: number) => ({ amount, currency: "EUR" });
let hours = 0;

/** What becomes of one payment of 25 euros, and what is left of it in the end. */
function life(name: string, reference: string): { told: Told[]; refunded: number; disputed: number } {
  const told: Told[] = [];
  const tell = (kind: Notice["kind"], as: string, amount: number, more: Partial<Notice> = {}) => {
    hours += 1;
    const happenedAt = new Date(Date.UTC(2026, 0, 1, hours)).toISOString();
    told.push({ name: as, notice: aNotice({ kind, amount: eur(amount), reference, happenedAt, ...more }) });
  };
  const original = name;
  if (chance.pick([true, false, false])) tell("failed", name, 2500);
  tell("received", name, 2500);
  let [refunded, disputed] = [0, 0];
  for (const [at, amount] of chance.pick([[], [500], [2500], [700, 800], [2000, 600]]).entries()) {
    tell("refunded", `${name}r${at}`, amount, { original });
    const arrives = chance.pick([true, true, false]);
    if (!arrives) tell("reinstated", `${name}r${at}`, amount, { original });
    else if (refunded + amount <= 2500) refunded += amount;
  }
  const dispute = chance.pick(["none", "none", "lost", "won"]);
  if (dispute !== "none") {
    tell("disputed", `${name}d`, 2500 - refunded || 2500, { original });
    if (refunded < 2500) disputed = 2500 - refunded;
  }
  if (dispute === "won") {
    tell("reinstated", `${name}d`, 2500 - refunded || 2500, { original });
    disputed = 0;
  }
  return { told, refunded, disputed };
}

test(`nothing is lost, doubled or unexplained, whatever is told however often in whatever order (SEED=${seed})`, async () => {
  const lives = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const pledge = await database.transaction(front, async (work) => makeAPledge(work, await makePerson(work)));
      return { name: `pi_${n}`, ...life(`pi_${n}`, pledge.reference) };
    }),
  );
  const telling = lives.flatMap(({ told }) =>
    told.flatMap((one) => Array.from({ length: 1 + chance.upTo(25) }, () => one)),
  );
  const shuffled = telling.map((told) => ({ told, at: chance.next() })).sort((a, b) => a.at - b.at);
  const take = async (): Promise<void> => {
    for (let next = shuffled.shift(); next; next = shuffled.shift()) {
      const { name, notice } = next.told;
      // Each delivery of a provider has the notice's own name; one in five comes under another one, as IPN beside a webhook.
      const sent = chance.is(0.2) ? { ...notice, noticeId: `${notice.noticeId}_again` } : notice;
      await database.transaction(front, (work) => registerPayment(work, "stripe", name, sent));
    }
  };
  await Promise.all(Array.from({ length: 8 }, take));
  const { rows } = await database.pool.query(
    "select provider_reference as name, d.amount, d.refunded, d.disputed from donation d join payment p on p.id = payment_id order by d.id",
  );
  const found = new Map(rows.map(({ name, ...donation }) => [name, donation]));
  assert.equal(rows.length, lives.length);
  for (const { name, refunded, disputed } of lives)
    assert.deepEqual(found.get(name), { amount: 2500, refunded, disputed }, name);
  const facts = await database.pool.query("select count(*)::int as n from payment");
  assert.equal(
    facts.rows[0].n,
    lives.reduce((sum, { told }) => sum + told.length, 0),
  );
  const thanks = await database.pool.query("select count(*)::int as n from message where mail = 'thank-you'");
  assert.equal(thanks.rows[0].n, lives.length);
  const replay = await database.transaction(front, (work) => replayPayments(work, () => {}));
  assert.deepEqual(replay.differences, [], "the books follow from what was told");
  assert.equal(replay.donations, lives.length);
});
