// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Every operation that back offers; the server refuses to start while one is not served.

import * as leaving from "./leaving.ts";
import * as links from "./links.ts";
import type { Operation } from "./operation.ts";
import * as payments from "./payments.ts";
import * as people from "./people.ts";
import * as pledges from "./pledges.ts";
import * as registrations from "./registrations.ts";
import * as selectors from "./selectors.ts";
import * as signIn from "./sign-in.ts";

const nouns: Record<string, unknown>[] = [registrations, links, pledges, payments, people, leaving, selectors, signIn];

export const operations: readonly Operation[] = nouns.flatMap((noun) => Object.values(noun).filter(isOperation));

function isOperation(value: unknown): value is Operation {
  return typeof value === "object" && value !== null && "method" in value && "path" in value && "scope" in value;
}
