// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb accounts …`: usernames, their states, and the groups that open services.
import { type Command, Option } from "commander";
import { type Account, getAccount } from "../data/accounts/account.ts";
import { membershipsOf } from "../data/accounts/group-requests.ts";
import { type ListedAccount, listAccounts } from "../data/accounts/list-accounts.ts";
import { groupsOf, staffScopes } from "../data/accounts/staff-scopes.ts";
import { rulesOf } from "../data/accounts/standing.ts";
import type { Work } from "../data/database.ts";
import { getPerson } from "../data/people/find-people.ts";
import { offerAccountChanges } from "./account-changes.ts";
import { offerAccountDirectory } from "./account-directory.ts";
import { offerAccountRequests } from "./account-requests.ts";
import { type Answer, answering, examples, moment, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { readCount } from "./people.ts";

export function offerAccounts(program: Command, desk: Desk): void {
  const accounts = program.command("accounts").description("Administrate usernames, and the groups that open services");
  const states = ["open", "paused", "closed"] satisfies Account["state"][];
  offerCsv(accounts.command("list"))
    .description("List accounts by username, with their groups")
    .addOption(new Option("--state <state>", "only these").choices(states))
    .option("--group <name>", "only the members of this group")
    .option("--limit <number>", "how many at most", readCount, 200)
    .addHelpText("after", examples("accounts list --state paused", "accounts list --group supporters --csv"))
    .action(
      answering((wish: { state?: Account["state"]; group?: string; limit: number }) =>
        desk.change((work) => list(work, wish)),
      ),
    );
  accounts
    .command("show")
    .description("Show one account: its state, what the person is by the profile's rules, groups, scopes of the staff")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("accounts show ada", "accounts show ada@example.org --json"))
    .action(answering((who: string) => desk.change((work) => show(work, who))));
  offerAccountChanges(accounts, desk);
  offerAccountRequests(accounts, desk);
  offerAccountDirectory(accounts, desk);
}

async function list(work: Work, wish: { state?: Account["state"]; group?: string; limit: number }): Promise<Answer> {
  const found = await listAccounts(work, wish);
  for (const { person } of found) person.noteLook(work);
  const accounts = found.map(present);
  const rows = accounts.map((it) => [it.username, it.person, it.name, it.state, it.groups.join(", ")]);
  return {
    json: { accounts },
    text: rows.length === 0 ? "There is none." : table(["username", "id", "name", "state", "groups"], rows, ["id"]),
    csv: sheet(accounts, ["username", "person", "name", "state", "openedAt", "groups"]),
  };
}

async function show(work: Work, who: string): Promise<Answer> {
  const person = await getPerson(work, who);
  person.noteLook(work);
  const account = await getAccount(work, person);
  const groups = await groupsOf(work, person);
  const asked = (await membershipsOf(work, person)).filter(({ state }) => state === "waits");
  const json = {
    ...present({ account, person, groups }),
    address: `${account.username}@${work.organisation.usernames.domain}`,
    ...{ formerUsernames: account.formerUsernames, openedByHand: account.byHand, pausedBy: account.pausedBy },
    entitledNoMoreSince: account.unentitledSince?.toString() ?? null,
    rules: [...(await rulesOf(work, person.id))].sort(),
    waitsFor: asked.map(({ group }) => group.name),
    staffScopes: await staffScopes(work, person),
    directory: { wanted: account.desiredVersion, shown: account.writtenVersion, entry: account.entryId },
  };
  const since = json.entitledNoMoreSince && moment(json.entitledNoMoreSince, work.organisation.timeZone);
  const lines: [string, string][] = [
    ["username", `${json.username} (${json.state}${json.pausedBy ? ` by ${json.pausedBy}` : ""})`],
    ["forwards", `${json.address} to ${person.email ?? "nobody"}`],
    ["before", json.formerUsernames.join(", ") || "–"],
    ["person", `${person.name} (${person.id}), ${person.registration}`],
    ["is", `${json.rules.join(", ") || "–"}${since ? `; entitled no more since ${since}` : ""}`],
    ["groups", groups.join(", ") || "–"],
    ["waits for", json.waitsFor.join(", ") || "–"],
    ["may", json.staffScopes.join(", ") || "–"],
  ];
  return { json, text: lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join("\n") };
}

function present({ account, person, groups }: ListedAccount) {
  const { username, state, openedAt } = account;
  return { username, person: person.id, name: person.name, state, openedAt: openedAt.toString(), groups };
}
