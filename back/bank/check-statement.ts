// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What must be true of every statement, whatever its format: it adds up, in the currency of its account.
import { BankFileError } from "./bank-file-error.ts";
import type { Balance, Entry, StatementHead, StatementPart, Totals } from "./statement.ts";
import { decimalsOf } from "./values.ts";

/** Passes the parts on, and throws BankFileError where they do not add up. */
export function* checkStatements(parts: Iterable<StatementPart>): Generator<StatementPart> {
  let sums = new Sums("");
  let entries = 0;
  for (const part of parts) {
    if (part.part === "head") [sums, entries] = [new Sums(part.head.account.currency), 0];
    if (part.part === "entry") sums.add(part.entry, ++entries);
    if (part.part === "end") checkSums(part.head, sums, part.totals ?? []);
    yield part;
  }
}

class Sums {
  booked = 0;
  readonly all = { credits: new Sum(), debits: new Sum() };
  readonly bookedOnly = { credits: new Sum(), debits: new Sum() };
  private readonly currency: string;

  constructor(currency: string) {
    this.currency = currency;
  }

  add({ line, amount, currency, status }: Entry, entry: number): void {
    const side = amount < 0 ? "debits" : "credits";
    this.all[side].add(amount);
    if (status !== "booked") return;
    if (currency !== this.currency)
      throw new BankFileError(`It is booked in ${currency} on an account in ${this.currency}.`, { line, entry });
    this.booked += amount;
    this.bookedOnly[side].add(amount);
  }
}

class Sum {
  count = 0;
  amount = 0;

  add(amount: number): void {
    this.count += 1;
    this.amount += Math.abs(amount);
  }
}

function checkSums(head: StatementHead, sums: Sums, totals: readonly Totals[]): void {
  const { opening, closing, account, format } = head;
  for (const balance of [opening, closing])
    if (balance && balance.currency !== account.currency)
      throw new BankFileError(`A balance is in ${balance.currency} on an account in ${account.currency}.`);
  if ((format === "camt.053" || format === "mt940") && !(opening && closing))
    throw new BankFileError("The statement has no opening or no closing balance.");
  if (opening && closing) checkBalances(opening, closing, sums.booked);
  // With balances these sums add nothing, and banks differ in what they count.
  else for (const total of totals) checkTotals(total, sums, account.currency);
}

function checkBalances(opening: Balance, closing: Balance, booked: number): void {
  if (opening.amount + booked === closing.amount) return;
  const [from, by, to] = [opening.amount, booked, closing.amount].map((amount) => write(amount, opening.currency));
  throw new BankFileError(
    `The opening balance ${from} and the booked entries ${by} do not make the closing balance ${to}.`,
  );
}

function checkTotals({ of, count, amount }: Totals, sums: Sums, currency: string): void {
  const counted = [sums.all[of], sums.bookedOnly[of]];
  if (counted.some((sum) => sum.count === count && sum.amount === amount)) return;
  const told = `${count} ${of} of ${write(amount, currency)}`;
  const found = `${sums.all[of].count} of ${write(sums.all[of].amount, currency)}`;
  throw new BankFileError(`The bank tells of ${told}, but there are ${found}.`);
}

function write(amount: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(Math.abs(amount)).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return `${amount < 0 ? "-" : ""}${digits.slice(0, point)}${decimals > 0 ? `.${digits.slice(point)}` : ""} ${currency}`;
}
