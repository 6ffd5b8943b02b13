// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which table keeps what of a person, for what, on which legal ground, and how long: export, erasure and the record of processing follow it.

export type Ground = "contract" | "consent" | "legal obligation" | "legitimate interest";

export interface PersonalTable {
  /** What the data are for, in words for a reader. */
  purpose: string;
  /** GDPR article 6(1). */
  ground: Ground;
  kept: "while in contact" | "donationYears" | "until sent" | "as proof";
  /** SQL that names the person of a row … */
  person: string;
  /** … or, for a row that is somebody's by way of another table, whose rows name it under `person`: its own key. */
  key?: string;
  /** SQL that names another person of the row, where it is about two. */
  otherPerson?: string;
  /** Columns that tell of the person. */
  personal: readonly string[];
  /** Columns that do not: numbers, states, days, our own words. */
  plain: readonly string[];
}

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

export const personalTables: Record<string, PersonalTable> = {
  person: {
    purpose: "know who somebody is and how to reach them",
    ground: "contract",
    kept: "while in contact",
    person: "id",
    personal: [
      "uuid",
      "name",
      "email",
      "secondary_email",
      "language",
      "birthday",
      "address_lines",
      "postcode",
      "city",
      "region",
      "country",
    ],
    plain: ["id", "kind", "registration", "merged_into", "registered_at", "confirmed_at", "signed_out_at", "version"],
  },
  role: {
    purpose: "know who works with us, in which team",
    ground: "contract",
    kept: "while in contact",
    person: "person_id",
    personal: ["team", "message"],
    plain: ["id", "person_id", "name", "state", "requested_at", "decided_at", "version"],
  },
  consent: {
    purpose: "prove what somebody agreed to",
    ground: "consent",
    kept: "as proof",
    person: "person_id",
    personal: ["network"],
    plain: [
      "id",
      "person_id",
      "purpose",
      "fact",
      "wording",
      "wording_language",
      "wording_version",
      "wording_hash",
      "channel",
      "actor",
      "request_id",
      "message_id",
      "at",
    ],
  },
  signature: {
    purpose: "count a signature under a campaign",
    ground: "consent",
    kept: "while in contact",
    person: "person_id",
    personal: ["campaign", "signed_on"],
    plain: ["id", "person_id", "channel", "requested_at", "confirmed_at"],
  },
  account: {
    purpose: "open the organisation's services",
    ground: "contract",
    kept: "while in contact",
    person: "person_id",
    personal: ["username", "former_usernames", "entry_id"],
    plain: [
      "id",
      "person_id",
      "state",
      "opened_at",
      "by_hand",
      "unentitled_since",
      "paused_by",
      "desired_version",
      "written_version",
      "version",
    ],
  },
  sign_in_event: {
    purpose: "let people see who signs in as them, and tell them of what they did not do",
    ground: "legitimate interest",
    kept: "while in contact",
    person: "person_id",
    personal: ["client", "session", "network", "browser", "detail"],
    plain: ["id", "key", "person_id", "kind", "at", "times", "network_is_full"],
  },
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
  person_stats: {
    purpose: "pick people by what they gave and agreed to",
    ground: "legitimate interest",
    kept: "while in contact",
    person: "person_id",
    personal: ["language", "country", "granted", "given_on", "given_total"],
    plain: ["person_id", "kind", "registration", "donations", "donated", "first_donation_on", "last_donation_on"],
  },
  message: {
    purpose: "know what was written to somebody",
    ground: "legitimate interest",
    kept: "while in contact",
    person: "person_id",
    personal: ["recipient", "fields", "secrets", "subject", "body", "message_id", "reason"],
    plain: [
      "id",
      "person_id",
      "mail",
      "language",
      "link_id",
      "donation_id",
      "state",
      "attempts",
      "queued_at",
      "handed_over_at",
      "sent_at",
      "bounced_at",
      "bounced_as",
      "version",
    ],
  },
  bounce: {
    purpose: "know which mails did not arrive, and whom not to write to",
    ground: "legitimate interest",
    kept: "while in contact",
    person: "person_id",
    personal: ["status", "reason", "address"],
    plain: ["id", "key", "kind", "person_id", "mailing_id", "message_id", "half_points", "came_at"],
  },
  address_trouble: {
    purpose: "know which mails did not arrive, and whom not to write to",
    ground: "legitimate interest",
    kept: "while in contact",
    person: "person_id",
    personal: ["address", "half_points", "counted_on", "silent_since"],
    plain: ["id", "person_id", "version"],
  },
  mailing_recipient: {
    purpose: "send what somebody agreed to, once, and prove by which consent",
    ground: "consent",
    kept: "while in contact",
    person: "person_id",
    personal: ["domain", "reason"],
    plain: [
      "mailing_id",
      "person_id",
      "position",
      "consent_id",
      "link_id",
      "language",
      "state",
      "attempts",
      "claimed_until",
      "not_before",
      "handed_over_at",
      "settled_at",
      "bounced_at",
      "bounced_as",
    ],
  },
  signed_link: {
    purpose: "carry out what a link in a mail prepares",
    ground: "contract",
    kept: "while in contact",
    person: "person_id",
    personal: ["details"],
    plain: ["id", "person_id", "command", "made_at", "expires_at", "uses_left", "followed_at", "version"],
  },
  history: {
    purpose: "know who changed what",
    ground: "legitimate interest",
    kept: "as proof",
    person: "person_id",
    personal: [],
    plain: ["id", "at", "actor", "person_id", "record", "record_id", "verb", "reason", "detail_hash", "hash"],
  },
  history_detail: {
    purpose: "know from what to what a record was changed",
    ground: "legitimate interest",
    kept: "while in contact",
    key: "history_id",
    person: "select h.id from history h where h.person_id",
    personal: ["changes"],
    plain: ["history_id", "salt"],
  },
  erasure: {
    purpose: "carry out and prove an erasure",
    ground: "legal obligation",
    kept: "as proof",
    person: "person_id",
    personal: [],
    plain: ["id", "person_id", "requested_at", "due_at", "cancelled_at", "carried_out_at", "certificate", "version"],
  },
  duplicate: {
    purpose: "find out who is entered twice",
    ground: "legitimate interest",
    kept: "while in contact",
    person: "person_id",
    otherPerson: "other_id",
    personal: ["score", "reasons"],
    plain: ["person_id", "other_id", "found_at", "decided", "decided_at", "decided_by"],
  },
  merge: {
    purpose: "take back that two records became one",
    ground: "legitimate interest",
    kept: "while in contact",
    person: "kept_id",
    otherPerson: "gone_id",
    personal: ["journal", "reason"],
    plain: ["id", "kept_id", "gone_id", "merged_at", "merged_by", "unmerged_at", "version"],
  },
};

/** Tables that tell of nobody, with the reason. */
export const otherTables: Record<string, string> = {
  migration: "our own files",
  mailing: "our own texts: who gets one stands in mailing_recipient",
  mailing_text: "our own texts",
  ended_grant: "hashes of grants whose tokens count no more, for a day",
  statement: "the bank's own numbers and our balances",
  statement_entry: "what went out and payouts, which the books need; of money that came only numbers and days",
  statement_identity: "hashes by which a line of a statement is known again",
  payout_part: "which of the payments went to our bank together",
  payment_attack: "times in which somebody tested cards, without a word of who",
  payment_start:
    "attempts to pay, counted for a day: a network, shortened, the hash of an address, and what was to be paid",
  suppression: "a keyed hash, which says nothing without the address",
  retired_username: "a keyed hash, which says nothing without the username; kept so that nobody gets another's mail",
};

/** Who else gets data, for the export and the record of processing. */
export const recipients: readonly string[] = [
  "Stripe (payments by card)",
  "PayPal (payments by PayPal)",
  "the organisation's bank (transfers)",
  "the organisation's mail server",
  "the organisation's directory server (accounts)",
];
