// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb mail bounces|forgive|bounce`: what came back, addresses that are written to again, and the pipe of a mail server.
import { type Command, Option } from "commander";
import type { Work } from "../data/database.ts";
import { forgive } from "../data/mailings/address-trouble.ts";
import { registerBounce } from "../data/mailings/bounce.ts";
import { listBounces, listTrouble, type Wanted } from "../data/mailings/list-bounces.ts";
import { getPerson } from "../data/people/find-people.ts";
import { type Answer, answering, examples, moment, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";
import { requireSetting } from "./environment.ts";
import { readCount } from "./people.ts";
import { takeFromPipe } from "./pipe.ts";

const kinds = ["hard", "soft", "sender-trouble", "delayed", "auto-reply", "complaint", "unreadable"];

interface Asked {
  address?: string;
  who?: string;
  kind?: string;
  limit: number;
}

export function offerBounces(mail: Command, desk: Desk): void {
  offerCsv(mail.command("bounces"))
    .description("List mails that came back, newest first, and the addresses with their scores")
    .option("--address <email>", "of this address")
    .option("--who <person>", `of this person: ${whoMeans}`)
    .addOption(new Option("--kind <kind>", "only these").choices(kinds))
    .option("--limit <number>", "how many at most", readCount, 100)
    .addHelpText(
      "after",
      examples("mail bounces", "mail bounces --who ada --json", "mail bounces --kind complaint --csv"),
    )
    .action(answering((asked: Asked) => desk.read((work) => list(work, asked))));
  mail
    .command("forgive")
    .description("Write to all addresses of a person again, and forget what came back from there")
    .argument("<who>", whoMeans)
    .requiredOption("--reason <text>", "for the history")
    .addHelpText("after", examples('mail forgive ada@example.org --reason "rang us: the mailbox was full"'))
    .action(
      answering((who: string, { reason }: { reason: string }) => desk.change((work) => forgiveOne(work, who, reason))),
    );
  mail
    .command("bounce")
    .description(
      "Take in one mail that came back, from standard input; for the pipe of a mail server, see docs/operate.md",
    )
    .option("--to <address>", "to whom the mail server delivered it", "")
    .addHelpText("after", examples("mail bounce < mail.eml"))
    .action(({ to }: { to: string }) =>
      takeFromPipe(process.stdin, to, {
        secret: () => requireSetting(desk.environment(), "LINK_SECRET"),
        keep: (returned) => desk.change((work) => registerBounce(work, returned)),
      }),
    );
}

async function list(work: Work, { address, who, kind, limit }: Asked): Promise<Answer> {
  const person = who === undefined ? undefined : await getPerson(work, who);
  const wanted: Wanted = { address, personId: person?.id, kind, limit };
  const bounces = (await listBounces(work, wanted)).map((it) => ({ ...it, cameAt: it.cameAt.toString() }));
  const addresses = (await listTrouble(work, wanted)).map((it) => ({
    ...{ ...it, silentSince: it.silentSince?.toString() ?? null },
  }));
  const { timeZone } = work.organisation;
  const came = bounces.map((it) => [
    moment(it.cameAt, timeZone),
    it.kind,
    it.status,
    it.reason,
    it.address,
    it.of,
    it.points,
  ]);
  const scores = addresses.map((it) => [
    ...[it.address, it.personId, it.points, it.countedOn],
    it.silentSince && moment(it.silentSince, timeZone),
  ]);
  const texts = [
    came.length === 0
      ? "Nothing came back."
      : table(["when", "kind", "status", "reason", "address", "of", "points"], came, ["points"]),
    scores.length === 0
      ? ""
      : table(["address", "person", "score", "last", "silent since"], scores, ["person", "score"]),
  ];
  return {
    json: { bounces, addresses },
    text: texts.filter(Boolean).join("\n\n"),
    csv: sheet(bounces, ["id", "cameAt", "kind", "status", "reason", "address", "personId", "of", "points"]),
  };
}

async function forgiveOne(work: Work, who: string, reason: string): Promise<Answer> {
  const person = await getPerson(work, who, "lock");
  const forgiven = await forgive(work, person, reason);
  return {
    json: { person: person.id, forgiven },
    text: forgiven === 0 ? "Nothing was held against their addresses." : "They are written to again.",
  };
}
