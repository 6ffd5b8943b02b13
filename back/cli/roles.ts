// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb people waiting|approve|refuse`: a coordinator decides about volunteers and staff.
import { type Command, Option } from "commander";
import type { Work } from "../data/database.ts";
import { getPerson } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import { approveRole, endRole, type Role, rolesOf, waitingRoles } from "../data/people/role.ts";
import { type Answer, answering, examples, moment, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";

interface Wish {
  as?: Role["name"];
  team?: string;
  reason: string;
}

const asRole = () =>
  new Option("--as <role>", "which role; without it volunteer").choices([
    "volunteer",
    "staff",
  ] satisfies Role["name"][]);

export function offerRoles(people: Command, desk: Desk): void {
  offerCsv(people.command("waiting"))
    .description("List who wants to volunteer and waits for a decision, longest first")
    .addHelpText("after", examples("people waiting", "people waiting --csv"))
    .action(answering(() => desk.change(listWaiting)));
  people
    .command("approve")
    .description(
      "Take somebody in: what they asked for, or with --team or --as what they did not; without any of it confirm the registration",
    )
    .argument("<who>", whoMeans)
    .addOption(asRole())
    .option("--team <name>", "a team of the organisation profile")
    .option("--reason <text>", "why, for the history", "")
    .addHelpText("after", examples("people approve 1042", "people approve ada --as staff --reason 'contract of May'"))
    .action(answering((who: string, wish: Wish) => desk.change((work) => approve(work, who, wish))));
  people
    .command("refuse")
    .description("Say no to who asked, politely and by mail; end what was approved")
    .argument("<who>", whoMeans)
    .addOption(asRole())
    .option("--reason <text>", "why, for the history", "")
    .addHelpText("after", examples("people refuse 1042", "people refuse ada --as staff --reason 'contract ended'"))
    .action(answering((who: string, wish: Wish) => desk.change((work) => refuse(work, who, wish))));
}

async function listWaiting(work: Work): Promise<Answer> {
  const found = (await waitingRoles(work)).filter(({ role }) => role.name !== "member");
  for (const { person } of found) person.noteLook(work);
  const waiting = found.map(({ role, person }) => ({
    ...{ person: person.id, name: person.name, email: person.email, role: role.name, team: role.team },
    ...{ requestedAt: role.requestedAt.toString(), message: role.message },
  }));
  const rows = waiting.map((it) => [
    ...[it.person, it.name, it.email, it.role, it.team, moment(it.requestedAt, work.organisation.timeZone), it.message],
  ]);
  const headings = ["id", "name", "email", "role", "team", "asked", "message"];
  const csv = sheet(waiting, ["person", "name", "email", "role", "team", "requestedAt", "message"]);
  return { json: { waiting }, text: rows.length === 0 ? "Nobody waits." : table(headings, rows, ["id"]), csv };
}

async function approve(work: Work, who: string, { as, team, reason }: Wish): Promise<Answer> {
  const person = await getPerson(work, who, "lock");
  const named = as !== undefined || team !== undefined;
  const asked = (await rolesOf(work, person.id)).some(({ name, state }) => name !== "member" && state === "requested");
  if (named || asked) await approveRole(work, person, { name: as ?? "volunteer", team, reason });
  else person.confirm(work, "coordinator");
  return tell(work, person);
}

async function refuse(work: Work, who: string, { as, reason }: Wish): Promise<Answer> {
  const person = await getPerson(work, who, "lock");
  await endRole(work, person, as ?? "volunteer", reason);
  return tell(work, person);
}

async function tell(work: Work, person: Person): Promise<Answer> {
  await work.write();
  const roles = (await rolesOf(work, person.id)).map(({ name, team, state }) => ({ name, team, state }));
  const words = roles.map(({ name, team, state }) => `${name}${team ? ` (${team})` : ""}: ${state}`);
  const { id, registration } = person;
  return {
    json: { person: id, registration, roles },
    text: [`${person.name} is ${registration}.`, ...words].join("\n"),
  };
}
