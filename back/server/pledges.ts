// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves pledges and what can be paid under a reference.
import * as api from "@cdb/api/pledges.ts";
import { changePledge, endPledge, pausePledge, resumePledge } from "../data/donations/change-pledge.ts";
import { getOwnPledge, makePledge, type Pledge, pledgesOf } from "../data/donations/pledge.ts";
import { admitPayment } from "../data/payments/admit-payment.ts";
import { getPayable, type Match } from "../data/payments/match-payment.ts";
import { register } from "../data/people/registration.ts";
import type { Offers } from "./offer.ts";

export function offerPledges(offers: Offers): void {
  offers.offer(api.makePledge, async (work, { body }) => {
    const person = await register(work, { ...body, signatures: {}, confirmation: "mail" });
    const { channel, referrer } = body.origin;
    return presentMade(await makePledge(work, person, { ...body, channel, referrer }));
  });
  offers.offerOwn(api.makeMyPledge, async (work, { body }, me) =>
    presentMade(await makePledge(work, me, { ...body, ...body.origin })),
  );
  offers.offerOwn(api.listMyPledges, async (work, _, me) => {
    return { pledges: (await pledgesOf(work, me.id)).map(presentPledge) };
  });
  offers.offerOwn(api.changeMyPledge, async (work, { params, body }, me) => {
    const pledge = await getOwnPledge(work, me, params.reference);
    if (body.amount) changePledge(work, pledge, body.amount);
    if (body.do) verbs[body.do](work, pledge);
    return presentPledge(pledge);
  });
  offers.offer(api.admitPayment, async (work, { body }) => ({ outcome: await admitPayment(work, body) }));
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

const verbs = { end: endPledge, pause: pausePledge, resume: resumePledge };

function presentPledge(pledge: Pledge) {
  return {
    ...presentMade(pledge),
    state: pledge.state,
    madeAt: pledge.madeAt.toString(),
    nextDueOn: pledge.nextDueOn?.toString() ?? null,
    renews: pledge.renewal !== null,
  };
}

function presentMade(pledge: Pledge) {
  return { reference: pledge.reference, amount: pledge.money(), interval: pledge.interval, method: pledge.method };
}

function kindOf({ pledge, purpose }: Match): "pledge" | "person" | "extra" | "merchandise" {
  if (pledge) return "pledge";
  return purpose === "extra" || purpose === "merchandise" ? purpose : "person";
}
