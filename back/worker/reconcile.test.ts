// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Planted differences between a provider's list and our books are found, each as what it is, and none is invented.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Notice } from "@cdb/api/payments.ts";
import { ProviderUnavailable } from "@cdb/providers/errors.ts";
import type { ListedMoney, MoneyLister } from "@cdb/providers/money-list.ts";
import { registerPayment } from "../data/payments/register-payment.ts";
import { freshDatabase } from "../test/database.ts";
import { aNotice, front, makePerson } from "../test/make.ts";
import { reconcile } from "./reconcile.ts";

const { database } = await freshDatabase();
const { donref } = await database.transaction(front, async (work) => ({
  donref: (await makePerson(work)).donref("EX"),
}));
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const eur = (amount: number) => ({ amount, currency: "EUR" });
let list: ListedMoney[] = [];
const lister: MoneyLister = { listMoney: async () => list };
const night = async () => (await reconcile(database, { stripe: lister })).found.get("stripe") ?? [];

function money(providerReference: string, wish: Partial<Notice> = {}): ListedMoney {
  return { providerReference, notice: aNotice({ reference: donref, happenedAt: daysAgo(3), ...wish }) };
}

const book = ({ providerReference, notice }: ListedMoney) =>
  database.transaction(front, (work) => registerPayment(work, "stripe", providerReference, notice));

beforeEach(() => {
  list = [];
});

test("what both have is no difference, whatever moment and words each gives it", async () => {
  const both = [money("pi_1"), money("pi_2"), money("re_1", { kind: "refunded", original: "pi_2", amount: eur(100) })];
  for (const each of both) await book(each);
  list = both.map((each) => ({ ...each, notice: { ...each.notice, happenedAt: daysAgo(2.9), reference: "" } }));
  assert.deepEqual(await night(), []);
});

test("what no notice told is booked by night, thanked for, and is no difference the next night", async () => {
  list = [
    ...(await known()),
    money("pi_forgotten"),
    money("re_forgotten", { kind: "refunded", original: "pi_forgotten" }),
  ];
  const found = await night();
  assert.deepEqual(
    found.map(({ what, name, mended }) => [what, name, mended]),
    [
      ["missing", "pi_forgotten", true],
      ["missing", "re_forgotten", true],
    ],
  );
  const { rows } = await database.pool.query(
    "select d.refunded = d.amount as whole from donation d join payment p on p.id = payment_id where provider_reference = 'pi_forgotten'",
  );
  assert.deepEqual(rows, [{ whole: true }]);
  assert.deepEqual(await night(), []);
});

test("another sum, and money that the provider does not know, are left for a person, who is told", async () => {
  await book(money("pi_sum", { amount: eur(2500) }));
  await book(money("pi_extra"));
  await book(money("pi_edge", { happenedAt: daysAgo(0.2) }));
  await book(money("pi_old", { happenedAt: daysAgo(30) }));
  list = [...(await known(["pi_sum", "pi_extra", "pi_edge", "pi_old"])), money("pi_sum", { amount: eur(2400) })];
  const found = await night();
  assert.deepEqual(
    found.map(({ what, name, mended, ours, theirs }) => [what, name, mended, ours?.amount, theirs?.amount]),
    [
      ["amount", "pi_sum", false, 2500, 2400],
      ["extra", "pi_extra", false, 2500, undefined],
    ],
  );
  const { rows } = await database.pool.query(
    "select fields->>'names' as names from message where mail = 'books-differ'",
  );
  assert.deepEqual(rows, [{ names: "pi_sum (received, amount), pi_extra (received, extra)" }]);
});

test("a provider that does not answer keeps no other from being compared, and the desk is not told again each time", async () => {
  const silent: MoneyLister = { listMoney: () => Promise.reject(new ProviderUnavailable("It does not answer")) };
  await book(money("pi_again"));
  list = await known(["pi_again"]);
  for (let tries = 0; tries < 3; tries++) {
    const { found, troubles } = await reconcile(database, { paypal: silent, stripe: lister });
    assert.deepEqual([...troubles.keys()], ["paypal"]);
    assert.deepEqual(
      found.get("stripe")?.map(({ name }) => name),
      ["pi_again"],
    );
  }
  const { rowCount } = await database.pool.query(
    "select from message where mail = 'books-differ' and fields->>'names' like '%pi_again%'",
  );
  assert.equal(rowCount, 1);
});

test("50 planted differences among 300 payments are found, and none is invented", async () => {
  const before = await known();
  const all = Array.from({ length: 300 }, (_, n) => money(`pi_many_${n}`));
  for (const [n, each] of all.entries()) if (n % 12 !== 0) await book(each);
  list = [...before, ...all.filter((_, n) => n % 12 !== 5)];
  const found = (await night()).filter(({ name }) => name.startsWith("pi_many_"));
  const names = (what: string) =>
    found
      .filter((each) => each.what === what)
      .map(({ name }) => name)
      .sort();
  const planted = (rest: number) =>
    all
      .filter((_, n) => n % 12 === rest)
      .map((each) => each.providerReference)
      .sort();
  assert.deepEqual([names("missing"), names("extra"), names("amount")], [planted(0), planted(5), []]);
});

/** What is booked so far, as the provider would list it; but for some. */
async function known(without: string[] = []): Promise<ListedMoney[]> {
  const { rows } = await database.pool.query(
    "select provider_reference as name, kind, amount, currency, happened_at as at from payment where provider = 'stripe'",
  );
  return rows
    .filter(({ name }) => !without.includes(name))
    .map(({ name, kind, amount, currency, at }) =>
      money(name, { kind, amount: { amount, currency }, happenedAt: String(at) }),
    );
}
