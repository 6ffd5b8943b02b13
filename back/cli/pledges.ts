// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb pledges …`: what somebody promised, and changing it when they ask us to.
import type { Command } from "commander";
import type { Work } from "../data/database.ts";
import { askForAmount, changePledge, endPledge, pausePledge, resumePledge } from "../data/donations/change-pledge.ts";
import { getPledge, type Pledge, pledgesOf } from "../data/donations/pledge.ts";
import { formatMoney, readMoney } from "../data/money.ts";
import { getPerson } from "../data/people/find-people.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import { type Desk, whoMeans } from "./desk.ts";

export function offerPledges(program: Command, desk: Desk): void {
  const pledges = program.command("pledges").description("See and change what people promised to give");
  offerCsv(pledges.command("list"))
    .description("List the pledges of one person, newest first")
    .argument("<who>", whoMeans)
    .addHelpText("after", examples("pledges list ada@example.org"))
    .action(answering((who: string) => desk.read((work) => list(work, who))));
  const verbs: [name: string, does: string, carry: (work: Work, pledge: Pledge) => void][] = [
    ["end", "End a pledge; what renews it at a provider is stopped, too", endPledge],
    ["pause", "Let a pledge that renews wait; a provider's renewal waits, too", pausePledge],
    ["resume", "Go on with a pledge that was ended, pauses or has lapsed", resumePledge],
  ];
  for (const [name, does, carry] of verbs)
    pledges
      .command(name)
      .description(does)
      .argument("<reference>", "of the pledge")
      .addHelpText("after", examples(`pledges ${name} EX10018P1`))
      .action(
        answering((reference: string) =>
          desk.change(async (work) => {
            const pledge = await getPledge(work, reference, "lock");
            carry(work, pledge);
            return tell(pledge);
          }),
        ),
      );
  pledges
    .command("change")
    .description("Give a pledge another amount from the next time on; with --ask only once the donor agreed by mail")
    .argument("<reference>", "of the pledge")
    .argument("<amount>", "in the pledge's currency, like 15 or 15.50")
    .option("--ask", "ask the donor by a mail whose link makes the change")
    .addHelpText("after", examples("pledges change EX10018P1 15", "pledges change EX10018P1 15 --ask"))
    .action(
      answering((reference: string, amount: string, { ask }: { ask?: true }) =>
        desk.change(async (work) => {
          const pledge = await getPledge(work, reference, "lock");
          const wanted = readMoney(amount, pledge.currency);
          if (!ask) changePledge(work, pledge, wanted);
          else await askForAmount(work, pledge, wanted);
          return ask ? { json: { asked: reference }, text: "The donor is asked by mail." } : tell(pledge);
        }),
      ),
    );
}

async function list(work: Work, who: string): Promise<Answer> {
  const person = await getPerson(work, who);
  const pledges = (await pledgesOf(work, person.id)).map(present);
  const columns = ["reference", "amount", "interval", "method", "state", "nextDueOn", "renews"] as const;
  const rows = pledges.map((it) => columns.map((column) => it[column]));
  const csv = sheet(pledges, [...columns]);
  return {
    json: { pledges },
    text: rows.length === 0 ? "There is no pledge." : table([...columns], rows, ["amount"]),
    csv,
  };
}

function tell(pledge: Pledge): Answer {
  const { reference, amount, interval, state } = present(pledge);
  return { json: present(pledge), text: `${reference}: ${amount}, ${interval}, ${state}.` };
}

function present(pledge: Pledge) {
  const { reference, interval, method, state, renewal } = pledge;
  const nextDueOn = pledge.nextDueOn?.toString() ?? null;
  const amount = formatMoney(pledge.money(), "en");
  return { reference, amount, interval, method, state, nextDueOn, renews: renewal === null ? "no" : "by itself" };
}
