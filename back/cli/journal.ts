// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb journal export`: all payments for plain-text accounting.
import { once } from "node:events";
import { type Command, InvalidArgumentError, Option } from "commander";
import { journalEntries } from "../data/payments/journal.ts";
import { type JournalFormat, journalFormats, writeJournal } from "../data/payments/write-journal.ts";
import { examples } from "./answer.ts";
import type { Desk } from "./desk.ts";

export function offerJournal(program: Command, desk: Desk): void {
  const journal = program.command("journal").description("The payments as double-entry bookkeeping");
  journal
    .command("export")
    .description("Print every payment, refund and dispute with its two postings; no personal word is in it")
    .addOption(new Option("--format <format>", "for which program").choices(journalFormats).default("hledger"))
    .option("--year <year>", "of one year only", readYear)
    .addHelpText("after", examples("journal export > all.journal", "journal export --format beancount --year 2026"))
    .action(({ format, year }: { format: JournalFormat; year?: number }) =>
      desk.read(async (work) => {
        for await (const lines of writeJournal(journalEntries(work, year), format))
          if (!process.stdout.write(lines)) await once(process.stdout, "drain");
      }),
    );
}

export function readYear(text: string): number {
  if (/^(19|20|21)\d\d$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a year such as 2026.");
}
