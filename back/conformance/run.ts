// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Holds a live provider to the certification plans: what `cdb conformance` runs.

import { basicPlan } from "./basic-plan.ts";
import type { Metadata } from "./client.ts";
import { configPlan, wellKnown } from "./config-plan.ts";
import { fapiPlan } from "./fapi-plan.ts";
import { backChannelPlan, rpInitiatedPlan } from "./logout-plans.ts";
import { type Outcome, type Plan, runModules } from "./module.ts";
import { type Setup, Stage } from "./stage.ts";

/** By the names that `--plan` takes. */
export const plans: Record<string, Plan> = {
  config: configPlan,
  basic: basicPlan,
  "rp-initiated-logout": rpInitiatedPlan,
  "back-channel-logout": backChannelPlan,
  "fapi-2": fapiPlan,
};

/** No provider answers at the issuer's address, or the two clients are not known there; the sentence says what to do. */
export class NotReady extends Error {}

export async function runConformance(
  setup: Setup,
  chosen: string[] = Object.keys(plans),
  onDone?: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const stage = new Stage(setup, await readMetadata(setup.issuer));
  await expectClients(stage);
  return runModules(
    chosen.flatMap((name) => plans[name] ?? []),
    stage,
    onDone,
  );
}

async function readMetadata(issuer: string): Promise<Metadata> {
  const address = `${issuer.replace(/\/$/, "")}${wellKnown}`;
  const response = await fetch(address, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (response?.status !== 200)
    throw new NotReady(
      `There is no provider at ${address}: ${response ? `it answers ${response.status}` : "no answer"}.`,
    );
  const metadata: unknown = await response.json().catch(() => undefined);
  if (typeof metadata !== "object" || metadata === null) throw new NotReady(`What ${address} tells is no JSON object.`);
  return metadata as Metadata;
}

// A wrong secret or address would have every module fail, each in words of its own.
async function expectClients(stage: Stage): Promise<void> {
  const browser = await stage.signedIn().catch((error: unknown) => {
    throw new NotReady(`Signing in did not work: ${error instanceof Error ? error.message : "unknown"}.`);
  });
  for (const client of [stage.first, stage.second]) {
    const page = await browser.open((await client.beginWithPkce({ prompt: "none" })).url);
    const isKnown = page.isOutside && page.url.href.startsWith(client.redirectUri);
    if (!isKnown) throw new NotReady(`The client ${client.id} is not registered with ${client.redirectUri}.`);
  }
}
