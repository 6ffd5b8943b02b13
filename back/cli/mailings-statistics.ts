// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mailings statistics`: how a mailing went, by language and domain, without a spy in the mail.
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { getMailing } from "../data/mailings/mailing.ts";
import { type Counts, mailingStatistics } from "../data/mailings/mailing-statistics.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { mailingMeans } from "./mailings.ts";

const headings: [column: keyof Counts, heading: string][] = [
  ["sent", "sent"],
  ["accepted", "accepted"],
  ["refused", "refused"],
  ["unknown", "unknown"],
  ["bounced", "bounced"],
  ["complained", "complained"],
  ["withdrawn", "withdrawn"],
  ["leftOut", "left out"],
  ["waiting", "waiting"],
];

export function offerMailingStatistics(mailings: Command, desk: Desk): void {
  offerCsv(mailings.command("statistics"))
    .description("Count what was sent, accepted and refused, and who withdrew after it: in all, by language, by domain")
    .argument("<mailing>", mailingMeans)
    .addHelpText("after", examples("mailings statistics news-2026-12", "mailings statistics 7 --csv"))
    .action(answering((named: string) => desk.read((work) => statistics(work, named))));
}

async function statistics(work: Work, named: string): Promise<Answer> {
  const found = await mailingStatistics(work, await getMailing(work, named));
  const lines: [of: string, counts: Counts][] = [
    ["all", found.total],
    ...Object.entries(found.languages).sort(([a], [b]) => (a < b ? -1 : 1)),
    ...found.domains.map(({ domain, counts }): [string, Counts] => [domain ?? "other domains", counts]),
  ];
  const rows = lines.map(([of, counts]) => [of, ...headings.map(([column]) => counts[column])]);
  const words = headings.map(([, heading]) => heading);
  const flat = lines.map(([of, counts]) => ({ of, ...counts }));
  return {
    json: found,
    text: table(["", ...words], rows, words),
    csv: sheet(flat, ["of", ...headings.map(([column]) => column)]),
  };
}
