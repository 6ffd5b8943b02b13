// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What commands work with: the database in the administrator's name, and the settings.
import type { Client } from "@cdb/api/client.ts";
import type { Provider } from "@cdb/api/payments.ts";
import type { Directory } from "@cdb/directory/directory.ts";
import type { MoneyLister } from "@cdb/providers/money-list.ts";
import type { AccountReport } from "../data/accounts/reconcile.ts";
import type { Database, Work } from "../data/database.ts";
import type { Environment } from "./environment.ts";

export interface Desk {
  environment(): Environment;
  /** One transaction in the administrator's name. */
  change<T>(verb: (work: Work) => Promise<T>): Promise<T>;
  read<T>(verb: (work: Work) => Promise<T>): Promise<T>;
  /** Providers that list money, as far as their settings are there. */
  listers(): Promise<Partial<Record<Provider, MoneyLister>>>;
  /** The directory against the accounts, as the worker compares it every hour. */
  reconcileAccounts(directory: Directory, dryRun: boolean): Promise<AccountReport>;
  /** What auth does for us; `by` is the administrator whom it writes down. */
  auth(): Promise<{ auth: Client; by: string }>;
  /** For what is no record: the state of the database itself. */
  readDirectly<T>(query: (pool: Database["pool"]) => Promise<T>): Promise<T>;
}

/** How an administrator names one person. */
export const whoMeans = "person's number, reference, username or email address";
