// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people select` and `explain`: whom a selector picks, and why somebody is in or out.
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { getPerson } from "../data/people/find-people.ts";
import { explain } from "../data/selectors/explain-person.ts";
import { countPeople, listPeople } from "../data/selectors/pick-people.ts";
import { compileSelector, type Selector } from "../data/selectors/selector.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { readCount } from "./people.ts";

const selectorMeans = "as docs/selectors.md describes it; in quotation marks for the shell";
const example = "'country == \"DE\" and donations.sum(last 12 months) >= 60'";

export function offerSelect(people: Command, desk: Desk): void {
  offerCsv(people.command("select"))
    .description("List or count the people that a selector picks, oldest first")
    .argument("<selector>", selectorMeans)
    .option("--count", "only how many")
    .option("--after <id>", "go on after this id", readId)
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples(`people select ${example}`, `people select --count 'consents has "newsletter"'`))
    .action(
      answering((text: string, options: { count?: true; after?: number; limit: number }) =>
        desk.change((work) =>
          options.count ? count(work, compile(work, text)) : list(work, compile(work, text), options),
        ),
      ),
    );
  people
    .command("explain")
    .description("Say condition by condition why a selector picks a person, or does not")
    .argument("<who>", "person's number, reference, username or email address")
    .argument("<selector>", selectorMeans)
    .addHelpText("after", examples(`people explain ada@example.org ${example}`))
    .action(answering((who: string, text: string) => desk.change((work) => tellWhy(work, who, compile(work, text)))));
}

function compile(work: Work, text: string): Selector {
  return compileSelector(work.organisation, text, work.now);
}

async function count(work: Work, selector: Selector): Promise<Answer> {
  const people = await countPeople(work, selector);
  return { json: { count: people }, text: String(people), csv: sheet([{ count: people }], ["count"]) };
}

async function list(
  work: Work,
  selector: Selector,
  { after, limit }: { after?: number; limit: number },
): Promise<Answer> {
  const found = await listPeople(work, selector, { limit, ...(after !== undefined && { after }) });
  for (const person of found) person.noteLook(work);
  const people = found.map(({ id, name, email, country }) => ({ id, name, email, country }));
  const rows = people.map((person) => [person.id, person.name, person.email, person.country]);
  return {
    json: { people },
    text: people.length === 0 ? "Nobody is picked." : table(["id", "name", "email", "country"], rows, ["id"]),
    csv: sheet(people, ["id", "name", "email", "country"]),
  };
}

async function tellWhy(work: Work, who: string, selector: Selector): Promise<Answer> {
  const person = await getPerson(work, who);
  person.noteLook(work);
  const why = await explain(work, selector, person);
  const lines = why.conditions.map(({ holds, sentence }) => `${holds ? "yes" : "no "}  ${sentence}`);
  return {
    json: { person: person.id, ...why },
    text: [`${person.name} is ${why.picked ? "picked" : "not picked"}.`, ...lines].join("\n"),
  };
}

function readId(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number.");
}
