// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb accounts open|pause|close|reopen|rename|groups`: what only an administrator does; the directory follows, the person is told.
import type { Command } from "commander";
import { type Account, changeAccount, getAccount } from "../data/accounts/account.ts";
import { openByHand, renameAccount } from "../data/accounts/choose-username.ts";
import { addToGroup, leaveGroup } from "../data/accounts/group-requests.ts";
import { groupsOf } from "../data/accounts/staff-scopes.ts";
import type { Work } from "../data/database.ts";
import { getPerson } from "../data/people/find-people.ts";
import type { Person } from "../data/people/person.ts";
import { type Answer, answering, examples } from "./answer.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { requireSetting } from "./environment.ts";

interface Naming {
  alike?: true;
  reason: string;
}

export function offerAccountChanges(accounts: Command, desk: Desk): void {
  offerNaming(accounts, desk);
  offerStates(accounts, desk);
  offerGroups(accounts, desk);
}

function offerNaming(accounts: Command, desk: Desk): void {
  const secret = () => requireSetting(desk.environment(), "LINK_SECRET");
  const naming = (command: Command, does: string) =>
    command
      .description(does)
      .argument("<who>", whoMeans)
      .argument("<username>", "3 to 32 small letters, digits, dots, dashes")
      .option("--alike", "although it looks like a username that is taken or reserved");
  naming(accounts.command("open"), "Give somebody a username, whether the rules entitle them or not")
    .addHelpText("after", examples("accounts open ada@example.org ada", "accounts open 1042 adm1n --alike"))
    .action(
      answering((who: string, username: string, { alike }: Naming) =>
        desk.change(async (work) => {
          const person = await getPerson(work, who, "lock");
          return tell(
            work,
            person,
            await openByHand(work, person, username, { secret: secret(), alike: alike === true }),
          );
        }),
      ),
    );
  naming(accounts.command("rename"), "Change a username; password and groups stay, the old name goes to nobody else")
    .option("--reason <text>", "why, for the history", "")
    .addHelpText("after", examples("accounts rename ada ada.lovelace --reason 'married'"))
    .action(
      answering((who: string, username: string, { alike, reason }: Naming) =>
        desk.change(async (work) => {
          const person = await getPerson(work, who, "lock");
          const account = await getAccount(work, person);
          await renameAccount(work, { person, account }, username, { secret: secret(), alike: alike === true, reason });
          return tell(work, person, account);
        }),
      ),
    );
}

function offerStates(accounts: Command, desk: Desk): void {
  const verbs: [name: string, does: string, carry: (account: Account, work: Work, reason: string) => void][] = [
    [
      "pause",
      "Let an account open nothing for a while; its entry and password stay, no rule reopens it",
      (account, work, reason) => account.pause(work, "administrator", reason),
    ],
    [
      "close",
      "Close an account: its entry goes, and the password with it; the username goes to nobody else",
      (account, work, reason) => account.close(work, reason),
    ],
    ["reopen", "Open an account that is paused or closed", (account, work, reason) => account.reopen(work, reason)],
  ];
  for (const [name, does, carry] of verbs)
    accounts
      .command(name)
      .description(does)
      .argument("<who>", whoMeans)
      .option("--reason <text>", "why, for the history", "")
      .addHelpText("after", examples(`accounts ${name} ada --reason "asked by phone"`))
      .action(
        answering((who: string, { reason }: { reason: string }) =>
          desk.change(async (work) => {
            const person = await getPerson(work, who, "lock");
            const account = await getAccount(work, person);
            await changeAccount(work, person, account, () => carry(account, work, reason));
            return tell(work, person, account);
          }),
        ),
      );
}

function offerGroups(accounts: Command, desk: Desk): void {
  const groups = accounts
    .command("groups")
    .description("Put people into groups that have to be asked for, or take them out");
  const verbs: [name: string, does: string, carry: typeof addToGroup][] = [
    ["add", "Put somebody into a group of the profile; what they asked for is granted", addToGroup],
    ["remove", "Take somebody out of a group; its services and scopes end at once", leaveGroup],
  ];
  for (const [name, does, carry] of verbs)
    groups
      .command(name)
      .description(does)
      .argument("<who>", whoMeans)
      .argument("<group>", "a group of the organisation profile")
      .option("--reason <text>", "why, for the history", "")
      .addHelpText("after", examples(`accounts groups ${name} ada coordinators --reason "from May on"`))
      .action(
        answering((who: string, group: string, { reason }: { reason: string }) =>
          desk.change(async (work) => {
            const person = await getPerson(work, who, "lock");
            await carry(work, person, group, reason);
            return tell(work, person, await getAccount(work, person));
          }),
        ),
      );
}

async function tell(work: Work, person: Person, { username, state }: Account): Promise<Answer> {
  await work.write();
  const groups = await groupsOf(work, person);
  const text = `${username} is ${state}; groups: ${groups.join(", ") || "none"}.`;
  return { json: { person: person.id, username, state, groups }, text };
}
