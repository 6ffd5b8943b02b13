// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The keys that auth signs with, as administrators see and rotate them.
import { z } from "zod";
import { operation } from "./operation.ts";
import { administrator } from "./shapes.ts";

const key = z.object({
  /** The key's id in tokens and in auth's published set (RFC 7517). */
  kid: z.string(),
  algorithm: z.string(),
  /** Published and to sign next; signing; published for what it signed. */
  state: z.enum(["next", "active", "retired"]),
  createdAt: z.string(),
  /** Since when it signs. */
  activatedAt: z.string().nullable(),
  /** Since when it signs no more. */
  retiredAt: z.string().nullable(),
});

export const listKeys = operation({
  name: "keys.list",
  summary: "The keys that auth publishes, and what each is there for",
  method: "GET",
  path: "/manage/keys",
  scope: "keys:rotate",
  answer: z.object({ keys: z.array(key) }),
});

export const rotateKeys = operation({
  name: "keys.rotate",
  summary: "Let the next keys sign; with `leaked` at once, and what the keys before have signed counts no more",
  method: "POST",
  path: "/manage/keys/rotation",
  scope: "keys:rotate",
  query: administrator,
  body: z.strictObject({ leaked: z.boolean() }),
  answer: z.object({ keys: z.array(key) }),
});
