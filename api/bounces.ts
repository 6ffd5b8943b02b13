// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Bounces: mails of ours that came back, told by a relay's webhook or whatever else gets them.
import { z } from "zod";
import { operation } from "./operation.ts";

/** Enough of any mail: why it came back stands before the mail that it gives back. */
const longest = 400_000;

export const reportBounce = operation({
  name: "bounces.report",
  summary: "Hand in a mail that came back, as it came; safe to repeat. Of a longer one its beginning is enough",
  method: "POST",
  path: "/bounces",
  scope: "bounces:report",
  body: z.strictObject({
    mail: z.string().min(1).max(longest),
    encoding: z.enum(["utf8", "base64"]).default("utf8"),
    /** To whom it was delivered, where that is known beside the mail. */
    to: z.string().max(320).default(""),
  }),
  answer: z.object({
    kind: z.enum(["hard", "soft", "sender-trouble", "delayed", "auto-reply", "complaint", "unreadable"]),
    /** It was handed in before. */
    known: z.boolean(),
  }),
});
