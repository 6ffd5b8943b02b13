// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Good calls of what front reports of payments, with every field that they take.
import { randomUUID } from "node:crypto";
import type { Call } from "./mailing-calls.ts";
import { aNotice } from "./make.ts";

/** `donref`: of somebody with two pledges; `newAddress`: nobody has it yet. */
export function paymentCalls(donref: () => string, newAddress: () => string): Record<string, () => Call> {
  return {
    "payments.register": () => ({
      params: { provider: "stripe", providerReference: `pi_${randomUUID()}` },
      body: {
        ...aNotice({ reference: `${donref()}P2` }),
        fee: { amount: 63, currency: "EUR" },
        original: "pi_0",
        renewal: "sub_0",
      },
    }),
    "payments.endRenewal": () => ({ params: { provider: "stripe", renewal: "sub_0" }, body: {} }),
    "payments.reportDecline": () => ({
      params: { provider: "stripe", noticeId: "evt_0" },
      body: { reference: "EX10018P1" },
    }),
    "payments.keepForeignNotice": () => ({
      params: { provider: "stripe", noticeId: randomUUID() },
      body: { raw: "{}" },
    }),
    "payments.admit": () => ({
      body: { email: newAddress(), networkAddress: "203.0.113.9", reference: "EX10018P1", signedIn: false },
    }),
    "payments.list": () => ({ query: { before: "1000", limit: "5" } }),
  };
}
