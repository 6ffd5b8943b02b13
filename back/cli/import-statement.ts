// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb payments import`: the bank's statements, checked whole before anything of them is booked.
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { readYamlFile } from "@cdb/runtime/yaml-file.ts";
import { SingleBar } from "cli-progress";
import type { Command } from "commander";
import { BankFileError } from "../bank/bank-file-error.ts";
import { type CsvMapping, csvMapping } from "../bank/csv-mapping.ts";
import { identities, Occurrences } from "../bank/identity.ts";
import { type BankFileOptions, maxBytes, streamBankFile } from "../bank/read-statement.ts";
import type { StatementHead } from "../bank/statement.ts";
import type { Work } from "../data/database.ts";
import { Invalid } from "../data/errors.ts";
import { formatMoney, type Money } from "../data/money.ts";
import {
  findGaps,
  type Gap,
  importLines,
  type LineOutcome,
  registerStatement,
  type StatementLine,
} from "../data/payments/import-statement.ts";
import { matchSure } from "../data/payments/match-sure.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import type { Desk } from "./desk.ts";
import { tryOut } from "./import.ts";

interface Options {
  map?: string;
  account?: string;
  dryRun?: true;
}

/** How many lines share a transaction. Whoever ends the command in the middle begins anew: nothing is booked twice. */
const batchSize = 500;
/** So many lines are read before the database is heard again. */
const readAtOnce = 20;
const lookAtMost = 2_000;

export function offerImportStatement(payments: Command, desk: Desk): void {
  payments
    .command("import")
    .description(
      "Book what came on the bank's statements: camt.052/053/054, MT940, MT942, CSV, or ZIP of them; safe to repeat",
    )
    .argument("<files...>", "as the bank gave them")
    .option("--map <file>", "a YAML file that says what the columns of a CSV mean")
    .option("--account <iban>", "another account of the organisation than the one in its profile")
    .option("--dry-run", "store nothing, only report")
    .addHelpText(
      "after",
      examples("payments import statements.zip --dry-run", "payments import 2026-01.xml 2026-02.xml"),
    )
    .action(answering((files: string[], options: Options) => importFiles(desk, files, options)));
}

async function importFiles(desk: Desk, names: string[], options: Options): Promise<Answer> {
  const reading: BankFileOptions = options.map === undefined ? {} : { csv: readMapping(options.map) };
  const own = await desk.read(async ({ organisation }) => organisation.bank.iban);
  const accounts = [own, ...(options.account === undefined ? [] : [options.account.replaceAll(" ", "").toUpperCase()])];
  const count = names.reduce((sum, name) => sum + checkFile(name, reading, accounts), 0);
  const bar = new SingleBar({ stream: process.stderr, clearOnComplete: true, noTTYOutput: false });
  bar.start(count, 0);
  const summary = new Summary(bar);
  const all = async (change: Change) => {
    for (const name of names) await importFile(name, reading, accounts, change, summary);
    summary.gaps = await change((work) => findGaps(work, [...summary.statements]));
    summary.matched = await change((work) => matchSure(work, lookAtMost));
  };
  try {
    if (options.dryRun) await tryOut(desk, (work) => all((verb) => verb(work)));
    else await all((verb) => desk.change(verb));
  } finally {
    bar.stop();
  }
  return summary.answer(options.dryRun === true);
}

type Change = <T>(verb: (work: Work) => Promise<T>) => Promise<T>;

function readMapping(file: string): CsvMapping {
  let read: ReturnType<typeof readYamlFile<CsvMapping>>;
  try {
    read = readYamlFile(file, csvMapping);
  } catch {
    throw new Invalid("mapping-unreadable", `There is no mapping file ${file}.`);
  }
  if ("mistakes" in read) throw new Invalid("mapping-wrong", read.mistakes.join("\n"));
  return read.value;
}

/** Reads a file to its end, and counts its lines: what is cut off or does not add up is refused before anything is booked. */
function checkFile(name: string, reading: BankFileOptions, accounts: readonly string[]): number {
  let lines = 0;
  for (const { part, ...rest } of readParts(name, reading)) {
    if (part === "entry") lines += 1;
    if (part === "head" && "head" in rest && !accounts.includes(accountOf(rest.head)))
      throw new Invalid(
        "account-foreign",
        `${path.basename(name)}: The statement is of an account that is not the organisation's.`,
      );
  }
  return lines;
}

function* readParts(name: string, reading: BankFileOptions) {
  try {
    yield* streamBankFile(readBytes(name), path.basename(name), reading);
  } catch (error) {
    if (!(error instanceof BankFileError)) throw error;
    throw new Invalid("statement-refused", error.message);
  }
}

