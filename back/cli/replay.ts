// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb payments replay`: proves that payments and donations follow from what was told and decided.
import type { Command } from "commander";
import { replayPayments } from "../data/payments/replay.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import type { Desk } from "./desk.ts";

export function offerReplay(payments: Command, desk: Desk): void {
  payments
    .command("replay")
    .description(
      "Make all payments and donations anew from the kept facts, in an empty schema, and compare: changes nothing",
    )
    .option("--verify", "fail when they differ")
    .addHelpText("after", examples("payments replay --verify"))
    .action(answering(({ verify }: { verify?: true }) => replay(desk, verify ?? false)));
}

async function replay(desk: Desk, verify: boolean): Promise<Answer> {
  const show = (notices: number) => process.stderr.isTTY && process.stderr.write(`\r${notices} notices`);
  const { differences, ...counts } = await desk.change((work) => replayPayments(work, show));
  if (process.stderr.isTTY) process.stderr.write("\r");
  const { notices, payments, donations } = counts;
  const made = `${notices} notices make ${payments} payments and ${donations} donations`;
  const rows = differences.map((it) => [it.table, it.name, it.foundIn]);
  const text =
    rows.length === 0 ? `${made}: identical.` : `${table(["what", "name", "only in"], rows)}\n${made}: they differ.`;
  return { json: { ...counts, differences }, text, wrong: verify && rows.length > 0 };
}
