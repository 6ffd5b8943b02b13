// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb sign-ins list|end`: where a person is signed in, which services have confirmed an end, and the end of all.
import { listSignIns } from "@cdb/api/sign-ins.ts";
import type { Command } from "commander";
import { getPerson } from "../data/people/find-people.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { type Desk, whoMeans } from "./desk.ts";

export function offerSignIns(program: Command, desk: Desk): void {
  const signIns = program.command("sign-ins").description("See where a person is signed in, and end it");
  signIns
    .command("list")
    .description("List the browsers in which a person is signed in, and the services that were told of an end")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("sign-ins list ada", "sign-ins list ada@example.org --json"))
    .action(answering((who: string) => list(desk, who)));
  signIns
    .command("end")
    .description("Sign a person out everywhere: their tokens count no more at once, the services are told")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("sign-ins end ada"))
    .action(
      answering((who: string) =>
        desk.change(async (work) => {
          const person = await getPerson(work, who, "lock");
          person.signOutEverywhere(work);
          return { json: { person: person.id }, text: `${person.name} is signed out everywhere.` };
        }),
      ),
    );
}

async function list(desk: Desk, who: string): Promise<Answer> {
  const uuid = await desk.change(async (work) => {
    const person = await getPerson(work, who);
    person.noteLook(work);
    return person.uuid;
  });
  const { auth } = await desk.auth();
  const { sessions, told } = await auth.call(listSignIns, { body: { uuid } });
  const minute = (at: string) => `${at.slice(0, 16).replace("T", " ")} UTC`;
  const open = sessions.map((it) => [
    ...[it.browser, it.network, minute(it.beganAt), minute(it.usedAt), it.clientIds.join(", ")],
  ]);
  const ended = told.map((it) => [it.clientId, minute(it.at), it.outcome, it.tries]);
  const parts = [
    open.length === 0 ? "Signed in nowhere." : table(["browser", "network", "since", "last used", "services"], open),
    ended.length === 0 ? "" : table(["told", "at", "outcome", "tries"], ended),
  ];
  return { json: { sessions, told }, text: parts.filter(Boolean).join("\n\n") };
}