function readBytes(name: string): Uint8Array {
  try {
    if (statSync(name).size <= maxBytes) return readFileSync(name);
  } catch {
    throw new Invalid("file-unreadable", `${path.basename(name)}: The file cannot be read.`);
  }
  throw new Invalid("statement-refused", `${path.basename(name)}: The file is larger than ${maxBytes / 1_000_000} MB.`);
}

function accountOf({ account }: StatementHead): string {
  return account.iban ?? account.other ?? "";
}

async function importFile(
  name: string,
  reading: BankFileOptions,
  accounts: string[],
  change: Change,
  summary: Summary,
): Promise<void> {
  let head: StatementHead | undefined;
  let occurrences = new Occurrences();
  let lines: StatementLine[] = [];
  let statement: { id?: number } = {};
  let storing: Promise<void> | undefined;
  // In their order, one after the other; while one batch is stored, the next one is read.
  const store = async (ends: StatementHead) => {
    const [batch, its] = [lines, statement];
    lines = [];
    await storing;
    storing = storeLines(change, accounts, ends, batch, its).then((outcomes) => {
      summary.add(batch, outcomes);
      if (its.id !== undefined) summary.statements.add(its.id);
    });
    // A failure is told by whoever waits for it next.
    storing.catch(() => {});
  };
  for (const part of readParts(name, reading)) {
    if (part.part === "head") [head, occurrences, statement] = [part.head, new Occurrences(), {}];
    else if (part.part === "end") await store(part.head);
    else if (head) {
      const { account } = head;
      const { entry } = part;
      lines.push({ entry, identities: identities(account, entry, undefined, occurrences.next(account, entry)) });
      if (lines.length % readAtOnce === 0) await nextTurn();
      if (lines.length >= batchSize) await store(head);
    }
  }
  await storing;
  summary.files += 1;
}

function storeLines(
  change: Change,
  accounts: readonly string[],
  head: StatementHead,
  lines: readonly StatementLine[],
  statement: { id?: number },
): Promise<LineOutcome[]> {
  return change(async (work) => {
    statement.id ??= await registerStatement(work, head, accounts);
    return importLines(work, statement.id, head, lines);
  });
}

const told: Record<LineOutcome, string> = {
  received: "came in and is booked",
  refunded: "was returned",
  payout: "payouts of Stripe and PayPal that arrived",
  outgoing: "went out or is no gift, kept and not booked",
  pending: "not booked by the bank yet, left out",
  known: "known from before",
};

class Summary {
  files = 0;
  readonly statements = new Set<number>();
  gaps: Gap[] = [];
  /** Of all that waits, not of these files alone. */
  matched = 0;
  readonly #bar: SingleBar;
  readonly #groups = new Map<string, { outcome: LineOutcome; count: number; money: Money }>();

  constructor(bar: SingleBar) {
    this.#bar = bar;
  }

  add(lines: readonly StatementLine[], outcomes: readonly LineOutcome[]): void {
    for (const [at, outcome] of outcomes.entries()) {
      const { amount = 0, currency = "" } = lines[at]?.entry ?? {};
      const key = `${outcome} ${currency}`;
      const group = this.#groups.get(key) ?? { outcome, count: 0, money: { amount: 0, currency } };
      group.count += 1;
      group.money.amount += amount;
      this.#groups.set(key, group);
    }
    this.#bar.increment(outcomes.length);
  }

  answer(dryRun: boolean): Answer {
    const order = Object.keys(told);
    const groups = [...this.#groups.values()].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
    const rows = groups.map(({ outcome, count, money }) => [count, formatMoney(money, "en"), told[outcome]]);
    const lines = groups.reduce((sum, { count }) => sum + count, 0);
    const intro = `${dryRun ? "Nothing was stored. It would be:" : "Done:"} ${lines} lines in ${this.files} ${this.files === 1 ? "file" : "files"}.`;
    const gaps = this.gaps.map((gap) => ({ ...gap, closingOn: gap.closingOn.toString() }));
    const missing = gaps.map(
      ({ number, closingOn, opening, currency }) =>
        `Something is missing before statement ${number || "without number"} of ${closingOn}: none before it ends with ${formatMoney({ amount: opening, currency }, "en")}.`,
    );
    const waits = groups.some(({ outcome }) => outcome === "received") && !dryRun;
    return {
      json: { dryRun, files: this.files, lines, totals: groups, gaps, matched: this.matched },
      text: [
        rows.length > 0 && table(["lines", "amount", "what"], rows, ["lines", "amount"]),
        intro,
        ...missing,
        this.matched > 0 &&
          `Of what waited without a reference, ${this.matched} were matched by text, name and earlier decisions.`,
        waits && "Money of which nobody knows whose it is: cdb payments unmatched",
      ]
        .filter(Boolean)
        .join("\n\n"),
    };
  }
}
