// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a selector may ask about a person: each field's type, the scope it needs, and where its value stands.
import type { StaffScope } from "@cdb/api/scopes.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import type { Day } from "@cdb/runtime/time.ts";
import { type RawBuilder, sql } from "kysely";
import { type KnownWords, knownCountries, knownLanguages, oneOf } from "./known-words.ts";

export type Sql = RawBuilder<unknown>;

/** Both days included; null: open. */
export interface Period {
  from: Day | null;
  to: Day | null;
}
export const always: Period = { from: null, to: null };

/** `moment`: a day of the organisation's time zone, kept as a moment. `donref`: a text that stands for an id. */
export type FieldType = "text" | "number" | "money" | "day" | "moment" | "truth" | "donref";

export interface Field {
  name: string;
  type: FieldType;
  scope: StaffScope;
  /** Over `peopleAndFigures` (see selector.ts), or over the collection's rows. */
  value(organisation: Organisation, period: Period): Sql;
  /** Takes a period: `donations.sum(last 12 months)`. */
  periodic?: true;
  /** May be missing: can be compared with `none`. */
  optional?: true;
  /** Of a text: how it is kept, however it is typed; `either` is kept as given and compared without regard to it. */
  letters?: "small" | "capital" | "either";
  /** A text of these words only. */
  words?: KnownWords;
  /** What must hold where the value is at least `least` (> 0): cheap to look at, and known to the planner. */
  presumes?(period: Period, least: number): Sql;
}

const paid = { scope: "payments:read" } as const;

/** The fields of a person, by name. */
export const personFields: ReadonlyMap<string, Field> = byName([
  fieldOf("id", "number", sql`person_stats.person_id`),
  fieldOf("donref", "donref", sql`person_stats.person_id`),
  fieldOf("name", "text", sql`person.name`),
  fieldOf("email", "text", sql`person.email`, { optional: true, letters: "either" }),
  fieldOf("language", "text", sql`person_stats.language`, { words: knownLanguages }),
  fieldOf("country", "text", sql`person_stats.country`, { words: knownCountries, letters: "capital" }),
  fieldOf("postcode", "text", sql`person.postcode`),
  fieldOf("city", "text", sql`person.city`),
  fieldOf("kind", "text", sql`person_stats.kind`, { words: oneOf("individual", "organisation") }),
  fieldOf("registration", "text", sql`person_stats.registration`, {
    words: oneOf("unconfirmed", "confirmed", "blocked", "erased"),
  }),
  fieldOf("registered", "moment", sql`person.registered_at`),
  fieldOf("confirmed", "moment", sql`person.confirmed_at`, { optional: true }),
  fieldOf("username", "text", sql`account.username`, { optional: true, letters: "small" }),
  fieldOf("donor", "truth", sql`person_stats.donations > 0`, paid),
  fieldOf(
    "supporter",
    "truth",
    sql`exists (select from pledge
      where pledge.person_id = person_stats.person_id and pledge.state = 'open' and pledge.interval <> 'once')`,
    paid,
  ),
  figureOf("donations.sum", "money", totalUntil),
  figureOf("donations.count", "number", countUntil),
  dayOf("donations.first", ({ from }) =>
    from === null ? sql`first_donation_on` : sql`given_on[${countUntil(dayBefore(from))} + 1]`,
  ),
  dayOf("donations.last", ({ to }) => (to === null ? sql`last_donation_on` : sql`given_on[${countUntil(to)}]`)),
]);

/** A field that stands in one place, whatever the organisation and the period. */
export function fieldOf(name: string, type: FieldType, place: Sql, more: Partial<Field> = {}): Field {
  return { name, type, scope: "people:read", value: () => place, ...(more.words && { letters: "small" }), ...more };
}

export function byName(fields: readonly Field[]): ReadonlyMap<string, Field> {
  return new Map(fields.map((field) => [field.name, field]));
}

/** What grew in the period; `until` a day (null: to this day) stands what it had grown to. */
function figureOf(name: string, type: FieldType, until: (day: Day | null) => Sql): Field {
  const value: Field["value"] = (_, { from, to }) => {
    const grown = sql`coalesce(${until(to)}, 0)`;
    return from === null ? grown : sql`${grown} - coalesce(${until(dayBefore(from))}, 0)`;
  };
  const presumes: Field["presumes"] = ({ from, to }, least) => {
    const late = from ? sql`and person_stats.last_donation_on >= ${from}` : sql``;
    const early = to ? sql`and person_stats.first_donation_on <= ${to}` : sql``;
    return sql`${until(null)} >= ${least} ${late} ${early}`;
  };
  return { ...fieldOf(name, type, sql``, { ...paid, periodic: true }), value, presumes };
}

/** The day that stands in a place, unless it is outside the period. */
function dayOf(name: string, place: (period: Period) => Sql): Field {
  const value: Field["value"] = (_, period) => {
    const day = sql`person_stats.${place(period)}`;
    const late = period.from ? sql`${day} >= ${period.from}` : sql`true`;
    const early = period.to ? sql`${day} <= ${period.to}` : sql`true`;
    return sql`case when ${late} and ${early} then ${day} end`;
  };
  return { ...fieldOf(name, "day", sql``, { ...paid, periodic: true, optional: true }), value };
}

// How many donations a person had made up to a day: their days stand in order, so this is a search, not a count.
function countUntil(day: Day | null): Sql {
  return day === null ? sql`person_stats.donations` : sql`width_bucket(${day.toString()}::date, person_stats.given_on)`;
}

function totalUntil(day: Day | null): Sql {
  return day === null ? sql`person_stats.donated` : sql`person_stats.given_total[${countUntil(day)}]`;
}

function dayBefore(day: Day): Day {
  return day.subtract({ days: 1 });
}
