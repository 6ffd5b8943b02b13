// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people duplicates|different|merge|unmerge`: an administrator decides whether two records are one human.
import { listSignIns } from "@cdb/api/sign-ins.ts";
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { decideDifferent, listDuplicates } from "../data/people/duplicates.ts";
import { getPerson } from "../data/people/find-people.ts";
import type { Reason } from "../data/people/likeness.ts";
import type { Merge } from "../data/people/merge-journal.ts";
import { mergePeople } from "../data/people/merge-people.ts";
import { unmergePeople } from "../data/people/unmerge-people.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { tryOut } from "./import.ts";
import { readCount } from "./people.ts";

interface Options {
  reason: string;
  dryRun?: true;
}

export function offerMerge(people: Command, desk: Desk): void {
  offerCsv(people.command("duplicates"))
    .description("List pairs that look like one human and that nobody has decided about, the likeliest first")
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples("people duplicates", "people duplicates --limit 500 --csv"))
    .action(answering(({ limit }: { limit: number }) => desk.read((work) => list(work, limit))));
  people
    .command("different")
    .description("Decide that two who look alike are two; they are never listed again")
    .argument("<one>", whoMeans)
    .argument("<other>", whoMeans)
    .addHelpText("after", examples("people different 1042 1077"))
    .action(answering((one: string, other: string) => desk.change((work) => differ(work, one, other))));
  people
    .command("merge")
    .description("Decide that two are one: all that the second has goes to the first; it can be taken back")
    .argument("<keep>", whoMeans)
    .argument("<gone>", whoMeans)
    .requiredOption("--reason <text>", "why, for the history")
    .option("--dry-run", "change nothing, only show what would move")
    .addHelpText("after", examples('people merge 1042 1077 --reason "asked by phone" --dry-run'))
    .action(
      answering(async (keep: string, gone: string, options: Options) => {
        const uuid = await desk.read(async (work) => (await getPerson(work, gone)).uuid);
        const left = await secondFactorsOf(desk, uuid);
        const verb = (work: Work) => merge(work, keep, gone, { ...options, left });
        return options.dryRun ? tryOut(desk, verb) : desk.change(verb);
      }),
    );
  people
    .command("unmerge")
    .description("Take a merge back; what came to the survivor since stays there")
    .argument("<merge>", "number of the merge, as `people merge` told and the history shows", readNumber)
    .requiredOption("--reason <text>", "why, for the history")
    .addHelpText("after", examples('people unmerge 17 --reason "two sisters"'))
    .action(answering((id: number, { reason }: Options) => desk.change((work) => unmerge(work, id, reason))));
}

const words: Record<Reason, string> = {
  "same-email": "the same email address",
  "same-mailbox": "the same mailbox at Gmail",
  "similar-name": "nearly the same name",
  "rare-name": "hardly anybody else is called so",
  "same-birthday": "the same birthday",
  "same-postcode": "the same postcode",
  "same-address": "the same street",
  "same-account": "one paid for the other",
};

async function list(work: Work, limit: number): Promise<Answer> {
  const duplicates = await listDuplicates(work, limit);
  const flat = duplicates.map(({ people: [one, other], score, reasons, foundAt }) => ({
    ...{ one, other, score, reasons, foundAt },
  }));
  const rows = flat.map((it) => [
    ...[it.score, it.one?.id ?? null, it.one?.name ?? null, it.other?.id ?? null, it.other?.name ?? null],
    it.reasons.map((reason) => words[reason]).join(", "),
  ]);
  const columns = ["score", "one.id", "one.name", "one.email", "other.id", "other.name", "other.email", "reasons"];
  return {
    json: { duplicates },
    text: rows.length === 0 ? "Nobody looks like somebody else." : table(headings, rows, ["score", "id"]),
    csv: { ...sheet(flat, columns), columns: columns.map((column) => column.replace(".", " ")) },
  };
}

const headings = ["score", "id", "name", "id", "other name", "because"];

async function differ(work: Work, one: string, other: string): Promise<Answer> {
  const [first, second] = [await getPerson(work, one), await getPerson(work, other)];
  await decideDifferent(work, first.id, second.id);
  return {
    json: { people: [first.id, second.id], decided: "different" },
    text: `${first.name} (${first.id}) and ${second.name} (${second.id}) are two.`,
  };
}

/** What stays behind with who is gone; null: auth did not say, and nobody waits for it. */
async function secondFactorsOf(desk: Desk, uuid: string): Promise<number | null> {
  try {
    return (await (await desk.auth()).auth.call(listSignIns, { body: { uuid } })).secondFactors;
  } catch {
    return null;
  }
}

interface MergeOptions extends Options {
  left: number | null;
}

async function merge(work: Work, keep: string, gone: string, { reason, dryRun, left }: MergeOptions): Promise<Answer> {
  const [kept, other] = [await getPerson(work, keep), await getPerson(work, gone)];
  const done = await mergePeople(work, kept.id, other.id, reason);
  const { moved, removed, links, filled } = done.journal;
  const json = {
    merge: dryRun ? null : done.id,
    dryRun: dryRun === true,
    kept: kept.id,
    gone: other.id,
    secondFactorsLeft: left,
    ...{ moved: countsOf(moved), removed: countsOf(removed), links: links.length, filled: Object.keys(filled) },
  };
  const lines = [
    dryRun
      ? `${other.name} (${other.id}) would become one with ${kept.name} (${kept.id}); nothing has changed.`
      : `${other.name} (${other.id}) is one with ${kept.name} (${kept.id}) now. Take it back with \`cdb people unmerge ${done.id}\`.`,
    ...told("moved", json.moved),
    ...told("there already", json.removed),
    ...(json.filled.length > 0 ? [`filled: ${json.filled.join(", ")}`] : []),
    ...sayLeft(left, other.name, kept.name),
    ...(links.length > 0 ? [`links that stop: ${links.length}`] : []),
  ];
  return { json, text: lines.join("\n") };
}

function sayLeft(left: number | null, gone: string, kept: string): string[] {
  if (left === 0) return [];
  if (left === null) return [`auth does not answer: any second factors of ${gone} do not carry over`];
  return [`second factors of ${gone} that do not carry over: ${left}; ${kept} is told by mail`];
}

async function unmerge(work: Work, id: number, reason: string): Promise<Answer> {
  const { keptId, goneId }: Merge = await unmergePeople(work, id, reason);
  return { json: { merge: id, kept: keptId, gone: goneId }, text: `${keptId} and ${goneId} are two again.` };
}

function countsOf(rows: Record<string, unknown[]>): Record<string, number> {
  return Object.fromEntries(Object.entries(rows).map(([name, { length }]) => [name, length]));
}

function told(what: string, counts: Record<string, number>): string[] {
  const parts = Object.entries(counts).map(([name, count]) => `${count} × ${name.replaceAll("_", " ")}`);
  return parts.length === 0 ? [] : [`${what}: ${parts.join(", ")}`];
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be the number of a merge.");
}
