// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb payments …`: what money came, and booking by hand what no provider announces.
import { randomUUID } from "node:crypto";
import readline from "node:readline/promises";
import { type Notice, registerPayment as operation } from "@cdb/api/payments.ts";
import { Temporal, today } from "@cdb/runtime/time.ts";
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { Conflict, Invalid } from "../data/errors.ts";
import { formatMoney, readMoney } from "../data/money.ts";
import { matchReference } from "../data/payments/match-payment.ts";
import { registerPayment } from "../data/payments/register-payment.ts";
import { getPerson } from "../data/people/find-people.ts";
import { offerAlarms } from "./alarms.ts";
import { type Answer, answering, examples, harmless, table } from "./answer.ts";
import { UsedWrongly } from "./complaint.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { offerImportStatement } from "./import-statement.ts";
import { offerMatching } from "./matching.ts";
import { offerPayouts } from "./payouts.ts";
import { readCount } from "./people.ts";
import { offerReconcile } from "./reconcile.ts";
import { offerReplay } from "./replay.ts";

export function offerPayments(program: Command, desk: Desk): void {
  const payments = program.command("payments").description("See what money came, and book by hand");
  offerCsv(payments.command("list"))
    .description("List payments, newest first")
    .option("--unmatched", "only those of which nobody knows whose they are")
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples("payments list --limit 10", "payments list --unmatched --json"))
    .action(answering((wish: { unmatched?: true; limit: number }) => desk.read((work) => list(work, wish))));
  payments
    .command("register")
    .description("Book money that came and that no provider announces; asks first when typed at a terminal")
    .requiredOption("--amount <amount>", "in the organisation's currency, such as 25 or 25,00")
    .requiredOption("--day <day>", "the day it came, such as 2026-11-20")
    .option("--reference <reference>", "the reference that came with it")
    .option(
      "--who <who>",
      "whose it is: number, reference, username or email address; alone it stands for their reference",
    )
    .option("--payer-name <name>", "who paid, as the bank says")
    .option("--key <key>", "your name for this payment: given twice, it is booked once")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      examples(
        "payments register --amount 25,00 --day 2026-11-20 --who ada@example.org",
        "payments register --amount 10 --day 2026-11-20 --reference EX10018P1 --key statement-47-3 --yes",
      ),
    )
    .action(answering((wish: Wish) => registerByHand(desk, wish)));
  offerImportStatement(payments, desk);
  offerMatching(payments, desk);
  offerReconcile(payments, desk);
  offerPayouts(payments, desk);
  offerReplay(payments, desk);
  offerAlarms(payments, desk);
}

interface Wish {
  amount: string;
  day: string;
  reference?: string;
  who?: string;
  payerName?: string;
  key?: string;
  yes?: true;
}

async function list(work: Work, { unmatched, limit }: { unmatched?: true; limit: number }): Promise<Answer> {
  const query = payments(work).orderBy("payment.id", "desc").limit(limit);
  const rows = await (unmatched ? query.where("donation.purpose", "=", "unmatched") : query).execute();
  const found = rows.map((row) => present(work, row));
  const headings = ["id", "day", "amount", "kind", "provider", "reference", "purpose", "person", "payer"];
  const lines = found.map((it) => [
    ...[it.id, it.receivedOn, formatMoney(it.amount, "en"), it.kind, it.provider],
    ...[it.reference, it.purpose, it.person, it.payerName],
  ]);
  return {
    json: { payments: found },
    text: found.length === 0 ? "There are no such payments." : table(headings, lines, ["id", "amount", "person"]),
    csv: sheet(found, [
      ...["id", "receivedOn", "amount", "amount.currency", "kind", "provider", "reference", "purpose", "person"],
      "payerName",
    ]),
  };
}

