// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What auth asks back while somebody signs in.
import { z } from "zod";
import { operation } from "./operation.ts";
import { language, line } from "./shapes.ts";

export const findSignIn = operation({
  name: "signIn.find",
  summary: "Who is meant by a username or an email address",
  method: "POST",
  path: "/sign-in/find",
  scope: "usernames:lookup",
  body: z.strictObject({ identifier: line(254).min(1) }),
  answer: z.object({
    /** null: nobody, or somebody who is blocked or erased. */
    person: z.object({ uuid: z.uuid(), username: z.string().nullable(), language: z.string() }).nullable(),
  }),
});

export const sendLoginLink = operation({
  name: "signIn.sendLink",
  summary: "Mail a one-time sign-in link that auth minted, or tell an unknown address so",
  method: "POST",
  path: "/sign-in/link",
  scope: "login-links:send",
  body: z.strictObject({
    identifier: line(254).min(1),
    /** For whom auth minted the link; null when it found nobody. */
    uuid: z.uuid().nullable(),
    link: line(2000).refine((text) => /^https?:/.test(text) && URL.canParse(text), "must be an address"),
    /** 8 characters to type in the first window. */
    code: line(20),
    /** The browser that asked, in words. */
    browser: line(200),
    service: line(200),
    language,
  }),
});

/** What auth tells of people's sign-ins, in the words of the history. */
export const signInEventKinds = [
  "signed-in",
  /** With a password, in a browser that had not been used for it before. */
  "signed-in-new-browser",
  "refused",
  "signed-out",
  /** One session, by its owner in another one. */
  "session-ended",
  /** All of them. */
  "sessions-ended",
  /** A refresh token came back after its successor was used: the grant ended. */
  "token-reused",
  "password-changed",
  "password-set",
  "factor-added",
  "factor-removed",
  /** A passkey counted backwards, as a copy of it does: it was refused. */
  "factor-copied",
  /** A wrong code after the right first factor; then so many that tries are refused. */
  "factor-refused",
  "factor-guessed",
  /** The right password, and a quarter of an hour later still no second factor. */
  "factor-missing",
  /** All of them and the recovery codes, by an administrator. */
  "factors-reset",
  /** Those of an entry that was merged into theirs: they count no more. */
  "factors-left",
  "recovery-codes-made",
  "recovery-code-used",
  "access-allowed",
  "access-withdrawn",
  "client-changed",
  "key-rotated",
] as const;
export type SignInEventKind = (typeof signInEventKinds)[number];

const shortHash = z.string().regex(/^[\w-]{16,64}$/);

export const recordSignIn = operation({
  name: "signIn.record",
  summary:
    "Keep what happened at a sign-in for its person, mail what they must know, and refuse tokens of ended grants and keys",
  method: "POST",
  path: "/sign-in/events",
  scope: "sign-in-events:write",
  body: z.strictObject({
    /** Sent again under the same key, it is kept once. */
    key: line(100).min(1),
    /** null: of auth itself, not of a person. */
    uuid: z.uuid().nullable(),
    kind: z.enum(signInEventKinds),
    at: z.iso.datetime(),
    clientId: line(100).optional(),
    /** The client's name in words. */
    service: line(200).optional(),
    /** A hash of the session, the same for all of its events. */
    session: shortHash.optional(),
    /** An IPv4 address, or four groups of an IPv6 one; shortened after 30 days. */
    network: line(45).optional(),
    /** In words. */
    browser: line(200).optional(),
    detail: line(200).optional(),
    /** `grant_id` of access tokens that are to be refused from now on. */
    endedGrants: z.array(shortHash).max(1_000).optional(),
    /** `kid` of signing keys that somebody else has: what they signed is to be refused from now on. */
    endedKeys: z.array(shortHash).max(1_000).optional(),
  }),
});

export const listSignInEvents = operation({
  name: "signIn.listEvents",
  summary: "What happened at a person's sign-ins, newest first",
  method: "GET",
  path: "/sign-in/events/{uuid}",
  scope: "sign-in-events:write",
  params: z.strictObject({ uuid: z.uuid() }),
  answer: z.object({
    events: z.array(
      z.object({
        kind: z.enum(signInEventKinds),
        at: z.string(),
        times: z.number(),
        clientId: z.string(),
        session: z.string(),
        network: z.string(),
        browser: z.string(),
        detail: z.string(),
      }),
    ),
  }),
});

export const showClaims = operation({
  name: "signIn.showClaims",
  summary: "The claims of a person who may sign in; 404 when blocked or erased",
  method: "GET",
  path: "/sign-in/claims/{uuid}",
  scope: "claims:read",
  params: z.strictObject({ uuid: z.uuid() }),
  answer: z.object({
    uuid: z.uuid(),
    name: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    language: z.string(),
    username: z.string().nullable(),
    /** What their groups let them do with other people's data, after a sign-in with a second factor. */
    staffScopes: z.array(z.string()),
    updatedAt: z.string(),
    /** Tokens and sessions from before this moment no longer count. */
    signedOutAt: z.string().nullable(),
  }),
});
