// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The operation on second factors: for who has lost theirs, and the recovery codes too.
import { resetSecondFactor } from "@cdb/api/second-factor.ts";
import type { Events } from "../events.ts";
import type { Factors } from "../factors/factors.ts";
import type { ManageOffers } from "./offer.ts";

export function offerSecondFactor(offers: ManageOffers, factors: Factors, events: Events): void {
  offers.offer(resetSecondFactor, async ({ params: { uuid }, query: { by } }) => {
    const removed = await factors.reset(uuid);
    if (removed > 0) await events.record({ uuid, kind: "factors-reset", detail: `by ${by}` });
    return { removed };
  });
}
