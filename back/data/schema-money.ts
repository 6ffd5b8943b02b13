// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of money as TypeScript sees them: what was promised, told, paid, given and decided.
import type { Notice } from "@cdb/api/payments.ts";
import type { Day, Moment } from "@cdb/runtime/time.ts";
import type { Generated } from "kysely";

export interface PledgeTable {
  id: Generated<number>;
  personId: number;
  reference: string;
  key: string;
  amount: number;
  currency: string;
  interval: "once" | "monthly" | "quarterly" | "yearly";
  method: "card" | "paypal" | "transfer";
  state: Generated<"open" | "paused" | "fulfilled" | "ended" | "lapsed">;
  renewal: string | null;
  channel: string;
  referrer: Generated<string>;
  madeAt: Moment;
  firstDueOn: Day;
  nextDueOn: Day | null;
  reminders: Generated<number>;
  remindedOn: Day | null;
  version: Generated<number>;
}

/** A notice without its name and its raw words. */
export type Told = Omit<Notice, "noticeId" | "raw">;

export interface NoticeTable {
  id: Generated<number>;
  provider: string;
  noticeId: string;
  paymentReference: Generated<string>;
  raw: string;
  /** The notice in our words; null: it told nothing new. */
  told: Told | null;
  trouble: Generated<string | null>;
  receivedAt: Moment;
}

export interface PaymentTable {
  id: Generated<number>;
  provider: "stripe" | "paypal" | "hand" | "bank";
  providerReference: string;
  kind: Notice["kind"];
  amount: number;
  currency: string;
  happenedAt: Moment;
  reference: string;
  original: string | null;
  payerName: string;
  payerEmail: string;
  noticeId: number;
  registeredAt: Moment;
}

export interface DonationTable {
  id: Generated<number>;
  paymentId: number;
  personId: number | null;
  pledgeId: number | null;
  amount: number;
  currency: string;
  refunded: Generated<number>;
  disputed: Generated<number>;
  receivedOn: Day;
  reference: string;
  purpose: "donation" | "extra" | "merchandise" | "unmatched" | "other";
  decided: Generated<"person" | "score" | null>;
  /** Of a payment that was split, which of its parts. */
  part: Generated<number>;
  version: Generated<number>;
}

export interface DecisionTable {
  paymentId: number;
  number: number;
  part: number;
  amount: number;
  personId: number | null;
  pledgeId: number | null;
  reference: string;
  purpose: DonationTable["purpose"];
  decided: "person" | "score" | null;
  at: Moment;
}

export interface PayoutPartTable {
  paymentId: number;
  payoutId: number;
}

export interface PaymentStartTable {
  id: Generated<number>;
  at: Moment;
  network: string;
  addressHash: string;
  reference: Generated<string>;
  refused: Generated<boolean>;
  known: Generated<boolean>;
  declinedBy: Generated<string[]>;
  declinedAt: Moment | null;
}

export interface PaymentAttackTable {
  id: Generated<number>;
  beganAt: Moment;
  endsAt: Moment;
  why: "attempts" | "declines";
}
