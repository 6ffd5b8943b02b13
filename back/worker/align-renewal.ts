// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Brings what renews a pledge at its provider in line with the pledge, as it stands now; done twice, or by two at once, it is the same.
import type { RenewalProvider } from "@cdb/providers/renewal.ts";
import type { Actor } from "../data/actor.ts";
import type { Database, Work } from "../data/database.ts";
import { Pledge } from "../data/donations/pledge.ts";

const worker: Actor = { kind: "worker" };

/** Who renews pledges, by the pledge's method. */
export type RenewalProviders = Partial<Record<Pledge["method"], RenewalProvider>>;

export async function alignRenewal(database: Database, providers: RenewalProviders, pledgeId: number): Promise<void> {
  // Whoever read the pledge earlier must not reach the provider later.
  const gone = await database.alone(worker, `renewal ${pledgeId}`, (work) => align(work, providers, pledgeId));
  if (gone === undefined) return;
  // It ended at the provider: the pledge is open, but nothing pays it by itself any more.
  await database.transaction(worker, async (work) =>
    (await work.get(Pledge, pledgeId, "lock")).loseRenewal(work, gone),
  );
}

/** The renewal that is gone at the provider; undefined: nothing is. */
async function align(work: Work, providers: RenewalProviders, pledgeId: number): Promise<string | undefined> {
  const pledge = await work.get(Pledge, pledgeId);
  const { renewal } = pledge;
  const provider = providers[pledge.method];
  if (renewal === null || !provider) return undefined;
  const outcome = await provider.alignRenewal(renewal, {
    state: pledge.state === "open" || pledge.state === "paused" ? pledge.state : "ended",
    amount: pledge.money(),
  });
  return outcome === "gone" ? renewal : undefined;
}
