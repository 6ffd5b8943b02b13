// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people import`: many people from a CSV file, with a report of every line.
import path from "node:path";
import { SingleBar } from "cli-progress";
import { type Command, Option } from "commander";
import type { Work } from "../data/database.ts";
import { Invalid } from "../data/errors.ts";
import { addressKey } from "../data/people/email-spelling.ts";
import { type ImportWish, importPeople, type PersonOfList } from "../data/people/import-people.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { requireSetting } from "./environment.ts";
import { type Columns, type Mapping, readCells, readHeader, readMapping } from "./import-columns.ts";
import { readPerson } from "./import-line.ts";
import { type Encoding, readCsv } from "./read-csv.ts";

interface Options {
  map?: string;
  encoding: Encoding;
  update?: true;
  ask?: true;
  dryRun?: true;
}

interface Report {
  line: number;
  outcome: "added" | "known" | "filled" | "refused";
  person: number | null;
  field: string | null;
  code: string | null;
  reason: string | null;
}

/** How many lines share a transaction: whoever ends the command in the middle loses none that is told, and halves none. */
const batchSize = 500;

export function offerImport(people: Command, desk: Desk): void {
  offerCsv(people.command("import"))
    .description(
      "Enter the people of a CSV file and report every line; safe to repeat. docs/import.md says how it is read",
    )
    .argument("<file>", "with a line of column names, such as name,email,country")
    .option("--map <file>", "a YAML file that says what the columns mean")
    .addOption(new Option("--encoding <name>", "of the file").choices(["utf-8", "latin1"]).default("utf-8"))
    .option("--update", "fill what is empty of people who are known, instead of leaving them as they are")
    .option("--ask", "ask those without a consent by mail; else nobody is written to, and your word confirms them")
    .option("--dry-run", "store nothing, only report")
    .addHelpText(
      "after",
      examples("people import people.csv --dry-run", "people import list.csv --map list.yaml --csv"),
    )
    .action(answering((file: string, options: Options) => importFile(desk, file, options)));
}

async function importFile(desk: Desk, file: string, options: Options): Promise<Answer> {
  const mapping = options.map === undefined ? { columns: {}, values: {} } : readMapping(options.map);
  const secret = requireSetting(desk.environment(), "LINK_SECRET");
  const purposes = await desk.read(async ({ organisation }) => organisation.purposes.map(({ name }) => name));
  const wish = { update: options.update === true, ask: options.ask === true, secret };
  const { columns, count } = await survey(file, options.encoding, mapping, purposes);
  const list = new List(columns, mapping, path.basename(file));
  const bar = new SingleBar({ stream: process.stderr, clearOnComplete: true, noTTYOutput: false });
  bar.start(count, 0);
  try {
    let batch: Entry[] = [];
    for await (const { line, cells } of withoutHeader(readCsv(file, options.encoding))) {
      const entry = list.read(line, cells);
      if (entry) batch.push(entry);
      if (batch.length < batchSize) continue;
      list.reports.push(...(await enter(desk, batch, wish, options.dryRun)));
      batch = [];
      bar.update(list.reports.length);
    }
    if (batch.length > 0) list.reports.push(...(await enter(desk, batch, wish, options.dryRun)));
  } finally {
    bar.stop();
  }
  return answer(list.reports, options.dryRun === true);
}

/** Reads the whole file before anything is stored: one that is cut off or in another encoding is refused whole. */
async function survey(file: string, encoding: Encoding, mapping: Mapping, purposes: string[]) {
  let columns: Columns | undefined;
  let count = 0;
  for await (const { cells } of readCsv(file, encoding))
    if (columns) count += 1;
    else columns = readHeader(cells, mapping, purposes);
  if (!columns) throw new Invalid("file-empty", "There is nothing in the file.");
  return { columns, count };
}

async function* withoutHeader<T>(lines: AsyncGenerator<T>): AsyncGenerator<T> {
  let isHeader = true;
  for await (const line of lines) {
    if (!isHeader) yield line;
    isHeader = false;
  }
}

interface Entry {
  line: number;
  person: PersonOfList;
}

/** The lines of one file: which are fit to be entered, and what became of each. */
class List {
  readonly reports: Report[] = [];
  readonly #columns: Columns;
  readonly #mapping: Mapping;
  readonly #name: string;
  readonly #lineOf = new Map<string, number>();

  constructor(columns: Columns, mapping: Mapping, name: string) {
    this.#columns = columns;
    this.#mapping = mapping;
    // A file may be called by anything; what is kept of it is one short line.
    this.#name = name.replace(/\p{Cc}/gu, "").slice(0, 80);
  }

  read(line: number, cells: string[]): Entry | undefined {
    try {
      const person = this.#check(cells);
      const email = addressKey(person.email);
      const earlier = this.#lineOf.get(email);
      if (earlier !== undefined) throw new Invalid("doubled", `Line ${earlier} has the same email address.`, "email");
      this.#lineOf.set(email, line);
      return { line, person };
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      const { code, message, field = null } = error;
      this.reports.push({ line, outcome: "refused", person: null, field, code, reason: message });
      return undefined;
    }
  }

  #check(cells: string[]): PersonOfList {
    if (cells.length !== this.#columns.length)
      throw new Invalid("cells-miscounted", `It has ${cells.length} cells, and the header ${this.#columns.length}.`);
    return readPerson(readCells(this.#columns, cells, this.#mapping), this.#name);
  }
}

async function enter(desk: Desk, batch: Entry[], wish: ImportWish, dryRun?: true): Promise<Report[]> {
  const verb = (work: Work) =>
    importPeople(
      work,
      batch.map(({ person }) => person),
      wish,
    );
  const imported = await (dryRun ? tryOut(desk, verb) : desk.change(verb));
  return imported.map((it, at) => {
    const line = batch[at]?.line ?? 0;
    if (it.outcome !== "refused")
      return {
        ...{ line, outcome: it.outcome, field: null, code: null, reason: null },
        // Who is only tried out has no number yet.
        person: dryRun && it.outcome === "added" ? null : it.person,
      };
    return { line, outcome: it.outcome, person: null, field: it.field ?? null, code: it.code, reason: it.reason };
  });
}

class TriedOut<T> extends Error {
  readonly result: T;
  constructor(result: T) {
    super("nothing is kept");
    this.result = result;
  }
}

/** Does everything, and takes it back. */
export async function tryOut<T>(desk: Desk, verb: (work: Work) => Promise<T>): Promise<T> {
  try {
    return await desk.change(async (work) => {
      const result = await verb(work);
      await work.flush();
      throw new TriedOut(result);
    });
  } catch (error) {
    if (error instanceof TriedOut) return error.result;
    throw error;
  }
}

function answer(reports: Report[], dryRun: boolean): Answer {
  const lines = reports.toSorted((a, b) => a.line - b.line);
  const totals = { added: 0, known: 0, filled: 0, refused: 0 };
  for (const { outcome } of lines) totals[outcome] += 1;
  const refused = lines.filter(({ outcome }) => outcome === "refused");
  const rows = refused.map(({ line, field, reason }) => [line, field, reason]);
  const told = `${dryRun ? "Nothing was stored. It would be: " : ""}${totals.added} added, ${totals.known} known and left as they are, ${totals.filled} filled, ${totals.refused} refused.`;
  return {
    json: { dryRun, totals, lines },
    text: rows.length === 0 ? told : `${table(["line", "column", "refused because"], rows, ["line"])}\n\n${told}`,
    csv: sheet(lines, ["line", "outcome", "person", "field", "code", "reason"]),
    wrong: totals.refused > 0,
  };
}
