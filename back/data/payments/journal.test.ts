// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The journal, read by the programs it is made for: they accept it, and agree with the books on every balance.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Provider } from "@cdb/api/payments.ts";
import { freshDatabase } from "../../test/database.ts";
import { administrator, aNotice, front, makePerson } from "../../test/make.ts";
import { decimalOf } from "../money.ts";
import { ignoreDonation, splitDonation } from "./decide-donation.ts";
import { journalEntries } from "./journal.ts";
import { registerPayment } from "./register-payment.ts";
import { type JournalFormat, writeJournal } from "./write-journal.ts";

const { database } = await freshDatabase();
const folder = mkdtempSync(path.join(tmpdir(), "journal-"));
after(() => rmSync(folder, { recursive: true }));

before(async () => {
  const { donref } = await database.transaction(front, async (work) => {
    const person = await makePerson(work, { name: "Ada; Lovelace" });
    return { donref: person.donref("EX") };
  });
  const tell = (name: string, wish: Parameters<typeof aNotice>[0], provider: Provider = "stripe") =>
    database.transaction(front, (work) => registerPayment(work, provider, name, aNotice(wish)));
  const eur = (amount: number) => ({ amount, currency: "EUR" });
  await tell("pi_1", { reference: donref, happenedAt: "2025-12-31T22:30:00Z" });
  await tell("pi_2", { reference: donref, happenedAt: "2025-12-31T23:30:00Z", amount: eur(1999) });
  await tell("re_2", { kind: "refunded", original: "pi_2", amount: eur(999), happenedAt: "2026-01-02T10:00:00Z" });
  await tell("re_1", { kind: "refunded", original: "pi_2", amount: eur(50) });
  await tell("re_1", { kind: "reinstated", original: "pi_2", amount: eur(50) });
  await tell("pi_3", { reference: donref, amount: { amount: 500, currency: "JPY" } });
  await tell("pi_4", { reference: 'who knows "; | \\ {x}\n' });
  await tell("dp_1", { kind: "disputed", original: "pi_1" });
  await tell("dp_1", { kind: "reinstated", original: "pi_1" });
  await tell("pi_5", { kind: "failed", reference: donref });
  await tell("pi_6", { reference: "MP2026A" });
  await tell("bank-1", { reference: "interest", amount: eur(7) }, "hand");
  await tell("pi_7", { reference: donref, fee: eur(63) });
  await tell("txn_1", { kind: "fee", amount: eur(200) });
  await tell("txn_1", { kind: "fee-returned", amount: eur(50) });
  await tell("po_1", { kind: "payout", amount: eur(4000) });
  await tell("po_2", { kind: "payout", amount: eur(100) });
  await tell("po_2", { kind: "payout-returned", amount: eur(100) });
  await tell("line-1", { kind: "arrived", amount: eur(4000) }, "bank");
  await tell("line-2", { reference: "for two", amount: eur(700) }, "bank");
  const idOf = async (name: string) =>
    (await database.pool.query("select id from payment where provider_reference = $1", [name])).rows[0].id;
  const [interest, double] = [await idOf("bank-1"), await idOf("line-2")];
  await database.transaction(administrator, (work) => ignoreDonation(work, interest, "interest"));
  const parts = [
    { amount: 500, whose: donref },
    { amount: 200, whose: "MP12" },
  ];
  await database.transaction(administrator, (work) => splitDonation(work, double, parts, "gift and shirt"));
});

async function exported(format: JournalFormat, year?: number): Promise<{ file: string; text: string }> {
  const text = await database.read(front, async (work) => {
    let all = "";
    for await (const lines of writeJournal(journalEntries(work, year), format)) all += lines;
    return all;
  });
  const file = path.join(folder, `${format}-${year ?? "all"}`);
  writeFileSync(file, text);
  return { file, text };
}

/** account + currency → amount, summed up here. */
async function balances(): Promise<Record<string, string>> {
  const sums = new Map<string, number>();
  await database.read(front, async (work) => {
    for await (const { postings } of journalEntries(work))
      for (const { account, amount, currency } of postings)
        sums.set(`${account} ${currency}`, (sums.get(`${account} ${currency}`) ?? 0) + amount);
  });
  const shown = [...sums].filter(([, amount]) => amount !== 0);
  return Object.fromEntries(
    shown.map(([name, amount]) => [name, decimalOf({ amount, currency: name.slice(-3) })]).sort(),
  );
}

const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: "utf8" });

test("hledger and ledger read it, and agree with the books on every balance", async () => {
  const { file } = await exported("hledger");
  run("hledger", "-f", file, "check");
  const lines = run("hledger", "-f", file, "balance", "--flat", "--layout=bare", "-N", "-O", "csv")
    .trim()
    .split("\n")
    .slice(1);
  const found = lines.map((line) => line.replaceAll('"', "").split(","));
  const known = found.map(([account, currency, amount]) => [`${account} ${currency}`, amount]);
  assert.deepEqual(Object.fromEntries(known.sort()), await balances());
  assert.match(run("ledger", "-f", file, "balance", "--flat", "income:merchandise"), /-27\.00 EUR/);
  assert.match(run("ledger", "-f", file, "balance", "--flat", "expenses:fees"), / 2\.13 EUR/);
});

test("what was paid out and has arrived is underway no more", async () => {
  const sums = await balances();
  assert.equal(sums["assets:underway EUR"], undefined);
  assert.equal(sums["assets:bank EUR"], "47.00");
});

test("beancount reads it without a complaint, and agrees", async () => {
  const { file } = await exported("beancount");
  assert.equal(run("bean-check", file), "");
  const query = "select account, sum(position) where account ~ 'Refunds|Unmatched' group by account order by account";
  const text = run("bean-query", "-f", "csv", file, query);
  assert.match(text, /Income:Refunds\s*,\s*9\.99 EUR/);
  assert.match(text, /Liabilities:Unmatched\s*,\s*-25\.00 EUR/);
});

test("the books equal the payments: what came less what went back", async () => {
  const { rows } = await database.pool.query(
    `select currency, sum(case when kind in ('received', 'reinstated', 'fee-returned') then amount when kind in ('refunded', 'disputed', 'fee') then -amount
        else 0 end)::int as total
      from payment group by currency order by currency`,
  );
  const sums = await balances();
  const assets = (currency: string) =>
    Object.entries(sums)
      .filter(([name]) => name.startsWith("assets:") && name.endsWith(currency))
      .reduce((sum, [, amount]) => sum + Math.round(Number(amount) * (currency === "JPY" ? 1 : 100)), 0);
  for (const { currency, total } of rows) assert.equal(assets(currency), total, currency);
});

test("a year ends at midnight of the organisation's own time zone", async () => {
  const { text } = await exported("csv", 2025);
  assert.deepEqual(text.match(/pi_\d/g), ["pi_1", "pi_1"]);
  assert.match((await exported("csv", 2026)).text, /2026-01-01,stripe received pi_2/);
});

test("no personal word and no sign that a reader would obey is in it", async () => {
  for (const format of ["hledger", "beancount", "csv"] as const) {
    const { text } = await exported(format);
    assert.doesNotMatch(text, /Lovelace|example\.org/);
    assert.match(text, /who knows/);
    assert.doesNotMatch(text, /[;|\\{}]/);
  }
});
