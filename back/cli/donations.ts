// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb donations …`: what was given, in figures, and who is thanked for it by name.
import { type Day, Temporal } from "@cdb/runtime/time.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Work } from "../data/database.ts";
import { listDonors } from "../data/donations/donor-list.ts";
import { type Grain, grains, type TotalsWish, totals } from "../data/donations/totals.ts";
import { formatMoney } from "../data/money.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { readYear } from "./journal.ts";

export function offerDonations(program: Command, desk: Desk): void {
  const donations = program.command("donations").description("See what was given, and who is thanked for it by name");
  offerCsv(donations.command("donors"))
    .description(
      "List who is thanked by name for a year, by the amounts of the profile: organisations, and private people who agreed",
    )
    .option("--year <year>", "of which year; without, of this one", readYear)
    .addHelpText("after", examples("donations donors", "donations donors --year 2025 --csv > donors-2025.csv"))
    .action(answering(({ year }: { year?: number }) => desk.read((work) => showDonors(work, year))));
  offerCsv(donations.command("totals"))
    .description(
      "Add up what was given, refunded and taken back, each currency apart; the same figures as the journal's",
    )
    .addOption(new Option("--by <period>", "how long a line is").choices(grains).default("year"))
    .option("--purpose", "each purpose apart")
    .option("--method", "each way of paying apart")
    .option("--from <day>", "from this day on", readDay)
    .option("--to <day>", "up to this day, included", readDay)
    .addHelpText(
      "after",
      examples("donations totals", "donations totals --by month --method --from 2026-01-01 --to 2026-12-31 --csv"),
    )
    .action(answering((wish: Wish) => desk.read((work) => showTotals(work, wish))));
}

interface Wish extends TotalsWish {
  by: Grain;
  from?: Day;
  to?: Day;
}

async function showDonors(work: Work, wished?: number): Promise<Answer> {
  const { year, levels } = await listDonors(work, wished);
  const parts = levels.map(({ from, donors, unnamed }) => {
    const rows = donors.map(({ name, personId, kind, given, since }) => [
      ...[name, since === null ? "" : `since ${since}`, formatMoney(given, "en"), kind, personId],
    ]);
    const rest = unnamed > 0 && `${unnamed} more ${unnamed === 1 ? "is" : "are"} not named: they did not agree.`;
    const list = rows.length > 0 && table(["name", "donor", "given", "kind", "person"], rows, ["given", "person"]);
    return [`From ${formatMoney(from, "en")}: ${donors.length}`, list, rest].filter(Boolean).join("\n");
  });
  const lines = levels.flatMap(({ from, donors }) => donors.map((donor) => ({ from, ...donor })));
  return {
    json: { year, levels },
    text: [`Donors of ${year}`, ...parts].join("\n\n"),
    csv: sheet(lines, ["from", "name", "since", "kind", "given", "given.currency", "personId"]),
  };
}

async function showTotals(work: Work, wish: Wish): Promise<Answer> {
  const found = await totals(work, wish);
  const sums = ["gross", "refunded", "disputed", "net"] as const;
  const lines = found.map(({ gross, refunded, disputed, net, ...line }) => {
    const money = (amount: number) => ({ amount, currency: line.currency });
    return { ...line, gross: money(gross), refunded: money(refunded), disputed: money(disputed), net: money(net) };
  });
  const groups = [...(wish.purpose ? (["purpose"] as const) : []), ...(wish.method ? (["method"] as const) : [])];
  const rows = lines.map((line) => [
    ...[line.period, ...groups.map((group) => line[group]), line.count],
    ...sums.map((sum) => formatMoney(line[sum], "en")),
  ]);
  return {
    json: { by: wish.by, totals: lines },
    text:
      rows.length === 0
        ? "Nothing was given."
        : table([wish.by, ...groups, "count", ...sums], rows, ["count", ...sums]),
    csv: sheet(lines, ["period", ...groups, "currency", "count", ...sums]),
  };
}

function readDay(text: string): Day {
  try {
    if (/^\d{4}-\d\d-\d\d$/.test(text)) return Temporal.PlainDate.from(text, { overflow: "reject" });
  } catch {}
  throw new InvalidArgumentError("It must be a day such as 2026-11-20.");
}
