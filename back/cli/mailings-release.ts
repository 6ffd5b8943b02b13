// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mailings approve|schedule|pause|resume|stop|unknown`: a mailing on its way, and whoever steers it.
import { createInterface } from "node:readline/promises";
import { type Moment, Temporal } from "@cdb/runtime/time.ts";
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { getMailing, type Mailing } from "../data/mailings/mailing.ts";
import { approveMailing, scheduleMailing, settleUnknown } from "../data/mailings/release-mailing.ts";
import { showMailing } from "../data/mailings/show-mailing.ts";
import { type Answer, answering, examples, harmless } from "./answer.ts";
import { UsedWrongly } from "./complaint.ts";
import type { Desk } from "./desk.ts";
import { mailingMeans, presentMailing } from "./mailings.ts";

export function offerMailingRelease(mailings: Command, desk: Desk): void {
  mailings
    .command("approve")
    .description("Approve it as it is: its texts, and to whom. Not by whoever wrote it")
    .argument("<mailing>", mailingMeans)
    .option("--yes", "do not ask for its name")
    .addHelpText("after", examples("mailings approve news-2026-12"))
    .action(answering((named: string, { yes }: { yes?: true }) => approve(desk, named, yes === true)));
  mailings
    .command("schedule")
    .description("Send it at its moment, or now; it has to be approved")
    .argument("<mailing>", mailingMeans)
    .option("--at <moment>", "by the organisation's clocks, such as 2026-12-01T09:00; without it now", readMoment)
    .addHelpText("after", examples("mailings schedule news-2026-12 --at 2026-12-01T09:00", "mailings schedule 7"))
    .action(
      answering((named: string, { at }: { at?: Temporal.PlainDateTime }) =>
        desk.change((work) => steer(work, named, (mailing) => scheduleMailing(work, mailing, momentOf(work, at)))),
      ),
    );
  const verbs: [name: "pause" | "resume" | "stop", does: string][] = [
    ["pause", "Let it rest at once; who has not got it waits"],
    ["resume", "Let it go on where it was"],
    ["stop", "End it for good: who has not got it will not"],
  ];
  for (const [name, does] of verbs)
    mailings
      .command(name)
      .description(does)
      .argument("<mailing>", mailingMeans)
      .addHelpText("after", examples(`mailings ${name} news-2026-12`))
      .action(
        answering((named: string) => desk.change((work) => steer(work, named, (mailing) => mailing[name](work)))),
      );
  mailings
    .command("unknown")
    .description("Decide about those of whom nobody knows whether they got it: the connection broke while it was sent")
    .argument("<mailing>", mailingMeans)
    .option("--send-again", "they get it, maybe for the second time")
    .option("--accept", "take it that they got it")
    .addHelpText("after", examples("mailings unknown news-2026-12 --accept", "mailings recipients 7 --state unknown"))
    .action(answering((named: string, wish: { sendAgain?: true; accept?: true }) => decide(desk, named, wish)));
}

async function approve(desk: Desk, named: string, sure: boolean): Promise<Answer> {
  const seen = await desk.read(async (work) => {
    const mailing = await getMailing(work, named);
    const [{ text }, { digest }] = [await presentMailing(work, mailing), await showMailing(work, mailing)];
    return { name: mailing.name, digest, text };
  });
  process.stderr.write(`${harmless(seen.text)}\ndigest     ${seen.digest}\n`);
  if (!sure && (await ask("Type its name to approve it: ")) !== seen.name)
    throw new UsedWrongly("That is not its name. Nothing is approved.");
  return desk.change((work) => steer(work, seen.name, (mailing) => approveMailing(work, mailing, seen.digest)));
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve) => {
      terminal.once("close", () => resolve(""));
      terminal.question(question).then(resolve, () => resolve(""));
    });
  } finally {
    terminal.close();
  }
}

async function steer(work: Work, named: string, verb: (mailing: Mailing) => void | Promise<void>): Promise<Answer> {
  const mailing = await getMailing(work, named, "lock");
  await verb(mailing);
  return presentMailing(work, mailing);
}

async function decide(desk: Desk, named: string, wish: { sendAgain?: true; accept?: true }): Promise<Answer> {
  if (wish.sendAgain === wish.accept) throw new UsedWrongly("Say --send-again, or --accept.");
  const verb = wish.accept ? "accept" : "send-again";
  return desk.change(async (work) => {
    const count = await settleUnknown(work, await getMailing(work, named, "lock"), verb);
    return { json: { count, verb }, text: `${count} ${verb === "accept" ? "count as accepted" : "get it again"}.` };
  });
}

function momentOf(work: Work, at: Temporal.PlainDateTime | undefined): Moment | undefined {
  return at?.toZonedDateTime(work.organisation.timeZone).toInstant();
}

function readMoment(text: string): Temporal.PlainDateTime {
  try {
    if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}$/.test(text)) return Temporal.PlainDateTime.from(text);
  } catch {}
  throw new InvalidArgumentError("It must be a day and a time, such as 2026-12-01T09:00.");
}
