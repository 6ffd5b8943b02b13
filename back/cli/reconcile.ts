// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `cdb payments reconcile`: a provider's own list against our books, now instead of by night.
import type { Provider } from "@cdb/api/payments.ts";
import type { MoneyLister } from "@cdb/providers/money-list.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Command } from "commander";
import { formatMoney, type Money } from "../data/money.ts";
import { type Difference, reconcilePayments } from "../data/payments/reconcile-payments.ts";
import { type Answer, answering, examples, table } from "./answer.ts";
import { offerCsv, sheet } from "./csv.ts";
import type { Desk } from "./desk.ts";
import { readCount } from "./people.ts";

interface Wish {
  days: number;
  dryRun?: true;
}

export function offerReconcile(payments: Command, desk: Desk): void {
  offerCsv(payments.command("reconcile"))
    .description("Compare what Stripe and PayPal list with our books; what is missing is booked, what differs is shown")
    .option("--days <number>", "how many days back", readCount, 7)
    .option("--dry-run", "book nothing")
    .addHelpText("after", examples("payments reconcile", "payments reconcile --days 90 --dry-run"))
    .action(answering((wish: Wish) => reconcile(desk, wish)));
}

async function reconcile(desk: Desk, { days, dryRun }: Wish): Promise<Answer> {
  const to = Temporal.Now.instant();
  const from = to.subtract({ hours: 24 * days });
  const found: (Difference & { provider: string })[] = [];
  const compared: string[] = [];
  const failed: { provider: Provider; says: string }[] = [];
  for (const [provider, lister] of Object.entries(await desk.listers()) as [Provider, MoneyLister][]) {
    const listed = await lister.listMoney(from.toString(), to.toString()).catch((error: Error) => {
      failed.push({ provider, says: error.message });
    });
    if (!listed) continue;
    const differences = await desk.change((work) =>
      reconcilePayments(work, provider, listed, { from, to, mend: !dryRun }),
    );
    compared.push(`${provider}: ${listed.length} listed, ${differences.length} differ`);
    found.push(...differences.map((each) => ({ provider, ...each })));
  }
  const rows = found.map((it) => [
    ...[it.provider, it.what, it.name, it.kind, shown(it.ours), shown(it.theirs), it.mended ? "booked" : "look"],
  ]);
  const list = table(["provider", "what", "name", "kind", "ours", "theirs", "now"], rows, ["ours", "theirs"]);
  const lines = [...compared, ...failed.map(({ provider, says }) => `${provider}: not compared. ${says}.`)];
  const summary = lines.length === 0 ? "No provider is set up." : lines.join("\n");
  return {
    json: { differences: found, failed },
    text: rows.length === 0 ? summary : `${list}\n${summary}`,
    csv: sheet(found, ["provider", "what", "name", "kind", "ours", "theirs", "mended"]),
    wrong: failed.length > 0 || found.some(({ mended }) => !mended),
  };
}

function shown(money: Money | null): string | null {
  return money && formatMoney(money, "en");
}
