// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves people who take their data away or leave.
import * as api from "@cdb/api/leaving.ts";
import { cancelErasure, findPlannedErasure, planErasure, requestErasure } from "../data/people/erasure.ts";
import { exportPerson } from "../data/people/export.ts";
import { requireFreshSignIn } from "./access.ts";
import type { Offers } from "./offer.ts";

export function offerLeaving(offers: Offers): void {
  offers.offerOwn(api.exportMe, (work, _, me) => exportPerson(work, me));
  offers.offerOwn(api.showMyErasure, async (work, _, me) => {
    const { dueAt, goes, stays } = await planErasure(work, me);
    const planned = await findPlannedErasure(work, me.id);
    return {
      planned: planned?.dueAt.toString() ?? null,
      dueAt: dueAt.toString(),
      goes,
      stays: stays && { what: stays.what, until: stays.until.toString() },
    };
  });
  offers.offerOwn(api.requestMyErasure, async (work, _, me, caller) => {
    requireFreshSignIn(caller);
    await requestErasure(work, me);
    return undefined;
  });
  offers.offerOwn(api.cancelMyErasure, async (work, _, me) => {
    await cancelErasure(work, me);
    return undefined;
  });
}
