// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A merge that was done, with all that is needed to take it back.
import type { Selectable } from "kysely";
import type { MergeTable } from "../schema.ts";

export interface Journal {
  /** Table → the ids of its rows that went from the one person to the other. */
  moved: Record<string, (number | string)[]>;
  /** Table → rows that the survivor has of their own already, or has a better one of now, as they were. */
  removed: Record<string, Record<string, unknown>[]>;
  /** Links that were stopped, with their uses. */
  links: { id: string; usesLeft: number }[];
  /** What was empty of the survivor and came from the other: column → value. */
  filled: Record<string, unknown>;
  /** What the other was, and their first address where the survivor took it over. */
  gone: { registration: "unconfirmed" | "confirmed"; email: string | null };
}

export interface Merge extends Selectable<MergeTable> {}

export class Merge {
  static readonly table = "merge";
  static readonly quiet = true;
}
