// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb accounts reconcile` and `cdb accounts adopt`: the directory against the accounts, and the directory that was there before.
import type { ListedEntry } from "@cdb/directory/list-entries.ts";
import type { Command } from "commander";
import { type Adoption, adoptEntry, type FoundEntry, sharedAddresses } from "../data/accounts/adopt.ts";
import type { Work } from "../data/database.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { tryOut } from "./import.ts";
import { withDirectory } from "./open-directory.ts";

interface Wish {
  dryRun?: true;
}

const atOnce = 200;

export function offerAccountDirectory(accounts: Command, desk: Desk): void {
  offerCsv(accounts.command("reconcile"))
    .description("Compare the directory with the accounts: what is ours is mended, entries of nobody are shown")
    .option("--dry-run", "mend nothing")
    .addHelpText("after", examples("accounts reconcile", "accounts reconcile --dry-run --json"))
    .action(answering((wish: Wish) => reconcile(desk, wish)));
  offerCsv(accounts.command("adopt"))
    .description(
      "Link entries that the directory had before to people, by username or address; nothing else is changed",
    )
    .option("--dry-run", "link nothing")
    .addHelpText("after", examples("accounts adopt --dry-run", "accounts adopt --csv"))
    .action(answering((wish: Wish) => adopt(desk, wish)));
}

async function reconcile(desk: Desk, { dryRun = false }: { dryRun?: boolean }): Promise<Answer> {
  const report = await withDirectory(desk.environment(), (directory) => desk.reconcileAccounts(directory, dryRun));
  const { accounts, entries, waiting, differences } = report;
  const rows = differences.map((it) => [it.username, it.kind, it.what, it.mended ? "mended" : "look"]);
  const left = differences.filter(({ mended }) => !mended).length;
  const counted = `${accounts} accounts, ${entries} entries: ${differences.length} ${differences.length === 1 ? "differs" : "differ"}, ${differences.length - left} mended, ${left} left.`;
  const onTheWay = waiting === 0 ? "" : ` ${waiting} changes ${dryRun ? "are on their way" : "were on their way"}.`;
  const list = rows.length === 0 ? "" : `${table(["username", "kind", "what", "now"], rows)}\n`;
  return {
    json: { dryRun, ...report },
    text: `${list}${counted}${onTheWay}`,
    csv: sheet(differences, ["username", "kind", "what", "mended"]),
    wrong: left > 0,
  };
}

async function adopt(desk: Desk, { dryRun }: Wish): Promise<Answer> {
  const entries = await withDirectory(desk.environment(), async (directory) => {
    const listed: FoundEntry[] = [];
    for await (const page of directory.listEntries([])) listed.push(...page.map(asFound));
    return listed;
  });
  const shared = sharedAddresses(entries);
  // What one entry takes another cannot have: tried out are all together.
  if (dryRun) return present(await tryOut(desk, (work) => adoptAll(work, entries, shared)), true);
  const adoptions: Adoption[] = [];
  for (let at = 0; at < entries.length; at += atOnce)
    adoptions.push(...(await desk.change((work) => adoptAll(work, entries.slice(at, at + atOnce), shared))));
  return present(adoptions, false);
}

function asFound({ id, usernames, mail }: ListedEntry): FoundEntry {
  return { id, usernames, mail };
}

async function adoptAll(work: Work, entries: FoundEntry[], shared: Set<string>): Promise<Adoption[]> {
  const adoptions: Adoption[] = [];
  for (const entry of entries) adoptions.push(await adoptEntry(work, entry, shared));
  return adoptions;
}

function present(adoptions: Adoption[], dryRun: boolean): Answer {
  const count = (outcome: Adoption["outcome"]) => adoptions.filter((it) => it.outcome === outcome).length;
  const told = adoptions.filter(({ outcome }) => outcome !== "linked before");
  const rows = told.map((it) => [it.username, it.outcome, it.personId, it.says]);
  const list = rows.length === 0 ? "" : `${table(["username", "outcome", "person", "why"], rows, ["person"])}\n`;
  const totals = {
    ...{ linked: count("linked"), linkedBefore: count("linked before") },
    ...{ nobody: count("nobody"), conflicts: count("conflict") },
  };
  const counted = `${totals.linked} linked, ${totals.linkedBefore} linked before, ${totals.nobody} of nobody, ${totals.conflicts} in conflict.`;
  return {
    json: { dryRun, totals, entries: adoptions },
    text: `${list}${dryRun ? "Nothing was stored. It would be: " : ""}${counted}`,
    csv: sheet(adoptions, ["username", "outcome", "personId", "says"]),
    wrong: totals.conflicts > 0,
  };
}