async function registerByHand(desk: Desk, wish: Wish): Promise<Answer> {
  const plan = await desk.read((work) => makePlan(work, wish));
  if (!wish.yes && !(await isAgreed(plan.question)))
    return { json: { outcome: "not-registered" }, text: "Nothing was booked.", wrong: true };
  return desk.change(async (work) => {
    const outcome = await registerPayment(work, "hand", plan.key, plan.notice);
    const row = await payments(work)
      .where("provider", "=", "hand")
      .where("providerReference", "=", plan.key)
      .executeTakeFirstOrThrow();
    const payment = present(work, row);
    const { amount, happenedAt, reference } = plan.notice;
    const wished = { amount, happenedAt, reference };
    const booked = { amount: payment.amount, happenedAt: payment.happenedAt, reference: payment.reference };
    if (JSON.stringify(wished) !== JSON.stringify(booked))
      throw new Conflict("key-used", "Under this key another payment is booked: nothing was done.");
    const done = outcome === "registered" ? "Booked" : "Was booked already";
    const whose = payment.person === null ? `for nobody we know (${payment.purpose})` : `for person ${payment.person}`;
    return {
      json: { outcome, key: plan.key, payment },
      text: `${done}: ${formatMoney(amount, "en")} on ${payment.receivedOn} under ${reference}, ${whose}. Key: ${plan.key}`,
    };
  });
}

async function makePlan(work: Work, wish: Wish): Promise<{ key: string; notice: Notice; question: string }> {
  const amount = readMoney(wish.amount, work.organisation.currency);
  const day = readDay(wish.day, work.organisation.timeZone);
  const reference = await referenceFor(work, wish);
  const { person } = await matchReference(work, reference);
  const { key = `hand-${randomUUID()}`, payerName = person?.name ?? "" } = wish;
  operation.params.parse({ provider: "hand", providerReference: key });
  const notice = operation.body.parse({
    noticeId: key,
    kind: "received",
    amount,
    // The hour is unknown; noon is that day in every zone near by.
    happenedAt: day
      .toZonedDateTime({ timeZone: work.organisation.timeZone, plainTime: "12:00" })
      .toInstant()
      .toString(),
    reference,
    payer: { name: payerName, email: "" },
    raw: JSON.stringify({ ...wish, actor: work.actor }),
  });
  const whose = person ? `${person.name} (${person.id})` : "nobody we know";
  return { key, notice, question: `Book ${formatMoney(amount, "en")} of ${day} under ${reference}, ${whose}?` };
}

async function referenceFor(work: Work, { reference, who }: Wish): Promise<string> {
  if (who === undefined && reference === undefined)
    throw new UsedWrongly("Say whose money it is: --reference or --who.");
  const person = who === undefined ? undefined : await getPerson(work, who);
  if (reference === undefined) return person?.donref(work.organisation.referencePrefix) ?? "";
  const match = await matchReference(work, reference);
  if (person && match.person?.id !== person.id)
    throw new Conflict("reference-of-another", "This reference does not belong to this person.");
  return reference;
}

function readDay(text: string, timeZone: string): Temporal.PlainDate {
  let day: Temporal.PlainDate | undefined;
  try {
    if (/^\d{4}-\d\d-\d\d$/.test(text)) day = Temporal.PlainDate.from(text);
  } catch {}
  if (!day) throw new Invalid("day-unreadable", "The day is not one such as 2026-11-20.", "day");
  if (Temporal.PlainDate.compare(day, today(timeZone)) > 0)
    throw new Invalid("day-in-future", "The day has not come yet.", "day");
  return day;
}

/** Asks at a terminal; elsewhere nobody could answer, and the command stands for the wish. */
async function isAgreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
  try {
    const left = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
    return /^y(es)?$/i.test((await Promise.race([terminal.question(`${harmless(question)} [y/N] `), left])).trim());
  } finally {
    terminal.close();
  }
}

function payments(work: Work) {
  return work.query
    .selectFrom("payment")
    .leftJoin("donation", (join) => join.onRef("donation.paymentId", "=", "payment.id").on("donation.part", "=", 1))
    .selectAll("payment")
    .select(["donation.personId", "donation.purpose"])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom("donation as other")
          .select("other.id")
          .whereRef("other.paymentId", "=", "payment.id")
          .where("other.part", "=", 2),
      ).as("isSplit"),
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof payments>["executeTakeFirstOrThrow"]>>;

function present(work: Work, row: Row) {
  const { id, provider, providerReference, kind, amount, currency, happenedAt, reference, payerName } = row;
  return {
    ...{ id, provider, providerReference, kind, amount: { amount, currency }, happenedAt: happenedAt.toString() },
    receivedOn: happenedAt.toZonedDateTimeISO(work.organisation.timeZone).toPlainDate().toString(),
    ...{
      reference,
      ...(row.isSplit ? { purpose: "split", person: null } : { purpose: row.purpose, person: row.personId }),
    },
    payerName,
  };
}
