// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people …`: finding somebody, and what is kept about them.
import { type Command, InvalidArgumentError } from "commander";
import type { Work } from "../data/database.ts";
import { historyOf } from "../data/history.ts";
import { blockPerson, unblockPerson } from "../data/people/change-person.ts";
import { planErasure, requestErasure } from "../data/people/erasure.ts";
import { exportPerson } from "../data/people/export.ts";
import { findPeople, getPerson } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import { offerAdd } from "./add.ts";
import { type Answer, answering, examples, moment, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { offerImport } from "./import.ts";
import { offerMerge } from "./merge.ts";
import { offerRoles } from "./roles.ts";
import { offerSecondFactor } from "./second-factor.ts";
import { offerSelect } from "./select.ts";
import { presentPerson, showPerson } from "./show-person.ts";

export function offerPeople(program: Command, desk: Desk): void {
  const people = program.command("people").description("Find people and see what is kept about them");
  offerCsv(people.command("find"))
    .description("List people by any part of name, email address or username, or by the reference; newest first")
    .argument("<text...>", "at least 3 letters")
    .option("--limit <number>", "how many at most", readCount, 50)
    .addHelpText("after", examples("people find lovelace", "people find Ada Ex", "people find ada@ --json"))
    .action(
      answering((words: string[], { limit }: { limit: number }) =>
        desk.change((work) => list(work, words.join(" "), limit)),
      ),
    );
  people
    .command("show")
    .description("Show one person: data, account, consents, pledges, donations")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("people show ada@example.org", "people show EX10018 --json"))
    .action(answering((who: string) => desk.change(async (work) => showPerson(work, await lookAt(work, who)))));
  offerCsv(people.command("history"))
    .description("Show what was done to one person's records and by whom, newest first")
    .argument("<who>", whoMeans)
    .option("--limit <number>", "how many entries at most", readCount, 200)
    .addHelpText("after", examples("people history ada", "people history 1001 --limit 5"))
    .action(answering((who: string, { limit }: { limit: number }) => desk.change((work) => history(work, who, limit))));
  offerSelect(people, desk);
  offerAdd(people, desk);
  offerImport(people, desk);
  offerRoles(people, desk);
  offerMerge(people, desk);
  offerStanding(people, desk);
  offerSecondFactor(people, desk);
  offerLeaving(people, desk);
}

function offerStanding(people: Command, desk: Desk): void {
  const verbs: [name: string, does: string, carry: (work: Work, person: Person, reason: string) => unknown][] = [
    [
      "confirm",
      "Confirm a registration, as a coordinator who knows the person",
      (work, person) => person.confirm(work, "coordinator"),
    ],
    ["block", "Let nobody sign in as this person and write nothing to them; every session ends at once", blockPerson],
    ["unblock", "Take a block back", unblockPerson],
  ];
  for (const [name, does, carry] of verbs)
    people
      .command(name)
      .description(does)
      .argument("<who>", whoMeans)
      .option("--reason <text>", "why, for the history", "")
      .addHelpText("after", examples(`people ${name} ada@example.org --reason "asked by phone"`))
      .action(
        answering((who: string, { reason }: { reason: string }) =>
          desk.change(async (work) => {
            const person = await getPerson(work, who, "lock");
            await carry(work, person, reason);
            const { id, registration } = person;
            return { json: { person: id, registration }, text: `${person.name} is ${registration}.` };
          }),
        ),
      );
}

function offerLeaving(people: Command, desk: Desk): void {
  people
    .command("export")
    .description("Print everything that is kept about one person as JSON (GDPR articles 15 and 20)")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("people export ada@example.org > ada.json"))
    .action(
      answering((who: string) =>
        desk.change(async (work) => {
          const exported = await exportPerson(work, await lookAt(work, who));
          return { json: exported, text: JSON.stringify(exported, null, 2) };
        }),
      ),
    );
  people
    .command("erase")
    .description("Show what would go and what the law keeps; with --yes ask for it, as the person could themselves")
    .argument("<who>", whoMeans)
    .option("--yes", "ask for the erasure; the person is told and can take it back until the day")
    .addHelpText("after", examples("people erase ada", "people erase ada --yes"))
    .action(answering((who: string, { yes }: { yes?: true }) => desk.change((work) => leave(work, who, yes === true))));
}

async function leave(work: Work, who: string, really: boolean): Promise<Answer> {
  const person = await getPerson(work, who, "lock");
  const { dueAt, goes, stays } = await planErasure(work, person);
  if (really) await requestErasure(work, person);
  const json = {
    person: person.id,
    asked: really,
    dueAt: dueAt.toString(),
    goes,
    stays: stays && { what: stays.what, until: stays.until.toString() },
  };
  const kept = stays ? `The law keeps until ${json.stays?.until}: ${stays.what.join(", ")}.` : "Nothing is kept.";
  const when = `On ${moment(dueAt, work.organisation.timeZone)}`;
  return { json, text: `${when} ${really ? "these go" : "these would go"}: ${goes.join(", ")}.\n${kept}` };
}

/** A number from 1 to 1000, for commander. */
export function readCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000) return count;
  throw new InvalidArgumentError("It must be a number from 1 to 1000.");
}

/** Whoever is looked at can see that an administrator did. */
async function lookAt(work: Work, who: string): Promise<Person> {
  const person = await getPerson(work, who);
  person.noteLook(work);
  return person;
}

// Those that `people import` reads have the names that it reads them by.
const columns = [
  ...["id", "name", "email", "language", "kind", "postalAddress.lines", "postalAddress.postcode", "postalAddress.city"],
  ...["postalAddress.region", "postalAddress.country", "registration", "donref", "username", "registeredAt"],
];

async function list(work: Work, text: string, limit: number): Promise<Answer> {
  const found = await findPeople(work, text, limit);
  for (const person of found) person.noteLook(work);
  const people = await Promise.all(found.map((person) => presentPerson(work, person)));
  const rows = people.map((it) => [it.id, it.name, it.email, it.username, it.donref, it.registration]);
  const headings = ["id", "name", "email", "username", "reference", "registration"];
  return {
    json: { people },
    text: people.length === 0 ? "Nobody was found." : table(headings, rows, ["id"]),
    csv: sheet(people, columns),
  };
}

async function history(work: Work, who: string, limit: number): Promise<Answer> {
  const person = await lookAt(work, who);
  const entries = (await historyOf(work, person.id, limit)).map(
    ({ id, at, actor, record, recordId, verb, reason, changes, signIn }) => ({
      ...{ id, at: at.toString(), actor, record, recordId, verb, reason, changes, ...(signIn && { signIn }) },
    }),
  );
  const rows = entries.map((it) => [
    ...[moment(it.at, work.organisation.timeZone), it.actor, `${it.record} ${it.recordId}`, it.verb],
    [
      ...Object.entries(it.changes).map(
        ([field, [from, to]]) => `${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`,
      ),
      ...Object.entries(it.signIn ?? {}).flatMap(([field, value]) => (value === "" ? [] : [`${field}: ${value}`])),
    ].join(", "),
  ]);
  return {
    json: { person: person.id, entries },
    text: rows.length === 0 ? "Nothing was done yet." : table(["when", "who", "what", "did", "changes"], rows),
    csv: sheet(entries, ["id", "at", "actor", "record", "recordId", "verb", "reason", "changes"]),
  };
}
