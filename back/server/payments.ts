// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Serves payments.
import * as api from "@cdb/api/payments.ts";
import { endRenewal } from "../data/donations/change-pledge.ts";
import { countDecline } from "../data/payments/admit-payment.ts";
import { keepForeignNotice } from "../data/payments/alarms.ts";
import { listPayments } from "../data/payments/payment.ts";
import { registerPayment } from "../data/payments/register-payment.ts";
import type { Offers } from "./offer.ts";
import { presentPayment } from "./present.ts";

export function offerPayments(offers: Offers): void {
  offers.offer(api.registerPayment, async (work, { params, body }) => ({
    outcome: await registerPayment(work, params.provider, params.providerReference, body),
  }));
  offers.offer(api.endRenewal, async (work, { params }) => {
    await endRenewal(work, params.renewal);
    return undefined;
  });
  offers.offer(api.reportDecline, async (work, { params, body }) => {
    await countDecline(work, body.reference, params.noticeId);
    return undefined;
  });
  offers.offer(api.keepForeignNotice, async (work, { params, body }) => {
    await keepForeignNotice(work, params.provider, params.noticeId, body.raw);
    return undefined;
  });
  offers.offer(api.listPayments, async (work, { query }) => ({
    payments: (await listPayments(work, query)).map(presentPayment),
  }));
}
