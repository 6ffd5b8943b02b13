// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mailings recipients`: what became of it at each, page by page, however many they are.
import { once } from "node:events";
import { type Command, Option } from "commander";
import { listRecipients, type RecipientLine, recipientStates } from "../data/mailings/list-recipients.ts";
import { getMailing } from "../data/mailings/mailing.ts";
import { examples, table } from "./answer.ts";
import { UsedWrongly } from "./complaint.ts";
import { linesOfCsv, offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { mailingMeans } from "./mailings.ts";

interface Wish {
  state?: RecipientLine["state"];
  json?: true;
  csv?: true;
}

const pageSize = 2_000;
const columns = ["person", "consent", "language", "domain", "state", "reason", "attempts", "handedOverAt", "settledAt"];

export function offerMailingRecipients(mailings: Command, desk: Desk): void {
  offerCsv(mailings.command("recipients"))
    .description("List what became of it at each: people by their numbers, and the consent that it rests on")
    .argument("<mailing>", mailingMeans)
    .addOption(new Option("--state <state>", "only these").choices(recipientStates))
    .addHelpText(
      "after",
      examples("mailings recipients news-2026-12 --state refused", "mailings recipients 7 --csv > recipients.csv"),
    )
    .action((named: string, _: unknown, command: Command) => print(desk, named, command.optsWithGlobals<Wish>()));
}

async function print(desk: Desk, named: string, { state, json, csv }: Wish): Promise<void> {
  if (json && csv) throw new UsedWrongly("Ask for JSON or for CSV, not for both.");
  const mailing = await desk.read((work) => getMailing(work, named));
  const form = json ? asJson : csv ? asCsvLines : asTable;
  let [page, after, first]: [RecipientLine[], number, boolean] = [[], 0, true];
  do {
    page = await desk.read((work) => listRecipients(work, mailing.id, { state, after, limit: pageSize }));
    await write(form(page.map(withMoments), first));
    [after, first] = [page.at(-1)?.person ?? after, false];
  } while (page.length === pageSize);
  if (json) await write("\n]}\n");
}

/** As JSON has moments. */
export function withMoments(line: RecipientLine) {
  const { handedOverAt, settledAt } = line;
  return { ...line, handedOverAt: handedOverAt?.toString() ?? null, settledAt: settledAt?.toString() ?? null };
}

function asJson(lines: readonly object[], first: boolean): string {
  const written = lines.map((line) => JSON.stringify(line)).join(",\n");
  return `${first ? '{"recipients":[' : lines.length > 0 ? "," : ""}${lines.length > 0 ? "\n" : ""}${written}`;
}

function asCsvLines(lines: readonly object[], first: boolean): string {
  const { columns: header, rows } = sheet(lines, columns);
  return linesOfCsv(first ? [header, ...rows] : rows);
}

function asTable(lines: readonly { [name: string]: string | number | null }[], first: boolean): string {
  if (lines.length === 0) return first ? "There is none.\n" : "";
  const shown = ["person", "language", "domain", "state", "reason", "attempts"];
  const rows = lines.map((line) => shown.map((name) => line[name] ?? null));
  const text = table(shown, rows, ["person", "attempts"]);
  return `${first ? text : text.slice(text.indexOf("\n") + 1)}\n`;
}

// A slow reader holds us up, not the other way round.
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
