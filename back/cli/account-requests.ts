// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb accounts waiting|approve|refuse`: deciding about what people ask for, one request at a time.
import type { Command } from "commander";
import { decideRequest, waitingFor } from "../data/accounts/approvers.ts";
import type { Work } from "../data/database.ts";
import { Person } from "../data/people/person.ts";
import { Role } from "../data/people/role.ts";
import { type Answer, answering, examples, moment, table } from "./answer.ts";
import { UsedWrongly } from "./complaint.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";

export function offerAccountRequests(accounts: Command, desk: Desk): void {
  offerCsv(accounts.command("waiting"))
    .description("List who asks to be in a team or a group and waits for a decision, longest first")
    .addHelpText("after", examples("accounts waiting", "accounts waiting --json"))
    .action(answering(() => desk.change(listWaiting)));
  for (const [name, does, approve] of [
    ["approve", "Grant a request; the directory follows, the person is told by mail", true],
    ["refuse", "Refuse a request; the person is told by mail", false],
  ] as const)
    accounts
      .command(name)
      .description(does)
      .argument("<request>", "number of the request, as `accounts waiting` lists it")
      .option("--reason <text>", "why, for the history", "")
      .addHelpText("after", examples(`accounts ${name} 17 --reason "met in person"`))
      .action(
        answering((request: string, { reason }: { reason: string }) =>
          desk.change((work) => decide(work, request, { approve, reason })),
        ),
      );
}

async function listWaiting(work: Work): Promise<Answer> {
  const found = await waitingFor(work);
  for (const { person } of found) person.noteLook(work);
  const requests = found.map(({ role, person }) => ({
    ...{ request: role.id, person: person.id, name: person.name, email: person.email },
    ...{ kind: role.name, for: role.team, requestedAt: role.requestedAt.toString(), message: role.message },
  }));
  const rows = requests.map((it) => [
    ...[it.request, it.person, it.name, it.email, `${it.kind} ${it.for}`.trim()],
    ...[moment(it.requestedAt, work.organisation.timeZone), it.message],
  ]);
  const headings = ["request", "id", "name", "email", "as", "asked", "message"];
  return {
    json: { requests },
    text: rows.length === 0 ? "Nobody waits." : table(headings, rows, ["request", "id"]),
    csv: sheet(requests, ["request", "person", "name", "email", "kind", "for", "requestedAt", "message"]),
  };
}

async function decide(work: Work, request: string, wish: { approve: boolean; reason: string }): Promise<Answer> {
  if (!/^\d{1,9}$/.test(request))
    throw new UsedWrongly("Name the request by its number, as `accounts waiting` lists it.");
  await decideRequest(work, Number(request), wish);
  const { personId, name, team, state } = await work.get(Role, Number(request));
  const { name: who } = await work.get(Person, personId);
  return {
    json: { request: Number(request), person: personId, kind: name, for: team, state },
    text: `${who}: ${`${name} ${team}`.trim()} ${state}.`,
  };
}
