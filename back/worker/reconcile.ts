// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The night's comparison of each provider's own list with our books; the desk hears of what a person has to look at.
import type { Provider } from "@cdb/api/payments.ts";
import type { MoneyLister } from "@cdb/providers/money-list.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Actor } from "../data/actor.ts";
import type { Database } from "../data/database.ts";
import { queueMessage } from "../data/mailings/message.ts";
import { type Difference, reconcilePayments } from "../data/payments/reconcile-payments.ts";

/** Who lists money, by the provider's name in our books. */
export type MoneyListers = Partial<Record<Provider, MoneyLister>>;

const worker: Actor = { kind: "worker" };
// Nights overlap: what a provider lists late, or what one night missed, the next ones see.
const windowDays = 7;

/** Compares the last days; what was missing is booked. Providers that do not answer end it: the task comes again. */
export async function reconcile(database: Database, listers: MoneyListers): Promise<Map<Provider, Difference[]>> {
  const to = Temporal.Now.instant();
  const from = to.subtract({ hours: 24 * windowDays });
  const found = new Map<Provider, Difference[]>();
  for (const [provider, lister] of Object.entries(listers) as [Provider, MoneyLister][]) {
    const listed = await lister.listMoney(from.toString(), to.toString());
    const differences = await database.transaction(worker, async (work) => {
      const differences = await reconcilePayments(work, provider, listed, { from, to, mend: true });
      const left = differences.filter(({ mended }) => !mended);
      if (left.length > 0) {
        const desk = { email: work.organisation.donations.desk, language: "en" };
        const names = left.map(({ what, kind, name }) => `${name} (${kind}, ${what})`).join(", ");
        await queueMessage(work, { mail: "books-differ", recipient: desk, fields: { provider, names } });
      }
      return differences;
    });
    found.set(provider, differences);
  }
  return found;
}
