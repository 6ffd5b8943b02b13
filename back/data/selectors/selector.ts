// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A selector: criteria that pick people, the same in the API, on the command line and in segments.
import type { StaffScope } from "@cdb/api/scopes.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { type Moment, today } from "@cdb/runtime/time.ts";
import { type RawBuilder, sql } from "kysely";
import { Forbidden } from "../errors.ts";
import { conditionOf } from "./condition.ts";
import { type Comparison, leavesOf, type Possession } from "./criteria.ts";
import { readSelector } from "./read-selector.ts";

export interface Selector {
  readonly text: string;
  readonly organisation: Organisation;
  /** To be put behind `from person where`; true for the people who are picked, else false. */
  readonly condition: RawBuilder<boolean>;
  /** The same over `peopleAndFigures`, for queries that start there. */
  readonly where: RawBuilder<unknown>;
  /** The comparisons and possessions in it, from left to right. */
  readonly leaves: readonly (Comparison | Possession)[];
  /** Blocked and erased people are picked only where the text asks for `registration`, merged ones never. */
  readonly asksRegistration: boolean;
}

/** Every person's figures with the person and their username beside. What a query does not look at, PostgreSQL leaves out. */
export const peopleAndFigures: RawBuilder<unknown> = sql`person_stats
  left join person on person.id = person_stats.person_id
  left join account on account.person_id = person_stats.person_id and account.state = 'open'`;

/** Reads a selector. Days such as `today` are those of `now`. Throws UnreadableSelector (an Invalid) with the place. */
export function compileSelector(organisation: Organisation, text: string, now: Moment): Selector {
  const criterion = readSelector(text, organisation, today(organisation.timeZone, now));
  const leaves = leavesOf(criterion);
  const asksRegistration = leaves.some((leaf) => leaf.kind === "compares" && leaf.field.name === "registration");
  const where = sql`${conditionOf(criterion, organisation)} ${
    asksRegistration
      ? sql`and person_stats.registration <> 'merged'`
      : sql`and person_stats.registration in ('unconfirmed', 'confirmed')`
  }`;
  return {
    text,
    organisation,
    where,
    condition: sql<boolean>`person.id in (select person_stats.person_id from ${peopleAndFigures} where ${where})`,
    leaves,
    asksRegistration,
  };
}

/** What the selector reads: `country`, `donations.sum`, `consents`, `pledges`. */
export function fieldsOf(selector: Selector): string[] {
  return [...readScopes(selector.leaves).keys()];
}

/** Throws Forbidden, naming the field, where one is read that the scopes do not open. */
export function requireFields(selector: Selector, scopes: ReadonlySet<string>): void {
  for (const [field, scope] of readScopes(selector.leaves))
    if (!scopes.has(scope))
      throw new Forbidden("selector-field-forbidden", `To ask for ${field} needs the scope ${scope}.`);
}

function readScopes(leaves: Selector["leaves"]): Map<string, StaffScope> {
  return new Map(
    leaves.map((leaf) => {
      const read = leaf.kind === "compares" ? leaf.field : leaf.collection;
      return [read.name, read.scope];
    }),
  );
}
