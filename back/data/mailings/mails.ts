// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Every mail that the system writes to one person: why, which fields its template may use, and which of them are secret.
import { mailsOfSigningIn } from "./mails-of-signing-in.ts";

export interface Mail {
  purpose: string;
  fields: readonly string[];
  /** Blanked once the mail is sent. */
  secrets: readonly string[];
  /** The template may use {link}: made from the message's signed link when the mail is sent. */
  link: boolean;
}

export const mails = {
  ...mailsOfSigningIn,
  "confirm-registration": {
    purpose: "confirm a registration and what was asked for with it",
    fields: ["name"],
    secrets: [],
    link: true,
  },
  "registered-already": {
    purpose: "tell a known address that it was entered again",
    fields: ["name"],
    secrets: [],
    link: false,
  },
  "confirm-email-change": {
    purpose: "confirm a new email address, written to the new one",
    fields: ["name", "newEmail"],
    secrets: [],
    link: true,
  },
  "confirm-secondary-email": {
    purpose: "confirm a second email address, written to it",
    fields: ["name", "newEmail"],
    secrets: [],
    link: true,
  },
  "secondary-email-added": {
    purpose: "tell the first address that there is a second",
    fields: ["name", "newEmail"],
    secrets: [],
    link: false,
  },
  "address-silent": {
    purpose: "ask at the second address whether it is to take the place of the first, which does not answer",
    fields: ["name", "email"],
    secrets: [],
    link: true,
  },
  "check-address": {
    purpose: "find out whether an address answers again, when its person says so",
    fields: ["name"],
    secrets: [],
    link: true,
  },
  "sender-trouble": {
    purpose: "tell our own desk that mail servers refuse us",
    fields: ["count", "troubles"],
    secrets: [],
    link: false,
  },
  "keep-alive": {
    purpose: "ask whether somebody wants to stay before their contact data go",
    fields: ["name"],
    secrets: [],
    link: true,
  },
  "new-amount": {
    purpose: "ask a donor whether a pledge may change its amount",
    fields: ["name", "reference", "amount", "newAmount"],
    secrets: [],
    link: true,
  },
  "volunteer-waits": {
    purpose: "tell the coordinators that somebody wants to volunteer",
    fields: ["name", "number", "team", "message"],
    secrets: [],
    link: false,
  },
  "volunteer-approved": {
    purpose: "welcome a volunteer",
    fields: ["name", "team"],
    secrets: [],
    link: false,
  },
  "volunteer-refused": {
    purpose: "tell somebody that we have no place for them at the moment",
    fields: ["name"],
    secrets: [],
    link: false,
  },
  "account-opened": {
    purpose: "tell of a new username and the address that comes with it",
    fields: ["name", "username", "address"],
    secrets: [],
    link: false,
  },
  "account-renamed": {
    purpose: "tell that a username was changed",
    fields: ["name", "username", "address"],
    secrets: [],
    link: false,
  },
  "account-paused": {
    purpose: "tell that an account is paused",
    fields: ["name", "username", "address"],
    secrets: [],
    link: false,
  },
  "account-reopened": {
    purpose: "tell that an account is open again",
    fields: ["name", "username", "address"],
    secrets: [],
    link: false,
  },
  "account-closed": {
    purpose: "tell that an account is closed",
    fields: ["name", "username", "address"],
    secrets: [],
    link: false,
  },
  "access-waits": {
    purpose: "tell those who decide that somebody asks to be in a group",
    fields: ["name", "group"],
    // Another person's words: they are not to stay with whoever got the mail.
    secrets: ["applicant", "message"],
    link: false,
  },
  "access-approved": {
    purpose: "tell somebody that they are in a group now",
    fields: ["name", "group", "services"],
    secrets: [],
    link: false,
  },
  "access-refused": {
    purpose: "tell somebody that they do not get into a group",
    fields: ["name", "group"],
    secrets: [],
    link: false,
  },
  "email-change-taken": {
    purpose: "tell a known address that somebody wanted to change to it",
    fields: [],
    secrets: [],
    link: false,
  },
  "email-changed": {
    purpose: "tell the old address of the change, with a link that takes it back",
    fields: ["name", "newEmail"],
    secrets: [],
    link: true,
  },
  "erasure-planned": {
    purpose: "say when the data go and how to take it back",
    fields: ["name", "day"],
    secrets: [],
    link: true,
  },
  "erasure-done": {
    purpose: "certify that the data are gone and what stays until when",
    fields: ["name", "kept"],
    secrets: [],
    link: false,
  },
  "how-to-pay": {
    purpose: "say how to pay a pledge by bank transfer",
    fields: ["name", "amount", "reference", "holder", "iban", "bic", "bank", "interval", "epc"],
    secrets: [],
    link: true,
  },
  "payment-reminder": {
    purpose: "remind of pledges that are due",
    fields: ["name", "pledges", "reference", "holder", "iban", "bic"],
    secrets: [],
    link: true,
  },
  "charge-failed": {
    purpose: "say that a payment did not work, and how to put it right",
    fields: ["name", "amount", "reference"],
    secrets: [],
    link: true,
  },
  "year-thanks": {
    purpose: "thank for a year of renewed donations",
    fields: ["name", "year", "amount", "count"],
    secrets: [],
    link: false,
  },
  "thank-you": {
    purpose: "thank for a donation",
    fields: ["name", "amount", "day", "reference"],
    secrets: [],
    link: false,
  },
  "too-many-payments": {
    purpose: "tell the desk that somebody may be testing stolen cards",
    fields: ["attempts", "declines", "minutes"],
    secrets: [],
    link: false,
  },
  alarms: {
    purpose: "tell the desk of what does not fit the books",
    fields: ["count", "alarms"],
    secrets: [],
    link: false,
  },
  "books-differ": {
    purpose: "tell the desk of payments that a provider lists otherwise than our books",
    fields: ["provider", "names"],
    secrets: [],
    link: false,
  },
  "desk-payment": {
    purpose: "tell the desk that an order was paid",
    fields: ["amount", "day", "reference", "payerName", "payerEmail"],
    secrets: [],
    link: false,
  },
} as const satisfies Record<string, Mail>;

export type MailName = keyof typeof mails;
