// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mailings: written by one of the staff, approved by another, sent to everybody who agreed. Whoever approves or sends needs
// mailings:write as well, to see what it is; who asks for fields of people by a selector, the scopes of those.
import { z } from "zod";
import { operation } from "./operation.ts";
import { emailAddress, language, line, moment, personId, text, word } from "./shapes.ts";

const id = z.coerce.number().int().min(1).max(2_147_483_647);
const params = z.strictObject({ id });
const count = z.number().int();
const state = z.enum(["draft", "approved", "scheduled", "sending", "paused", "stopped", "sent"]);
const recipientState = z.enum(["waiting", "handed-over", "accepted", "refused", "unknown", "left-out"]);

const wish = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{1,79}$/, "must be small letters, digits and dashes"),
  /** Who has not agreed to it gets nothing. */
  purpose: word,
  /** Of those who agreed; empty: all of them. */
  selector: z.string().max(4000),
  replyTo: z.union([emailAddress, z.literal("")]),
  public: z.boolean(),
});

const written = z.strictObject({ subject: line(200).min(1), body: text(100_000).min(1) });

const audience = z.object({
  picked: count,
  gets: count,
  languages: z.record(z.string(), count),
  /** By reason: unconfirmed, blocked, not-agreed, no-address, no-text. */
  leftOut: z.record(z.string(), count),
});

const headline = z.object({
  id: z.number().int(),
  name: z.string(),
  purpose: z.string(),
  state,
  /** Why it pauses, when nobody asked for that: overdue, audience-grown, audience-empty, approval-outdated, selector-unreadable. */
  reason: z.string(),
  scheduledFor: z.string().nullable(),
  beganAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

const whole = headline.extend({
  selector: z.string(),
  replyTo: z.string(),
  public: z.boolean(),
  madeBy: z.string(),
  changedBy: z.string(),
  approvedBy: z.string().nullable(),
  approvedCount: count.nullable(),
  /** Over all that an approval is about; whoever approves says which they have seen. */
  digest: z.string(),
  texts: z.array(z.object({ language: z.string(), subject: z.string(), body: z.string() })),
  /** Until it begins. */
  audience: audience.nullable(),
  /** From then on: how many, by what became of it. */
  progress: z.record(z.string(), count).nullable(),
  pace: z.object({ perSecond: z.number(), secondsLeft: count.nullable() }).nullable(),
});

export const listMailings = operation({
  name: "mailings.list",
  summary: "Mailings, the newest first",
  method: "GET",
  path: "/mailings",
  scope: "mailings:write",
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  answer: z.object({ mailings: z.array(headline) }),
});

export const makeMailing = operation({
  name: "mailings.make",
  summary: "Begin a mailing",
  method: "POST",
  path: "/mailings",
  scope: "mailings:write",
  body: wish,
  answer: whole,
  status: 201,
});

export const showMailing = operation({
  name: "mailings.show",
  summary: "One mailing with its texts: who would get it, or how far it is and how fast",
  method: "GET",
  path: "/mailings/{id}",
  scope: "mailings:write",
  params,
  answer: whole,
});

export const changeMailing = operation({
  name: "mailings.change",
  summary: "Change what a mailing is for; an approval is taken back by that. 409 once it has begun",
  method: "PATCH",
  path: "/mailings/{id}",
  scope: "mailings:write",
  params,
  body: wish.partial(),
  answer: whole,
});

export const writeText = operation({
  name: "mailings.write",
  summary: "Save the text of a language, Markdown with fields; an approval is taken back by that",
  method: "PUT",
  path: "/mailings/{id}/texts/{language}",
  scope: "mailings:write",
  params: z.strictObject({ id, language }),
  body: written,
  answer: whole,
});

export const removeText = operation({
  name: "mailings.removeText",
  summary: "Take the text of a language out: its readers get the fallback language",
  method: "DELETE",
  path: "/mailings/{id}/texts/{language}",
  scope: "mailings:write",
  params: z.strictObject({ id, language }),
});

export const previewMailing = operation({
  name: "mailings.preview",
  summary:
    "A mailing as a reader would get it; nothing is sent. As somebody whom people:read opens, or of whom nothing is known",
  method: "POST",
  path: "/mailings/{id}/previews",
  scope: "mailings:write",
  params,
  body: z.strictObject({ language: language.optional(), person: personId.optional() }),
  answer: z.object({ language: z.string(), subject: z.string(), text: z.string(), html: z.string() }),
});

export const testMailing = operation({
  name: "mailings.test",
  summary: "Send a test, marked as one, to whoever asks for it; it counts nowhere",
  method: "POST",
  path: "/mailings/{id}/tests",
  scope: "mailings:write",
  params,
  body: z.strictObject({ language: language.optional() }),
});

export const explainRecipient = operation({
  name: "mailings.explain",
  summary: "Why a person gets a mailing, or does not",
  method: "POST",
  path: "/mailings/{id}/explanations",
  scope: "people:read",
  params,
  body: z.strictObject({ person: personId }),
  answer: z.object({
    gets: z.boolean(),
    /** null: they get it. not-picked, or a reason of the audience. */
    why: z.string().nullable(),
  }),
});

export const approveMailing = operation({
  name: "mailings.approve",
  summary: "Approve a mailing as it was seen. 409 when it is another one now, or the caller wrote it",
  method: "POST",
  path: "/mailings/{id}/approval",
  scope: "mailings:approve",
  params,
  body: z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/) }),
  answer: whole,
});

