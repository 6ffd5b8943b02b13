// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// People: their own data for themselves, and everybody's for staff.
import { z } from "zod";
import { operation } from "./operation.ts";
import { day, emailAddress, language, line, money, name, personId, postalAddress, word } from "./shapes.ts";

export const donationShape = z.object({
  id: z.number().int(),
  amount: money,
  receivedOn: z.string(),
  reference: z.string(),
  state: z.enum(["received", "refunded", "disputed"]),
  provider: z.string(),
});

export const consentState = z.object({
  purpose: z.string(),
  granted: z.boolean(),
  /** When and by which page it came to be so; null when never asked. */
  since: z.string().nullable(),
  channel: z.string().nullable(),
  wording: z.string().nullable(),
});

export const personShape = z.object({
  id: personId,
  uuid: z.uuid(),
  kind: z.enum(["individual", "organisation"]),
  registration: z.enum(["unconfirmed", "confirmed", "blocked", "erased", "merged"]),
  name: z.string(),
  email: z.string(),
  secondaryEmail: z.string().nullable(),
  language: z.string(),
  birthday: day.nullable(),
  postalAddress: postalAddress,
  donref: z.string(),
  username: z.string().nullable(),
  registeredAt: z.string(),
  version: z.number().int(),
});
export type PersonShape = z.infer<typeof personShape>;

export const showMe = operation({
  name: "people.showMe",
  summary: "The person who is signed in, with consents and the last 20 donations",
  method: "GET",
  path: "/people/me",
  scope: "self:read",
  answer: personShape.extend({
    consents: z.array(consentState),
    donations: z.array(donationShape),
    /** Of their addresses, those from which mails come back, so that nobody writes there any more. */
    silentAddresses: z.array(z.string()),
  }),
});

export const changeMe = operation({
  name: "people.changeMe",
  summary: "Change name, language, birthday or postal address of the person who is signed in",
  method: "PATCH",
  path: "/people/me",
  scope: "self:write",
  body: z.strictObject({
    name: name.optional(),
    language: language.optional(),
    postalAddress: postalAddress.optional(),
    /** `null` takes it back. */
    birthday: day.nullable().optional(),
    /** The version that was shown: a change made meanwhile elsewhere is refused with `changed-meanwhile`. */
    version: z.number().int().min(1),
  }),
  answer: personShape,
});

export const requestEmailChange = operation({
  name: "people.requestEmailChange",
  summary: "Ask for another email address: a mail to the new one confirms it. Needs a sign-in of the last 10 minutes",
  method: "POST",
  path: "/people/me/email-changes",
  scope: "self:write",
  body: z.strictObject({ email: emailAddress, which: z.enum(["primary", "secondary"]).default("primary") }),
});

export const checkMyAddress = operation({
  name: "people.checkMyAddress",
  summary: "Have a mail sent to an address that fell silent: its link proves that it answers. At most one an hour",
  method: "POST",
  path: "/people/me/address-checks",
  scope: "self:write",
  body: z.strictObject({ which: z.enum(["primary", "secondary"]).default("primary") }),
});

export const removeMySecondaryEmail = operation({
  name: "people.removeMySecondaryEmail",
  summary: "Forget the second email address of the person who is signed in",
  method: "DELETE",
  path: "/people/me/secondary-email",
  scope: "self:write",
});

export const setMyConsent = operation({
  name: "people.setMyConsent",
  summary: "Grant or withdraw consent for one purpose",
  method: "PUT",
  path: "/people/me/consents/{purpose}",
  scope: "self:write",
  params: z.strictObject({ purpose: word }),
  body: z.strictObject({ granted: z.boolean(), channel: line(200), networkAddress: line(45).optional() }),
  answer: consentState,
});

export const listMyConsentFacts = operation({
  name: "people.listMyConsentFacts",
  summary:
    "Everything the person who is signed in asked for, granted, withdrew and signed, with the wording, newest first",
  method: "GET",
  path: "/people/me/consents",
  scope: "self:read",
  answer: z.object({
    facts: z.array(
      z.object({
        purpose: z.string(),
        fact: z.enum(["requested", "granted", "withdrawn"]),
        at: z.string(),
        channel: z.string(),
        /** Shortened. */
        network: z.string().nullable(),
        wording: z.string(),
        wordingLanguage: z.string(),
        wordingVersion: z.number().int(),
        wordingHash: z.string(),
      }),
    ),
    /** Campaigns signed, with the day; confirmed or not yet. */
    signatures: z.array(z.object({ campaign: z.string(), signedOn: day, confirmed: z.boolean() })),
  }),
});

