// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb payments payouts`: what providers sent to our bank, of what each was made, and whether it arrived.
import type { Command } from "commander";
import { formatMoney } from "../data/money.ts";
import { listPayouts, type Payout } from "../data/payments/payout.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { readCount } from "./people.ts";

interface Wish {
  limit: number;
  underway?: true;
}

export function offerPayouts(payments: Command, desk: Desk): void {
  offerCsv(payments.command("payouts"))
    .description("List payouts of Stripe and PayPal, newest first: made of which sums, and as what they arrived")
    .option("--underway", "only those that have not arrived yet")
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples("payments payouts", "payments payouts --underway --csv"))
    .action(
      answering((wish: Wish) =>
        desk.read(async (work) => present(await listPayouts(work, { ...wish, underway: wish.underway ?? false }))),
      ),
    );
}

function present(payouts: Payout[]): Answer {
  const found = payouts.map(({ id, provider, name, day, currency, arrivedOn, returned, open, ...sums }) => {
    const money = (amount: number) => ({ amount, currency });
    const { amount, received, refunded, disputed, fees } = sums;
    return {
      ...{ id, provider, name, day: day.toString(), amount: money(amount), received: money(received) },
      ...{ refunded: money(refunded), disputed: money(disputed), fees: money(fees) },
      ...{ open: open === null ? null : money(open), arrivedOn: arrivedOn?.toString() ?? null, returned },
    };
  });
  const rows = found.map((it) => [
    ...[it.day, it.provider, it.name, ...[it.amount, it.received, it.refunded, it.disputed, it.fees].map(shown)],
    ...[it.open && shown(it.open), it.returned ? "came back" : (it.arrivedOn ?? "underway")],
  ]);
  const sums = ["amount", "received", "refunded", "disputed", "fees", "open"];
  const headings = ["day", "provider", "name", ...sums, "at the bank"];
  return {
    json: { payouts: found },
    text: rows.length === 0 ? "There are no such payouts." : table(headings, rows, sums),
    csv: sheet(found, ["id", "day", "provider", "name", ...sums, "amount.currency", "arrivedOn", "returned"]),
  };
}

function shown(money: { amount: number; currency: string }): string {
  return formatMoney(money, "en");
}
