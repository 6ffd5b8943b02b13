// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The doctor's look at whether auth takes our orders, and since when its keys have signed.
import { listKeys } from "@cdb/api/keys.ts";
import { ProblemError } from "@cdb/api/problems.ts";
import type { Desk } from "../desk.ts";
import { type Check, type Outcome, ok, skipped, wrong } from "./check.ts";

export function managementChecks(desk: Desk): Check[] {
  return [{ about: "auth takes our orders", look: () => giveOrder(desk) }];
}

async function giveOrder(desk: Desk): Promise<Outcome> {
  for (const name of ["AUTH_URL", "BACK_CLIENT_SECRET"])
    if (!desk.environment()[name]) return skipped(`${name} is not set.`);
  try {
    const { keys } = await (await desk.auth()).auth.call(listKeys);
    const since = keys.find(({ state }) => state === "active")?.activatedAt?.slice(0, 10);
    return ok(`its keys sign since ${since}`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return wrong(error.problem.detail ?? error.problem.title);
  }
}
