// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a person may have several of: consents, signatures, messages, pledges; and what a selector may ask about one of them.
import type { StaffScope } from "@cdb/api/scopes.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { sql } from "kysely";
import { decimalsOf } from "../money.ts";
import { byName, type Field, fieldOf, type Sql } from "./fields.ts";
import { type KnownWords, knownCampaigns, knownMails, knownPurposes, oneOf } from "./known-words.ts";

export interface Collection {
  name: string;
  scope: StaffScope;
  /** What `has "word"` may ask for; without them it is not understood. */
  words?: KnownWords;
  /** Of one of them: `pledges has (amount >= 10)`, or `pledges.amount >= 10`. */
  fields: ReadonlyMap<string, Field>;
  /** True for people who have this word; null: any at all. */
  has(word: string | null): Sql;
  /** True for people who have one that meets a condition on its fields. */
  hasOne(condition: Sql): Sql;
  /** A text[] of what the person has, in words. */
  listed(organisation: Organisation): Sql;
}

// The present state of consents is kept with the person's figures; who asks for the facts behind it looks at the person.
const consents: Collection = {
  name: "consents",
  scope: "people:read",
  words: knownPurposes,
  fields: new Map(),
  has: (purpose) =>
    purpose === null ? sql`person_stats.granted <> '{}'` : sql`${purpose} = any(person_stats.granted)`,
  hasOne: () => sql`false`,
  listed: () => sql`person_stats.granted`,
};

const signed = sql`signature where signature.person_id = person_stats.person_id and signature.confirmed_at is not null`;
const signatures: Collection = {
  name: "signatures",
  scope: "people:read",
  words: knownCampaigns,
  fields: byName([
    fieldOf("campaign", "text", sql`signature.campaign`, { words: knownCampaigns }),
    fieldOf("signed", "day", sql`signature.signed_on`),
  ]),
  has: (campaign) => exists(signed, campaign === null ? sql`true` : sql`signature.campaign = ${campaign}`),
  hasOne: (condition) => exists(signed, condition),
  listed: () => sql`array(select signature.campaign from ${signed} order by 1)`,
};

const sent = sql`message where message.person_id = person_stats.person_id and message.sent_at is not null`;
const messages: Collection = {
  name: "messages",
  scope: "people:read",
  words: knownMails,
  fields: byName([
    fieldOf("mail", "text", sql`message.mail`, { words: knownMails }),
    fieldOf("sent", "moment", sql`message.sent_at`),
  ]),
  has: (mail) => exists(sent, mail === null ? sql`true` : sql`message.mail = ${mail}`),
  hasOne: (condition) => exists(sent, condition),
  listed: () => sql`array(select distinct message.mail from ${sent} order by 1)`,
};

const made = sql`pledge where pledge.person_id = person_stats.person_id`;
const pledges: Collection = {
  name: "pledges",
  scope: "payments:read",
  fields: byName([
    fieldOf("amount", "money", sql``, {
      value: ({ currency }) => sql`case when pledge.currency = ${currency} then pledge.amount end`,
    }),
    fieldOf("interval", "text", sql`pledge.interval`, { words: oneOf("once", "monthly", "quarterly", "yearly") }),
    fieldOf("method", "text", sql`pledge.method`, { words: oneOf("card", "paypal", "transfer") }),
    fieldOf("state", "text", sql`pledge.state`, { words: oneOf("open", "paused", "fulfilled", "ended", "lapsed") }),
    fieldOf("made", "moment", sql`pledge.made_at`),
  ]),
  has: () => exists(made, sql`true`),
  hasOne: (condition) => exists(made, condition),
  listed: ({ currency }) => {
    const decimals = decimalsOf(currency);
    const amount = sql`round(pledge.amount / ${10 ** decimals}::numeric, ${decimals}::int)`;
    return sql`array(
      select concat_ws(' ', ${amount}, pledge.currency, pledge.interval, pledge.method, pledge.state)
      from ${made} order by pledge.id)`;
  },
};

export const collections: ReadonlyMap<string, Collection> = new Map(
  [consents, signatures, messages, pledges].map((collection) => [collection.name, collection]),
);

function exists(theirs: Sql, condition: Sql): Sql {
  return sql`exists (select from ${theirs} and ${condition})`;
}
