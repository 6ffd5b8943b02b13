// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Every operation that back and auth offer; each refuses to start while one of its own is not served.

import * as accounts from "./accounts.ts";
import * as bounces from "./bounces.ts";
import * as clients from "./clients.ts";
import * as keys from "./keys.ts";
import * as leaving from "./leaving.ts";
import * as links from "./links.ts";
import * as mailings from "./mailings.ts";
import * as news from "./news.ts";
import type { Operation } from "./operation.ts";
import * as payments from "./payments.ts";
import * as people from "./people.ts";
import * as pledges from "./pledges.ts";
import * as registrations from "./registrations.ts";
import * as resources from "./resources.ts";
import * as secondFactor from "./second-factor.ts";
import * as selectors from "./selectors.ts";
import * as signIn from "./sign-in.ts";
import * as signIns from "./sign-ins.ts";

const nouns: Record<string, unknown>[] = [
  registrations,
  links,
  pledges,
  payments,
  people,
  leaving,
  selectors,
  mailings,
  news,
  bounces,
  signIn,
  accounts,
];

export const operations: readonly Operation[] = operationsOf(nouns);

const nounsOfAuth: Record<string, unknown>[] = [keys, clients, resources, secondFactor, signIns];

/** What auth itself offers, to back alone. */
export const authOperations: readonly Operation[] = operationsOf(nounsOfAuth);

function operationsOf(modules: Record<string, unknown>[]): Operation[] {
  return modules.flatMap((noun) => Object.values(noun).filter(isOperation));
}

function isOperation(value: unknown): value is Operation {
  return typeof value === "object" && value !== null && "method" in value && "path" in value && "scope" in value;
}
