// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which table of money keeps what of a person, for what, and how long: the law keeps most of it.
import type { PersonalTable } from "./personal-table.ts";

// Payments that became somebody's donations, what was given back of them, and what was tried under a reference of theirs.
const theirPayments = `(select payment_id, person_id from donation
    union all select back.id, person_id from donation join payment on payment.id = payment_id
      join payment back on back.provider = payment.provider and back.original = payment.provider_reference
    union all select payment.id, person_id from pledge join payment on payment.reference = pledge.reference) theirs`;

/** SQL for the payments of the person that a condition put behind it names. */
export const paymentsOf = `select payment_id from ${theirPayments} where person_id`;

/** The same for what was told of those payments, each time. */
export const noticesOf = `select notice.id from ${theirPayments} join payment on payment.id = payment_id
  join notice on notice.provider = payment.provider and notice.payment_reference = payment.provider_reference where person_id`;

export const moneyTables: Record<string, PersonalTable> = {
  pledge: {
    purpose: "know what was promised",
    ground: "contract",
    kept: "donationYears",
    person: "person_id",
    personal: ["referrer"],
    plain: [
      "id",
      "person_id",
      "reference",
      "key",
      "amount",
      "currency",
      "interval",
      "method",
      "state",
      "renewal",
      "channel",
      "made_at",
      "first_due_on",
      "next_due_on",
      "reminders",
      "reminded_on",
      "version",
    ],
  },
  notice: {
    purpose: "prove what a payment provider told",
    ground: "legal obligation",
    kept: "donationYears",
    key: "id",
    person: noticesOf,
    personal: ["raw", "told"],
    plain: ["id", "provider", "notice_id", "payment_reference", "received_at", "trouble"],
  },
  payment: {
    purpose: "keep the books",
    ground: "legal obligation",
    kept: "donationYears",
    key: "id",
    person: paymentsOf,
    personal: ["payer_name", "payer_email"],
    plain: [
      "id",
      "provider",
      "provider_reference",
      "kind",
      "amount",
      "currency",
      "happened_at",
      "reference",
      "original",
      "notice_id",
      "registered_at",
    ],
  },
  donation: {
    purpose: "keep the books and issue receipts",
    ground: "legal obligation",
    kept: "donationYears",
    person: "person_id",
    personal: [],
    plain: [
      "id",
      "payment_id",
      "person_id",
      "pledge_id",
      "amount",
      "currency",
      "refunded",
      "disputed",
      "decided",
      "received_on",
      "reference",
      "purpose",
      "part",
      "version",
    ],
  },
  decision: {
    purpose: "keep the books: whose a payment is that named nobody",
    ground: "legal obligation",
    kept: "donationYears",
    person: "person_id",
    personal: [],
    plain: [
      "payment_id",
      "number",
      "part",
      "amount",
      "person_id",
      "pledge_id",
      "reference",
      "purpose",
      "decided",
      "at",
    ],
  },
};
