// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mail …`: which mails there are, which wait, and deciding about those of unknown fate.
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { Message } from "../data/mailings/message.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerBounces } from "./bounces.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { offerMailPreview } from "./mail-preview.ts";
import { readCount } from "./people.ts";

export function offerMail(program: Command, desk: Desk): void {
  const mail = program.command("mail").description("See which mails there are and which wait, and send again");
  offerCsv(mail.command("queue"))
    .description("List mails that wait or of which nobody knows whether they went out, oldest first")
    .option("--limit <number>", "how many at most", readCount, 100)
    .addHelpText("after", examples("mail queue", "mail queue --json"))
    .action(answering(({ limit }: { limit: number }) => desk.read((work) => queue(work, limit))));
  offerMailPreview(mail, desk);
  offerBounces(mail, desk);
  mail
    .command("send-again")
    .description("Send again a mail of unknown fate: the connection broke while the mail server was taking it")
    .argument("<id>", "the number that `cdb mail queue` shows", readId)
    .addHelpText("after", examples("mail send-again 4711"))
    .action(answering((id: number) => desk.change((work) => sendAgain(work, id))));
}

async function queue(work: Work, limit: number): Promise<Answer> {
  const found = await work.query
    .selectFrom("message")
    .select(["id", "mail", "recipient", "state", "attempts", "queuedAt", "reason"])
    .where("state", "in", ["queued", "handed-over", "unknown"])
    .orderBy("id")
    .limit(limit)
    .execute();
  const messages = found.map((it) => ({
    ...{ ...it, queuedAt: it.queuedAt.toString() },
    ageSeconds: Math.max(0, Math.floor(work.now.since(it.queuedAt).total("seconds"))),
  }));
  const rows = messages.map((it) => [
    it.id,
    it.mail,
    it.recipient,
    it.state,
    it.attempts,
    age(it.ageSeconds),
    it.reason,
  ]);
  const headings = ["id", "mail", "recipient", "state", "attempts", "age", "reason"];
  return {
    json: { messages },
    text: rows.length === 0 ? "No mail waits." : table(headings, rows, ["id", "attempts", "age"]),
    csv: sheet(messages, ["id", "mail", "recipient", "state", "attempts", "queuedAt", "ageSeconds", "reason"]),
  };
}

async function sendAgain(work: Work, id: number): Promise<Answer> {
  const message = await work.get(Message, id, "lock");
  message.sendAgain(work);
  return { json: { id, state: message.state }, text: `The mail ${id} (${message.mail}) is queued again.` };
}

function readId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number.");
}

function age(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} days`;
}
