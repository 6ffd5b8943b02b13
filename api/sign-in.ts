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

export const tellOfReuse = operation({
  name: "signIn.tellOfReuse",
  summary: "Tell a person by mail that auth ended a sign-in whose refresh token was used twice",
  method: "POST",
  path: "/sign-in/reuse",
  scope: "login-links:send",
  body: z.strictObject({ uuid: z.uuid(), service: line(200) }),
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
