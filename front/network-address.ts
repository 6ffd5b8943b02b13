// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a visitor comes from, as the proof of consent needs it; back shortens it before it is stored.
import { isIP } from "node:net";
import type { Visit } from "./visit.ts";

/** The address that the reverse proxy before us saw: the last one, as the others are whatever the visitor says. */
export function networkAddress(c: Visit): { networkAddress?: string } {
  const last = c.req.header("X-Forwarded-For")?.split(",").at(-1)?.trim() ?? "";
  return isIP(last) ? { networkAddress: last } : {};
}
