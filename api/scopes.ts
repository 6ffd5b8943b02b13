// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a token may open. A person's scopes open that person's records only; a program's open its verbs; staff's come from groups.

export const personScopes = {
  "self:read": "see their own data",
  "self:write": "change their own data",
  "self:delete": "have their own data erased",
} as const;

export const programScopes = {
  "registrations:write": "register people",
  "pledges:write": "make pledges for visitors",
  "payments:start": "look up what a reference is for",
  "payments:register": "report payments that a provider announced",
  "links:follow": "show and follow prepared links",
  "bounces:report": "hand in mails that came back",
  "usernames:lookup": "find who wants to sign in",
  "claims:read": "read the claims of a person who signs in",
  "login-links:send": "have one-time sign-in links mailed",
  "mailings:show": "read mailings as anybody may",
  "sign-in-events:write": "tell what happened when somebody signed in, and show it to them",
} as const;

export const staffScopes = {
  "people:read": "find and see people",
  "payments:read": "see payments",
  "accounts:approve": "decide who gets into teams and groups",
  "mailings:write": "write mailings, test them, and see who gets them",
  "mailings:approve": "approve mailings that somebody else wrote",
  "mailings:send": "send mailings that are approved, and steer them",
} as const;

/** What may be done at auth itself; only back has these, for its worker and the `cdb` command. */
export const authScopes = {
  "clients:manage": "see, add, change and remove the programs that auth serves",
  "keys:rotate": "see and rotate the keys that auth signs with",
  "sign-ins:end": "end a person's sign-ins",
  "second-factors:reset": "take away the second factors of who has lost them",
} as const;

export const scopes = { ...personScopes, ...programScopes, ...staffScopes };
export type PersonScope = keyof typeof personScopes;
export type ProgramScope = keyof typeof programScopes;
export type StaffScope = keyof typeof staffScopes;
export type AuthScope = keyof typeof authScopes;
export type Scope = keyof typeof scopes;

/** The audience of back's tokens (RFC 8707 resource indicator, RFC 9068 `aud`). */
export const backResource = "urn:community-database:back";
/** The audience of tokens for the operations that auth itself offers. */
export const authResource = "urn:community-database:auth";
