// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Totals and the journal are added up apart, and agree to the cent.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import { Chance } from "../../test/chance.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makePerson } from "../../test/make.ts";
import { ignoreDonation, unmatchedPayments } from "../payments/decide-donation.ts";
import { journalEntries } from "../payments/journal.ts";
import { registerPayment } from "../payments/register-payment.ts";
import { type Total, type TotalsWish, totals } from "./totals.ts";

const { database } = await freshDatabase();
const seed = Number(process.env.SEED ?? 20261130);
const chance = new Chance(seed);
const read = (wish: TotalsWish) => database.read(administrator, (work) => totals(work, wish));
const accounts = { donation: "income:donations", extra: "income:extra", merchandise: "income:merchandise" };

/** Any moment of two and a half years, many of them around midnight of a last of the year. */
function aMoment(): string {
  const start = Temporal.Instant.from(chance.is(0.2) ? "2024-12-31T21:00:00Z" : "2024-03-01T00:00:00Z");
  return start.add({ minutes: chance.upTo(chance.is(0.2) ? 300 : 1_300_000) }).toString();
}

before(async () => {
  const references = await database.transaction(front, async (work) => {
    const donref = (await makePerson(work)).donref("EX");
    return [donref, `${donref}Z1`, "MP2026A", "nobody knows", ""];
  });
  const tell = (provider: "stripe" | "paypal" | "bank", name: string, wish: Parameters<typeof aNotice>[0]) =>
    database.transaction(front, (work) => registerPayment(work, provider, name, aNotice(wish)));
  for (let n = 0; n < 150; n += 1) {
    const provider = chance.pick(["stripe", "paypal", "bank"] as const);
    const currency = chance.pick(["EUR", "EUR", "JPY", "KWD"]);
    const amount = { amount: 2 + chance.upTo(99_999), currency };
    const part = { amount: 1 + chance.upTo(amount.amount), currency };
    const original = chance.is(0.05) ? "nobody-knows" : `in-${n}`;
    const happenedAt = aMoment();
    const later = Temporal.Instant.from(happenedAt)
      .add({ hours: chance.upTo(9_000) })
      .toString();
    await tell(provider, `in-${n}`, { amount, happenedAt, reference: chance.pick(references) });
    if (chance.is(0.1)) await tell(provider, `f-${n}`, { kind: "failed", amount });
    if (chance.is(0.3))
      await tell(provider, `re-${n}`, { kind: "refunded", amount: part, original, happenedAt: later });
    if (chance.is(0.1)) {
      await tell(provider, `rf-${n}`, { kind: "refunded", amount: part, original, happenedAt: later });
      await tell(provider, `rf-${n}`, { kind: "reinstated", amount: part, original, happenedAt: later });
    }
    if (!chance.is(0.3)) continue;
    await tell(provider, `dp-${n}`, { kind: "disputed", amount: part, original, happenedAt: later });
    const won = Temporal.Instant.from(later).add({ hours: 500 }).toString();
    if (chance.is(0.5))
      await tell(provider, `dp-${n}`, { kind: "reinstated", amount: part, original, happenedAt: won });
  }
  await database.transaction(administrator, async (work) => {
    for (const { id } of (await unmatchedPayments(work, 10)).slice(0, 3)) await ignoreDonation(work, id, "interest");
  });
});

/** `year account currency` → what came onto the account, from the journal. */
async function journal(): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  await database.read(administrator, async (work) => {
    for await (const { day, postings } of journalEntries(work))
      for (const { account, amount, currency } of postings) add(sums, `${day.year} ${account} ${currency}`, -amount);
  });
  return new Map([...sums].filter(([name, sum]) => sum !== 0 && / (income|liabilities:unmatched)/.test(name)));
}

/** The same from totals by purpose. */
function accountsOf(lines: readonly Total[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { period, purpose, currency, gross, refunded, disputed } of lines) {
    const year = period.slice(0, 4);
    const others = purpose === "other" ? "income:other" : "liabilities:unmatched";
    const account = (purpose && accounts[purpose as keyof typeof accounts]) ?? others;
    add(sums, `${year} ${account} ${currency}`, gross);
    add(sums, `${year} income:refunds ${currency}`, -refunded);
    add(sums, `${year} income:disputes ${currency}`, -disputed);
  }
  return new Map([...sums].filter(([, sum]) => sum !== 0));
}

function add(sums: Map<string, number>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0) + amount);
}

const sorted = (sums: Map<string, number>) => [...sums].sort();

test(`by day, month and year they are the journal's, account by account (SEED=${seed})`, async () => {
  const books = sorted(await journal());
  assert.ok(books.length > 20, `${books.length} accounts`);
  for (const by of ["day", "month", "year"] as const)
    assert.deepEqual(sorted(accountsOf(await read({ by, purpose: true }))), books, by);
});

test(`however they are grouped, all together are the same (SEED=${seed})`, async () => {
  const sum = async (wish: TotalsWish) => {
    const sums = new Map<string, number>();
    for (const line of await read(wish))
      for (const what of ["count", "gross", "refunded", "disputed", "net"] as const)
        add(sums, `${line.currency} ${what}`, line[what]);
    return sorted(sums);
  };
  const plain = await sum({ by: "year" });
  for (const purpose of [true, false])
    for (const method of [true, false]) assert.deepEqual(await sum({ by: "day", purpose, method }), plain);
});

test(`two periods that meet are the whole (SEED=${seed})`, async () => {
  const whole = await read({ by: "day", method: true });
  const to = Temporal.PlainDate.from("2024-12-31");
  const parts = [
    await read({ by: "day", method: true, to }),
    await read({ by: "day", method: true, from: to.add({ days: 1 }) }),
  ];
  assert.deepEqual(parts.flat(), whole);
  assert.ok(parts.every((part) => part.length > 10));
  const [first] = whole;
  const day = Temporal.PlainDate.from(first?.period ?? "");
  assert.deepEqual(
    await read({ by: "day", method: true, from: day, to: day }),
    whole.filter(({ period }) => period === first?.period),
  );
});