export const scheduleMailing = operation({
  name: "mailings.schedule",
  summary: "Send an approved mailing at its moment, or without one now",
  method: "PUT",
  path: "/mailings/{id}/schedule",
  scope: "mailings:send",
  params,
  body: z.strictObject({ at: moment.optional() }),
  answer: whole,
});

export const steerMailing = operation({
  name: "mailings.steer",
  summary: "Let a mailing pause, go on, or end for good; at any moment, and at once",
  method: "POST",
  path: "/mailings/{id}/course",
  scope: "mailings:send",
  params,
  body: z.strictObject({ do: z.enum(["pause", "resume", "stop"]) }),
  answer: whole,
});

export const settleUnknown = operation({
  name: "mailings.settleUnknown",
  summary: "Decide about those of whom nobody knows whether they got it: they get it again, or count as having got it",
  method: "POST",
  path: "/mailings/{id}/unknown",
  scope: "mailings:send",
  params,
  body: z.strictObject({ do: z.enum(["send-again", "accept"]) }),
  answer: z.object({ count }),
});

export const listRecipients = operation({
  name: "mailings.listRecipients",
  summary: "What became of a mailing at each: people by their numbers, with the consent that it rests on",
  method: "GET",
  path: "/mailings/{id}/recipients",
  scope: "mailings:write",
  params,
  query: z.strictObject({
    state: recipientState.optional(),
    /** The last person of the page before. */
    after: personId.optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  answer: z.object({
    recipients: z.array(
      z.object({
        person: z.number().int(),
        consent: z.number().int(),
        language: z.string(),
        domain: z.string(),
        state: recipientState,
        reason: z.string().nullable(),
        attempts: count,
        handedOverAt: z.string().nullable(),
        settledAt: z.string().nullable(),
      }),
    ),
    more: z.boolean(),
  }),
});

const counts = z.object({
  sent: count,
  accepted: count,
  refused: count,
  unknown: count,
  waiting: count,
  leftOut: count,
  /** Came back after it had been accepted, or was complained about. */
  bounced: count,
  complained: count,
  /** By a link, after this mailing and before the next one for its purpose. */
  withdrawn: count,
});

export const showStatistics = operation({
  name: "mailings.showStatistics",
  summary: "How a mailing went, by language and by domain; nobody is watched for it",
  method: "GET",
  path: "/mailings/{id}/statistics",
  scope: "mailings:write",
  params,
  answer: z.object({
    total: counts,
    languages: z.record(z.string(), counts),
    /** The largest first; null: domains of few readers together. */
    domains: z.array(z.object({ domain: z.string().nullable(), counts })),
  }),
});
