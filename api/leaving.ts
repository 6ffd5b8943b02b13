// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Taking one's data away, and leaving (GDPR articles 15, 17 and 20).
import { z } from "zod";
import { operation } from "./operation.ts";

export const exportMe = operation({
  name: "people.exportMe",
  summary:
    "Everything that is kept about the person who is signed in, with what for and how long (GDPR articles 15 and 20)",
  method: "GET",
  path: "/people/me/export",
  scope: "self:read",
  answer: z.object({
    exportedAt: z.string(),
    recipients: z.array(z.string()),
    tables: z.array(
      z.object({
        table: z.string(),
        purpose: z.string(),
        ground: z.string(),
        kept: z.string(),
        rows: z.array(z.record(z.string(), z.unknown())),
      }),
    ),
  }),
});

export const showMyErasure = operation({
  name: "people.showMyErasure",
  summary: "What would go and what would stay, and when; and whether it is asked for already",
  method: "GET",
  path: "/people/me/erasure",
  scope: "self:read",
  answer: z.object({
    /** The day of an erasure that is asked for; null while it is not. */
    planned: z.string().nullable(),
    /** When it would be, asked for now. */
    dueAt: z.string(),
    goes: z.array(z.string()),
    /** What the law keeps, until when. */
    stays: z.object({ what: z.array(z.string()), until: z.string() }).nullable(),
  }),
});

export const requestMyErasure = operation({
  name: "people.requestMyErasure",
  summary: "Leave: the data go on the day told, unless it is taken back. Needs a sign-in of the last 10 minutes",
  method: "POST",
  path: "/people/me/erasure",
  scope: "self:delete",
  body: z.strictObject({}),
});

export const cancelMyErasure = operation({
  name: "people.cancelMyErasure",
  summary: "Take the wish to leave back",
  method: "DELETE",
  path: "/people/me/erasure",
  scope: "self:write",
});
