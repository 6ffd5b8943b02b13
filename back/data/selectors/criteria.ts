// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A selector as a tree: what its text says, each value read into its type.
import type { Day } from "@cdb/runtime/time.ts";
import type { Collection } from "./collections.ts";
import type { Field, Period } from "./fields.ts";

export type Criterion =
  | { kind: "all" | "any"; parts: Criterion[] }
  | { kind: "not"; part: Criterion }
  | Comparison
  | Possession;

export type Operator = "==" | "!=" | "=" | "<" | "<=" | ">" | ">=" | "in";

/** A text of LIKE. */
export interface Pattern {
  like: string;
}
/** Money in minor units; null: `none`. */
export type Value = string | number | boolean | Day | Pattern | null;

/** As it stands in the text: `subject` is what is asked about, `demand` what is asked of it. */
interface Leaf {
  subject: string;
  demand: string;
}

export interface Comparison extends Leaf {
  kind: "compares";
  field: Field;
  period: Period;
  operator: Operator;
  /** One, or several for `in`. */
  values: Value[];
}

/** `wanted`: a word, any at all (null), or a condition on one of them. */
export interface Possession extends Leaf {
  kind: "has" | "lacks";
  collection: Collection;
  wanted: { word: string | null } | { one: Criterion };
}

/** Every comparison and possession of the tree, from left to right; what is asked of one pledge is not taken apart. */
export function leavesOf(criterion: Criterion): (Comparison | Possession)[] {
  if ("parts" in criterion) return criterion.parts.flatMap(leavesOf);
  return "part" in criterion ? leavesOf(criterion.part) : [criterion];
}
