// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Payments: money that moved at a bank or provider, told by notices.
import { z } from "zod";
import { operation } from "./operation.ts";
import { emailAddress, line, moment, money, personId } from "./shapes.ts";

export const provider = z.enum(["stripe", "paypal", "hand", "bank"]);
export type Provider = z.infer<typeof provider>;
const providerReference = z.string().regex(/^[A-Za-z0-9_.:-]{1,120}$/);

/**
 * `disputed`: a donor's bank took it back; `reinstated`: the dispute was won, or the refund of this name did not arrive. `fee`: what the provider kept, `fee-returned`: and gave back
 * after all. `payout`: sent to our bank, where it has `arrived` days later; `payout-returned`: the bank did not take it.
 */
const kinds = z.enum([
  "received",
  "refunded",
  "failed",
  "disputed",
  "reinstated",
  "fee",
  "fee-returned",
  "payout",
  "payout-returned",
  "arrived",
]);

const noticeId = z.string().regex(/^[A-Za-z0-9_.:-]{1,120}$/);
/** A notice as it was told, kept as evidence. */
const raw = z
  .string()
  .max(200_000)
  .refine((text) => !text.includes("\0"), "must not contain NUL")
  .refine((text) => text.isWellFormed(), "must be well-formed Unicode");

/** What a provider tells us, in our words. */
export const notice = z.strictObject({
  /** The provider's own number for the notice: told twice, it acts once. */
  noticeId,
  kind: kinds,
  amount: money,
  /** What the provider kept of it, where that is told at once; else it comes as a `fee` of its own. */
  fee: money.optional(),
  happenedAt: moment,
  /** Our reference as it came; empty when there was none. */
  reference: line(140),
  payer: z.strictObject({ name: line(300), email: z.union([emailAddress, z.literal("")]) }),
  /** For a refund or a dispute: the provider's reference of the payment that is given back; for a fee: of what it was kept from. */
  original: line(120).optional(),
  /** The provider's name for a pledge that renews by itself, e.g. Stripe's subscription. */
  renewal: line(120).optional(),
  raw,
});
export type Notice = z.infer<typeof notice>;

export const registerPayment = operation({
  name: "payments.register",
  summary: "Report what a provider announced about one payment; safe to repeat",
  method: "PUT",
  path: "/payments/{provider}/{providerReference}",
  scope: "payments:register",
  params: z.strictObject({ provider, providerReference }),
  body: notice,
  answer: z.object({ outcome: z.enum(["registered", "known-already"]) }),
});

export const endRenewal = operation({
  name: "payments.endRenewal",
  summary: "Report that a provider takes no more for a pledge that it renewed; safe to repeat",
  method: "PUT",
  path: "/payments/{provider}/renewals/{renewal}/end",
  scope: "payments:register",
  params: z.strictObject({ provider, renewal: providerReference }),
  body: z.strictObject({}),
});

export const reportDecline = operation({
  name: "payments.reportDecline",
  summary: "Report that a card's bank declined an attempt to pay; nothing is booked; safe to repeat",
  method: "PUT",
  path: "/payments/{provider}/declines/{noticeId}",
  scope: "payments:register",
  params: z.strictObject({ provider, noticeId }),
  body: z.strictObject({ /** What was to be paid; empty: not told. */ reference: line(140) }),
});

export const keepForeignNotice = operation({
  name: "payments.keepForeignNotice",
  summary:
    "Keep a genuine notice about money of an account that is not ours: an alarm, nothing is booked; safe to repeat",
  method: "PUT",
  path: "/payments/{provider}/foreign-notices/{noticeId}",
  scope: "payments:register",
  params: z.strictObject({ provider, noticeId }),
  body: z.strictObject({ raw }),
});

export const paymentShape = z.object({
  id: z.number().int(),
  provider,
  providerReference: z.string(),
  kind: kinds,
  amount: money,
  happenedAt: z.string(),
  reference: z.string(),
  person: personId.nullable(),
});

export const listPayments = operation({
  name: "payments.list",
  summary: "Payments, newest first",
  method: "GET",
  path: "/payments",
  scope: "payments:read",
  query: z.strictObject({
    before: z.coerce.number().int().optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  answer: z.object({ payments: z.array(paymentShape) }),
});