/** A donation with its trail: what became of it. */
export const myDonationShape = donationShape.extend({
  bookedAt: z.string(),
  /** When the thank-you was sent; null: none, or it has not gone yet. */
  thankedAt: z.string().nullable(),
  /** What went back of it or came again, oldest first. */
  changes: z.array(z.object({ kind: z.enum(["refunded", "disputed", "reinstated"]), amount: money, on: day })),
});

export const listMyDonations = operation({
  name: "people.listMyDonations",
  summary: "Donations of the person who is signed in, newest first, 100 at a time",
  method: "GET",
  path: "/people/me/donations",
  scope: "self:read",
  query: z.strictObject({ before: z.coerce.number().int().optional() }),
  answer: z.object({ donations: z.array(myDonationShape), more: z.boolean() }),
});

/** `t12` for a mail to one person, `m3` for a mailing. */
const mailKey = z.string().regex(/^[tm]\d{1,15}$/);

/** Why a mail did not reach its person. */
export const mailTroubles = [
  ...(["user-unknown", "domain-unknown", "mailbox-closed", "mailbox-full", "no-answer"] as const),
  ...(["spam", "policy", "content", "complaint", "silent", "too-late", "other"] as const),
] as const;

export const listMyMessages = operation({
  name: "people.listMyMessages",
  summary: "Mails to the person who is signed in, mailings too, newest first, 100 at a time",
  method: "GET",
  path: "/people/me/messages",
  scope: "self:read",
  query: z.strictObject({ before: mailKey.optional() }),
  answer: z.object({
    messages: z.array(
      z.object({
        key: z.string(),
        mail: z.string(),
        subject: z.string(),
        text: z.string(),
        state: z.string(),
        queuedAt: z.string(),
        sentAt: z.string().nullable(),
        /** Empty for a mailing. */
        recipient: z.string(),
        /** Sent, and came back, or was taken for spam. */
        returnedAt: z.string().nullable(),
        /** Why it came back or was refused; null: it was not. */
        trouble: z.enum(mailTroubles).nullable(),
        /** What went to many: the consent that it rests on, and the last part of its web view's address. */
        mailing: z.object({ purpose: z.string(), consentedAt: z.string(), webName: z.string() }).nullable(),
      }),
    ),
    more: z.boolean(),
  }),
});

export const listMyHistory = operation({
  name: "people.listMyHistory",
  summary: "Who did what to the data of the person who is signed in, and who of the staff looked at them, newest first",
  method: "GET",
  path: "/people/me/history",
  scope: "self:read",
  answer: z.object({
    entries: z.array(
      z.object({
        at: z.string(),
        actor: z.enum(["you", "person", "program", "administrator", "worker"]),
        record: z.string(),
        verb: z.string(),
      }),
    ),
  }),
});

export const signOutEverywhere = operation({
  name: "people.signOutEverywhere",
  summary: "Refuse every token issued before now",
  method: "POST",
  path: "/people/me/sign-outs",
  scope: "self:write",
});

export const findPeople = operation({
  name: "people.find",
  summary: "People whose name, email address, reference or username contains a text of at least 3 letters",
  method: "GET",
  path: "/people",
  scope: "people:read",
  query: z.strictObject({ text: line(200).min(3), limit: z.coerce.number().int().min(1).max(200).default(50) }),
  answer: z.object({ people: z.array(personShape) }),
});

export const showPerson = operation({
  name: "people.show",
  summary: "One person",
  method: "GET",
  path: "/people/{id}",
  scope: "people:read",
  params: z.strictObject({ id: personId }),
  answer: personShape.extend({ consents: z.array(consentState), donations: z.array(donationShape) }),
});

export const historyEntry = z.object({
  id: z.number().int(),
  at: z.string(),
  actor: z.string(),
  record: z.string(),
  recordId: z.string(),
  verb: z.string(),
  changes: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
});

export const showHistory = operation({
  name: "people.showHistory",
  summary: "What was done to one person's records, newest first",
  method: "GET",
  path: "/people/{id}/history",
  scope: "people:read",
  params: z.strictObject({ id: personId }),
  answer: z.object({ entries: z.array(historyEntry) }),
});
