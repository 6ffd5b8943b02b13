// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Pages that are the same for everybody: caches may keep them for a while, but for what is of one visitor.
import type { MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { etag } from "hono/etag";
import type { Env } from "./visit.ts";

const minutes = 5;

/** Who is signed in sees so at the top of the page; the language may come from a cookie. */
export function publish(): MiddlewareHandler<Env> {
  return every(letCachesKeep, etag());
}

const letCachesKeep: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  c.header("Vary", "Accept-Language, Cookie");
  const { headers, status } = c.res;
  const isPersonal = c.var.session !== undefined || headers.has("Set-Cookie");
  // It may have said otherwise than all pages do.
  const saysItself = headers.get("Cache-Control") !== "no-store";
  if (!isPersonal && !saysItself && [200, 304].includes(status))
    c.header("Cache-Control", `public, max-age=${minutes * 60}`);
};
