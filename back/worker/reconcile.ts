// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The night's comparison of each provider's own list with our books; the desk hears of what a person has to look at.
import type { Provider } from "@cdb/api/payments.ts";
import type { MoneyLister } from "@cdb/providers/money-list.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Actor } from "../data/actor.ts";
import type { Database, Work } from "../data/database.ts";
import { queueMessage } from "../data/mailings/message.ts";
import { type Difference, reconcilePayments } from "../data/payments/reconcile-payments.ts";

/** Who lists money, by the provider's name in our books. */
export type MoneyListers = Partial<Record<Provider, MoneyLister>>;

const worker: Actor = { kind: "worker" };
// Nights overlap: what a provider lists late, or what one night missed, the next ones see.
const windowDays = 7;

export interface Night {
  found: Map<Provider, Difference[]>;
  /** Why a provider's list could not be had: the others' are compared all the same. */
  troubles: Map<Provider, unknown>;
}

/** Compares the last days; what was missing is booked. Safe to repeat: of the same differences the desk hears once a night. */
export async function reconcile(database: Database, listers: MoneyListers): Promise<Night> {
  const to = Temporal.Now.instant();
  const from = to.subtract({ hours: 24 * windowDays });
  const night: Night = { found: new Map(), troubles: new Map() };
  for (const [provider, lister] of Object.entries(listers) as [Provider, MoneyLister][]) {
    const listed = await lister.listMoney(from.toString(), to.toString()).catch((error: unknown) => {
      night.troubles.set(provider, error);
    });
    if (!listed) continue;
    const differences = await database.transaction(worker, async (work) => {
      const differences = await reconcilePayments(work, provider, listed, { from, to, mend: true });
      await tellDesk(work, provider, differences);
      return differences;
    });
    night.found.set(provider, differences);
  }
  return night;
}

async function tellDesk(work: Work, provider: Provider, differences: readonly Difference[]): Promise<void> {
  const left = differences.filter(({ mended }) => !mended);
  const names = left.map(({ what, kind, name }) => `${name} (${kind}, ${what})`).join(", ");
  const fields = { provider, names };
  const told = await work.rows(
    "select 1 from message where mail = 'books-differ' and fields = $1::jsonb and queued_at > $2 limit 1",
    [JSON.stringify(fields), work.now.subtract({ hours: 20 })],
  );
  if (left.length === 0 || told.length > 0) return;
  const recipient = { email: work.organisation.donations.desk, language: "en" };
  await queueMessage(work, { mail: "books-differ", recipient, fields });
}
