// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb payments unmatched|match|split|ignore|undo`: a person decides whose money it is that nobody could be found for.
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import type { Donation } from "../data/donations/donation.ts";
import { formatMoney, readMoney } from "../data/money.ts";
import {
  ignoreDonation,
  matchDonation,
  splitDonation,
  undoDecision,
  unmatchedPayments,
} from "../data/payments/decide-donation.ts";
import { matchReference } from "../data/payments/match-payment.ts";
import { Payment } from "../data/payments/payment.ts";
import { type Reason, suggestDonors } from "../data/payments/suggest-donors.ts";
import { getPerson } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { UsedWrongly } from "./complaint.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { readCount } from "./people.ts";

const words: Record<Reason, string> = {
  "reference-in-text": "their reference stands in the text",
  "decided-before": "earlier money of this payer was theirs",
  "same-email": "the same email address",
  "same-name": "the same name",
  "similar-name": "a similar name",
  "pledge-of-this-amount": "they pledged this amount",
};

export function offerMatching(payments: Command, desk: Desk): void {
  offerCsv(payments.command("unmatched"))
    .description("List money that waits for a decision, oldest first, each with who it may be and why")
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples("payments unmatched", "payments unmatched --limit 5 --json"))
    .action(answering(({ limit }: { limit: number }) => desk.read((work) => listUnmatched(work, limit))));
  payments
    .command("match")
    .description("Say whose a payment is; they are thanked, and their open pledge of this amount counts as paid")
    .argument("<payment>", "the number of the payment", readNumber)
    .argument("<who>", whoMeans)
    .option("--reason <text>", "why, for the history", "")
    .addHelpText("after", examples("payments match 4711 ada@example.org --reason 'asked by mail'"))
    .action(
      answering((payment: number, who: string, { reason }: { reason: string }) =>
        desk.change(async (work) => {
          const person = await getPerson(work, who, "lock");
          const donation = await matchDonation(work, payment, person, reason);
          return tell(donation, `It is ${person.name}'s (${person.id}), under ${donation.reference}.`);
        }),
      ),
    );
  payments
    .command("split")
    .description("Say that a payment is several gifts in one: an amount and whose it is for each")
    .argument("<payment>", "the number of the payment", readNumber)
    .argument("<parts...>", `amount=whose: a reference, or a ${whoMeans}; nothing behind the sign: nobody's gift`)
    .requiredOption("--reason <text>", "why, for the history")
    .addHelpText("after", examples("payments split 4711 60=ada@example.org 40=EX10026Z1 --reason 'asked by phone'"))
    .action(
      answering((payment: number, parts: string[], { reason }: { reason: string }) =>
        desk.change((work) => split(work, payment, parts, reason)),
      ),
    );
  const decisions: [name: string, does: string, carry: typeof ignoreDonation, done: string][] = [
    ["ignore", "Say that a payment is nobody's gift, such as interest", ignoreDonation, "It is nobody's gift."],
    ["undo", "Take a decision about a payment back: it waits again", undoDecision, "It waits for a decision again."],
  ];
  for (const [name, does, carry, done] of decisions)
    payments
      .command(name)
      .description(does)
      .argument("<payment>", "the number of the payment", readNumber)
      .requiredOption("--reason <text>", "why, for the history")
      .addHelpText("after", examples(`payments ${name} 4711 --reason "interest of March"`))
      .action(
        answering((payment: number, { reason }: { reason: string }) =>
          desk.change(async (work) => tell(await carry(work, payment, reason), done)),
        ),
      );
}

async function split(work: Work, payment: number, parts: string[], reason: string): Promise<Answer> {
  const { currency } = await work.get(Payment, payment);
  const wishes = [];
  for (const part of parts) {
    const [, amount = "", whose = ""] = /^([\d.,]+)=(.*)$/.exec(part) ?? [];
    if (amount === "") throw new UsedWrongly(`"${part}" is no part such as 60=ada@example.org.`);
    wishes.push({
      amount: readMoney(amount, currency).amount,
      ...(whose !== "" && { whose: await target(work, whose) }),
    });
  }
  const donations = await splitDonation(work, payment, wishes, reason);
  const lines = donations.map((it) => {
    const whose = it.purpose === "other" ? "nobody's gift" : `under ${it.reference}`;
    return `${formatMoney(it.money(), "en")}: ${whose}.`;
  });
  const json = donations.map(({ part, amount, personId, purpose, reference }) => ({
    ...{ part, amount: { amount, currency }, person: personId, purpose, reference },
  }));
  return { json: { payment, parts: json }, text: lines.join("\n") };
}

/** A reference may stand for no person at all, such as one of merchandise. */
async function target(work: Work, whose: string): Promise<string | Person> {
  const { purpose } = await matchReference(work, whose);
  return purpose === "unmatched" ? getPerson(work, whose, "lock") : whose;
}

async function listUnmatched(work: Work, limit: number): Promise<Answer> {
  const found = [];
  for (const payment of await unmatchedPayments(work, limit)) {
    const suggestions = await suggestDonors(work, payment);
    const { id, provider, amount, currency, reference, payerName } = payment;
    const day = payment.happenedAt.toZonedDateTimeISO(work.organisation.timeZone).toPlainDate().toString();
    found.push({ id, day, amount: { amount, currency }, provider, reference, payerName, suggestions });
  }
  const rows = found.map(({ suggestions: [best], ...it }) => [
    ...[it.id, it.day, formatMoney(it.amount, "en"), it.payerName, it.reference],
    best
      ? `${best.name} (${best.personId}), ${best.score}: ${best.reasons.map((reason) => words[reason]).join(", ")}`
      : null,
  ]);
  const headings = ["id", "day", "amount", "payer", "text", "may be"];
  const csv = sheet(found, ["id", "day", "amount", "amount.currency", "provider", "payerName", "reference"]);
  const text = rows.length === 0 ? "No money waits for a decision." : table(headings, rows, ["id", "amount"]);
  return { json: { payments: found }, text, csv };
}

function tell({ paymentId, personId, purpose, reference }: Donation, text: string): Answer {
  return { json: { payment: paymentId, person: personId, purpose, reference }, text };
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of a payment, as `cdb payments unmatched` shows it.");
}
