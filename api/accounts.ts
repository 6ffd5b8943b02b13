// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Accounts: a person's username and groups for themselves, and what waits for the decision of those who coordinate.
import { z } from "zod";
import { operation } from "./operation.ts";
import { line, personId, text, word } from "./shapes.ts";

export const showMyAccount = operation({
  name: "accounts.showMine",
  summary:
    "The username of the person who is signed in, or free ones to choose from; and the groups they are in or may ask for",
  method: "GET",
  path: "/people/me/account",
  scope: "self:read",
  answer: z.object({
    username: z.string().nullable(),
    /** null: there is none yet. Paused: it opens nothing at the moment. Closed: only an administrator opens it again. */
    state: z.enum(["open", "paused", "closed"]).nullable(),
    /** Where mail comes in that is forwarded to the primary address; null while the account is not open. */
    address: z.string().nullable(),
    /** Whether they may choose a username now. */
    mayChoose: z.boolean(),
    suggestions: z.array(z.string()),
    groups: z.array(
      z.object({ name: z.string(), state: z.enum(["member", "waits", "may-ask", "refused", "not-for-them"]) }),
    ),
    /** Whether a group lets them do something with other people's data. */
    staff: z.boolean(),
  }),
});

export const chooseMyUsername = operation({
  name: "accounts.chooseMine",
  summary: "Choose a username, once. Only an administrator changes it later",
  method: "PUT",
  path: "/people/me/account",
  scope: "self:write",
  body: z.strictObject({ username: line(64) }),
  answer: z.object({ username: z.string(), address: z.string() }),
});

export const requestGroup = operation({
  name: "accounts.requestGroup",
  summary: "Ask to be in a group; those who decide are told by mail. Asking twice is asking once",
  method: "POST",
  path: "/people/me/groups/{group}",
  scope: "self:write",
  params: z.strictObject({ group: word }),
  body: z.strictObject({ message: text(2000) }),
});

export const leaveGroup = operation({
  name: "accounts.leaveGroup",
  summary: "Leave a group, or take a request back",
  method: "DELETE",
  path: "/people/me/groups/{group}",
  scope: "self:write",
  params: z.strictObject({ group: word }),
});

export const listRequests = operation({
  name: "accounts.listRequests",
  summary:
    "What waits for a decision of the person who is signed in: volunteers of teams, members of groups; longest first",
  method: "GET",
  path: "/account-requests",
  scope: "accounts:approve",
  answer: z.object({
    requests: z.array(
      z.object({
        id: z.number().int(),
        person: z.object({ id: personId, name: z.string(), email: z.string() }),
        /** What they want to be; `name` is that of the team or the group, empty for no team in particular. */
        kind: z.enum(["volunteer", "member"]),
        name: z.string(),
        message: z.string(),
        requestedAt: z.string(),
      }),
    ),
  }),
});

export const decideRequest = operation({
  name: "accounts.decideRequest",
  summary: "Approve or refuse a request; the person is told by mail. 409 when somebody was quicker",
  method: "POST",
  path: "/account-requests/{id}/decision",
  scope: "accounts:approve",
  params: z.strictObject({ id: personId }),
  body: z.strictObject({ approve: z.boolean(), reason: line(500) }),
});
