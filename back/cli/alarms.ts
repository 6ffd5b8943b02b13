// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb payments alarms`: what a person has to look at in what was told of money.
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { formatMoney } from "../data/money.ts";
import { type Alarm, type AlarmKind, closeAlarm, openAlarms } from "../data/payments/alarms.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";

const words: Record<AlarmKind, string> = {
  "unknown-payment": "went back of a payment that nobody told us of",
  "too-much-back": "more went back than was paid, or in another currency",
  "pledge-differs": "booked as it came, not as it was promised",
  "foreign-account": "told about an account that is not ours",
};

export function offerAlarms(payments: Command, desk: Desk): void {
  const alarms = offerCsv(payments.command("alarms"))
    .description("List what was told of money and does not fit our books, newest first, until somebody has looked")
    .addHelpText("after", examples("payments alarms", "payments alarms --json"))
    .action(answering(() => desk.read(list)));
  alarms
    .command("close")
    .description("Say that somebody has looked, and what came of it")
    .argument("<alarm>", "its number, as the list shows it")
    .requiredOption("--reason <text>", "for the history")
    .addHelpText(
      "after",
      examples('payments alarms close payment-4711 --reason "refunded twice by hand, asked Stripe"'),
    )
    .action(
      answering((id: string, { reason }: { reason: string }) =>
        desk.change(async (work) => {
          const alarm = await closeAlarm(work, id, reason);
          return { json: { closed: present(alarm) }, text: `${id} is closed.` };
        }),
      ),
    );
}

async function list(work: Work): Promise<Answer> {
  const found = (await openAlarms(work)).map(present);
  const rows = found.map((it) => [
    ...[it.id, it.day, it.provider, it.amount && formatMoney(it.amount, "en")],
    ...[it.expected && formatMoney(it.expected, "en"), words[it.kind], it.reference || it.name],
  ]);
  const headings = ["alarm", "day", "provider", "amount", "expected", "what", "reference"];
  return {
    json: { alarms: found },
    text: rows.length === 0 ? "There is no alarm." : table(headings, rows, ["amount", "expected"]),
    csv: sheet(found, ["id", "kind", "day", "provider", "name", "reference", "amount", "amount.currency", "expected"]),
  };
}

function present({ amount, currency, expected, expectedCurrency, day, ...alarm }: Alarm) {
  return {
    ...alarm,
    day: day.toString(),
    amount: moneyOf(amount, currency),
    expected: moneyOf(expected, expectedCurrency),
  };
}

function moneyOf(amount: number | null, currency: string | null) {
  return amount === null || currency === null ? null : { amount, currency };
}
