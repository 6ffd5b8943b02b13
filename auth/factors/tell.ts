// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What is said about second factors: in words on the page, and as events to the person.
import type { Translate } from "@cdb/theme/translate.ts";
import type { Context } from "hono";
import type { Desk } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { CodeOutcome } from "./second-factor.ts";

export type FactorEvent =
  | "factor-added"
  | "factor-removed"
  | "factor-copied"
  | "recovery-codes-made"
  | "recovery-code-used";

/** Kept for the person, and told by mail. `name`: of the factor. */
export function recordFactor(
  c: Context<Env>,
  desk: Desk,
  uuid: string,
  kind: FactorEvent,
  name?: string,
): Promise<void> {
  return desk.events.record({ ...desk.visitors.placeOf(c.env.incoming), uuid, kind, detail: name });
}

/** A passkey whose counter went backwards: somebody may have a copy of it. */
export function tellOfCopy(c: Context<Env>, desk: Desk, copied: { account: string; name: string }): Promise<void> {
  return recordFactor(c, desk, copied.account, "factor-copied", copied.name);
}

/** What is wrong with a code. One that was used, one of somebody else's and one that never was are the same. */
export function codeTrouble(t: Translate, outcome: Exclude<CodeOutcome, { outcome: "right" }>): [string, 422 | 429] {
  if (outcome.outcome === "wrong") return [t("This code is not right, or it was used before."), 422];
  const minutes = Math.ceil(outcome.seconds / 60);
  return [t.plural("Too many tries. Wait {count} minute.", "Too many tries. Wait {count} minutes.", minutes), 429];
}
