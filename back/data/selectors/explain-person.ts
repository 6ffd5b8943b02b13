// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Why a person is picked by a selector, or is not: every condition with the person's own value, in words.
import type { Moment } from "@cdb/runtime/time.ts";
import { sql } from "kysely";
import type { Work } from "../database.ts";
import { donrefOf } from "../donations/reference.ts";
import { formatMoney } from "../money.ts";
import type { Person } from "../people/person.ts";
import { conditionOf } from "./condition.ts";
import type { Comparison, Possession } from "./criteria.ts";
import { runOnce } from "./pick-people.ts";
import { peopleAndFigures, type Selector } from "./selector.ts";

export interface Explanation {
  picked: boolean;
  conditions: ExplainedCondition[];
}

export interface ExplainedCondition {
  /** As it stands in the selector. */
  text: string;
  holds: boolean;
  /** The person's value, in words. */
  value: string;
  /** `donations.sum(last 12 months) is €45.00, needs >= 60`. */
  sentence: string;
}

export async function explain(work: Work, selector: Selector, person: Person): Promise<Explanation> {
  const { leaves, organisation } = selector;
  const columns = leaves.flatMap((leaf, at) => [
    sql`(${conditionOf(leaf, organisation)}) is true as ${sql.id(`holds${at}`)}`,
    sql`${columnOf(leaf, selector)} as ${sql.id(`value${at}`)}`,
  ]);
  const [row = {}] = await runOnce<Record<string, unknown>>(
    work,
    sql`select ${sql.join([sql`(${selector.where}) is true as picked`, ...columns])}
      from ${peopleAndFigures} where person_stats.person_id = ${person.id}`,
  );
  const explained = leaves.map((leaf, at) =>
    explainLeaf(leaf, row[`holds${at}`] === true, wordsFor(leaf, row[`value${at}`], selector)),
  );
  return { picked: row.picked === true, conditions: [...explained, ...explainRegistration(selector, person)] };
}

function columnOf(leaf: Comparison | Possession, { organisation }: Selector) {
  return leaf.kind === "compares" ? leaf.field.value(organisation, leaf.period) : leaf.collection.listed(organisation);
}

function explainLeaf(
  { kind, subject, demand }: Comparison | Possession,
  holds: boolean,
  value: string,
): ExplainedCondition {
  const verb = kind === "compares" ? "is" : "are";
  return {
    text: `${subject} ${demand}`,
    holds,
    value,
    sentence: `${subject} ${verb} ${value}, ${holds ? "meets" : "needs"} ${demand}`,
  };
}

function explainRegistration({ asksRegistration }: Selector, person: Person): ExplainedCondition[] {
  if (person.registration === "merged") {
    const sentence = `${person.id} was merged into ${person.mergedInto}, who is the one to be picked`;
    return [{ text: "registration", holds: false, value: "merged", sentence }];
  }
  if (asksRegistration || person.isActive()) return [];
  const sentence = `registration is ${person.registration}: such people are picked only where registration is asked for`;
  return [{ text: "registration", holds: false, value: person.registration, sentence }];
}

function wordsFor(leaf: Comparison | Possession, value: unknown, { organisation }: Selector): string {
  if (leaf.kind !== "compares") return ((value ?? []) as string[]).join(", ") || "none";
  if (value === null || value === undefined) return leaf.field.type === "truth" ? "false" : "none";
  switch (leaf.field.type) {
    case "text":
      return JSON.stringify(value);
    case "money":
      return formatMoney({ amount: value as number, currency: organisation.currency }, "en");
    case "moment":
      return (value as Moment).toZonedDateTimeISO(organisation.timeZone).toPlainDate().toString();
    case "donref":
      return donrefOf(organisation.referencePrefix, value as number);
    default:
      return String(value);
  }
}
