// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// From a selector's tree to SQL: the structure is ours, everything that was typed is a parameter.
import type { Organisation } from "@cdb/runtime/organisation.ts";
import type { Day } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Comparison, Criterion, Possession } from "./criteria.ts";
import type { Sql } from "./fields.ts";

/**
 * What must hold for a person. It may be null, which counts as not true: nowhere in it is anything negated but by
 * `is not true`, so that a missing value never makes both a criterion and its opposite fail.
 */
export function conditionOf(criterion: Criterion, organisation: Organisation, negated = false): Sql {
  switch (criterion.kind) {
    case "not":
      return conditionOf(criterion.part, organisation, !negated);
    case "all":
    case "any": {
      const parts = criterion.parts.map((part) => conditionOf(part, organisation, negated));
      return sql`(${sql.join(parts, (criterion.kind === "all") === negated ? sql` or ` : sql` and `)})`;
    }
    case "compares": {
      const condition = comparisonOf(criterion, organisation);
      return negated ? sql`(${condition}) is not true` : condition;
    }
    default:
      return possessionOf(criterion, organisation, negated);
  }
}

function possessionOf({ kind, collection, wanted }: Possession, organisation: Organisation, negated: boolean): Sql {
  const has = "one" in wanted ? collection.hasOne(conditionOf(wanted.one, organisation)) : collection.has(wanted.word);
  if ((kind === "lacks") === negated) return has;
  // `not exists` is planned as one join; `exists … is not true` would look at each person apart.
  return collection.fields.size > 0 ? sql`not ${has}` : sql`(${has}) is not true`;
}

function comparisonOf(criterion: Comparison, organisation: Organisation): Sql {
  const { field, period, operator, values } = criterion;
  const value = field.value(organisation, period);
  const [first = null] = values;
  if (first === null) return sql`${value} is ${operator === "==" ? sql`` : sql`not`} null`;
  if (field.type === "truth") return first === (operator === "!=") ? sql`(${value}) is not true` : value;
  if (field.type === "moment") return momentOf(value, operator, values as Day[], organisation.timeZone);
  if (typeof first === "object" && "like" in first) return sql`lower(${value}) like lower(${first.like}::text)`;
  const inCase = (text: Sql) => (field.letters === "either" ? sql`lower(${text})` : text);
  const [left, rights] = [inCase(value), values.map((right) => inCase(sql`${right}`))];
  if (operator === "!=") return sql`${left} is distinct from ${rights[0]}`;
  return presuming(criterion, sql`${left} ${signs[operator]} (${sql.join(rights)})`);
}

const signs = { "==": sql`=`, "=": sql`=`, "<": sql`<`, "<=": sql`<=`, ">": sql`>`, ">=": sql`>=`, in: sql`in` };

// Somebody who never gave has figures of 0: what they cannot meet is first asked in a form that the planner knows about.
function presuming({ field, period, operator, values }: Comparison, condition: Sql): Sql {
  if (!field.presumes || operator === "<" || operator === "<=") return condition;
  const smallest = Math.min(...values.map(Number));
  const least = operator === ">" ? smallest + 1 : smallest;
  return least > 0 ? sql`(${field.presumes(period, least)} and ${condition})` : condition;
}

// A day is from its midnight to the next one, in the organisation's time zone.
function momentOf(value: Sql, operator: Comparison["operator"], days: Day[], timeZone: string): Sql {
  const startOf = (day: Day) => sql`${day.toZonedDateTime(timeZone).toInstant()}::timestamptz`;
  const endOf = (day: Day) => startOf(day.add({ days: 1 }));
  const on = (day: Day) => sql`(${value} >= ${startOf(day)} and ${value} < ${endOf(day)})`;
  const day = days[0] as Day;
  if (operator === "<") return sql`${value} < ${startOf(day)}`;
  if (operator === "<=") return sql`${value} < ${endOf(day)}`;
  if (operator === ">") return sql`${value} >= ${endOf(day)}`;
  if (operator === ">=") return sql`${value} >= ${startOf(day)}`;
  if (operator === "!=") return sql`${on(day)} is not true`;
  return sql`(${sql.join(days.map(on), sql` or `)})`;
}
