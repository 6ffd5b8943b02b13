// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Pledges: promises to give, and what a reference stands for.
import { z } from "zod";
import { operation } from "./operation.ts";
import { origin } from "./registrations.ts";
import { day, emailAddress, interval, language, line, method, money, name, reference, word } from "./shapes.ts";

const promise = {
  amount: money,
  interval,
  method,
  /** From the form: pressing the button twice makes one pledge. The same key with other content is refused. */
  key: z.uuid(),
};

const made = z.object({ reference: z.string(), amount: money, interval, method });

export const makePledge = operation({
  name: "pledges.make",
  summary: "Make a pledge for a visitor, registering them where needed",
  method: "POST",
  path: "/pledges",
  scope: "pledges:write",
  body: z.strictObject({
    ...promise,
    name,
    email: emailAddress,
    kind: z.enum(["individual", "organisation"]).default("individual"),
    language: language.default("en"),
    purposes: z.array(word).max(50).default([]),
    origin,
  }),
  answer: made,
  status: 201,
});

export const makeMyPledge = operation({
  name: "pledges.makeMine",
  summary: "Make a pledge for the person who is signed in",
  method: "POST",
  path: "/people/me/pledges",
  scope: "self:write",
  body: z.strictObject({ ...promise, origin: origin.pick({ channel: true, referrer: true }) }),
  answer: made,
  status: 201,
});

export const pledgeShape = z.object({
  reference: z.string(),
  amount: money,
  interval,
  method,
  state: z.enum(["open", "paused", "fulfilled", "ended", "lapsed"]),
  /** The day on which it is due next. */
  nextDueOn: day.nullable(),
  /** It is paid by itself: a provider renews it. */
  renews: z.boolean(),
  madeAt: z.string(),
});

export const changeMyPledge = operation({
  name: "pledges.changeMine",
  summary: "Change the amount of a pledge of the person who is signed in, end it, let it pause, or go on with it",
  method: "PATCH",
  path: "/people/me/pledges/{reference}",
  scope: "self:write",
  params: z.strictObject({ reference }),
  body: z.strictObject({ amount: money.optional(), do: z.enum(["end", "pause", "resume"]).optional() }),
  answer: pledgeShape,
});

export const admitPayment = operation({
  name: "payments.admit",
  summary: "Count an attempt to pay, and say whether it may be made",
  method: "POST",
  path: "/payments/starts",
  scope: "payments:start",
  body: z.strictObject({
    email: z.union([emailAddress, z.literal("")]),
    networkAddress: line(45).optional(),
    /** What is to be paid. */
    reference: line(140).default(""),
    /** The visitor is signed in. */
    signedIn: z.boolean().default(false),
  }),
  /** `confirm-first`: once they have followed the link that was mailed to them. */
  answer: z.object({ outcome: z.enum(["admitted", "too-many", "confirm-first"]) }),
});

export const showPayable = operation({
  name: "payables.show",
  summary: "What can be paid under a reference; nothing about the person",
  method: "GET",
  path: "/payables/{reference}",
  scope: "payments:start",
  params: z.strictObject({ reference }),
  answer: z.object({
    /** As it is written on our side. */
    reference: z.string(),
    /** `person`: a donref alone. `extra`: `<donref>Z1`. `merchandise`: `MP…`, known to the shop only. */
    kind: z.enum(["pledge", "person", "extra", "merchandise"]),
    amount: money.nullable(),
    interval: interval.nullable(),
    /** Nothing is to be paid any more: it was paid, or it was ended. */
    ended: z.boolean(),
  }),
});

export const listMyPledges = operation({
  name: "pledges.listMine",
  summary: "The pledges of the person who is signed in, newest first",
  method: "GET",
  path: "/people/me/pledges",
  scope: "self:read",
  answer: z.object({ pledges: z.array(pledgeShape) }),
});
