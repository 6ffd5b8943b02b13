// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mailings as anybody may read them: the archive of the public ones, and the web view of each for who has its address.
import { z } from "zod";
import { operation } from "./operation.ts";
import { language } from "./shapes.ts";

const page = z.coerce.number().int().min(1).max(100_000);
const mailingName = z.string().regex(/^[a-z][a-z0-9-]{1,79}$/);
/** `<number>-<code>`, as the address in the footer of each mail has it. */
const webName = z.string().regex(/^\d{1,9}-[0-9a-f]{20}$/);

const headline = z.object({
  name: z.string(),
  purpose: z.string(),
  /** When sending began; null: it has not yet. */
  sentAt: z.string().nullable(),
  /** Of this subject and text: the one that was asked for, where there is one. */
  language: z.string(),
  languages: z.array(z.string()),
  subject: z.string(),
});

/** `html` is made from Markdown without HTML of the writer's own; what a mail says of its reader is left out. */
const written = headline.extend({ html: z.string() });
export type WrittenShape = z.infer<typeof written>;

export const listNews = operation({
  name: "news.list",
  summary: "Public mailings that were sent, the newest first, 20 at a time",
  method: "GET",
  path: "/news",
  scope: "mailings:show",
  query: z.strictObject({ language, page: page.default(1) }),
  answer: z.object({ mailings: z.array(headline), pages: z.number().int() }),
});

export const listNewsInFull = operation({
  name: "news.listInFull",
  summary: "The newest 20 public mailings with their texts, for a feed",
  method: "GET",
  path: "/news-in-full",
  scope: "mailings:show",
  query: z.strictObject({ language }),
  answer: z.object({ mailings: z.array(written) }),
});

export const showNews = operation({
  name: "news.show",
  summary: "One public mailing that was sent",
  method: "GET",
  path: "/news/{name}",
  scope: "mailings:show",
  params: z.strictObject({ name: mailingName }),
  query: z.strictObject({ language }),
  answer: written,
});

export const showWebView = operation({
  name: "news.showWebView",
  summary: "One mailing, for who has the address that stands in its mails",
  method: "GET",
  path: "/web-views/{webName}",
  scope: "mailings:show",
  params: z.strictObject({ webName }),
  query: z.strictObject({ language }),
  answer: written.extend({
    /** It stands in the archive, too. */
    archived: z.boolean(),
  }),
});

export const listMyNews = operation({
  name: "news.listMine",
  summary:
    "Of each purpose the last 3 mailings that the person who is signed in got or that everybody may read, newest first",
  method: "GET",
  path: "/people/me/news",
  scope: "self:read",
  answer: z.object({
    mailings: z.array(
      headline.pick({ name: true, purpose: true, language: true, subject: true }).extend({
        sentAt: z.string(),
        /** The last part of its web view's address; null: it stands in the archive. */
        webName: z.string().nullable(),
      }),
    ),
  }),
});
