// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves pledges and what can be paid under a reference.
import * as api from "@cdb/api/pledges.ts";
import { makePledge, type Pledge, pledgesOf } from "../data/donations/pledge.ts";
import { getPayable, type Match } from "../data/payments/match-payment.ts";
import { register } from "../data/people/registration.ts";
import type { Offers } from "./offer.ts";

export function offerPledges(offers: Offers): void {
  offers.offer(api.makePledge, async (work, { body }) => {
    const person = await register(work, { ...body, kind: "individual", signatures: {}, confirmation: "mail" });
    const { channel, referrer } = body.origin;
    return presentMade(await makePledge(work, person, { ...body, channel, referrer }));
  });
  offers.offerOwn(api.makeMyPledge, async (work, { body }, me) =>
    presentMade(await makePledge(work, me, { ...body, ...body.origin })),
  );
  offers.offerOwn(api.listMyPledges, async (work, _, me) => {
    const pledges = await pledgesOf(work, me.id);
    return {
      pledges: pledges.map((pledge) => ({
        ...presentMade(pledge),
        state: pledge.state,
        madeAt: pledge.madeAt.toString(),
      })),
    };
  });
  offers.offer(api.showPayable, async (work, { params }) => {
    const match = await getPayable(work, params.reference);
    const { pledge, reference } = match;
    return {
      reference,
      kind: kindOf(match),
      amount: pledge?.money() ?? null,
      interval: pledge?.interval ?? null,
      ended: pledge !== undefined && pledge.state !== "open",
    };
  });
}

function presentMade(pledge: Pledge) {
  return { reference: pledge.reference, amount: pledge.money(), interval: pledge.interval, method: pledge.method };
}

function kindOf({ pledge, purpose }: Match): "pledge" | "person" | "extra" | "merchandise" {
  if (pledge) return "pledge";
  return purpose === "extra" || purpose === "merchandise" ? purpose : "person";
}
