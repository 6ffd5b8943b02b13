// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a mailing may say of who reads it: `{name}`, or with words for where there is nothing, `{donations.last.amount|something}`.
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { formatDay } from "../donations/donation.ts";
import { donrefOf } from "../donations/reference.ts";
import { Invalid } from "../errors.ts";
import { formatMoney } from "../money.ts";

export interface Field {
  meaning: string;
  /** SQL over `person`, as text or JSON; null: there is nothing to say. */
  sql: string;
  show(value: unknown, to: { language: string; organisation: Organisation }): string;
}

const lastDonation = `from donation where person_id = person.id and refunded + disputed < amount
  order by received_on desc, donation.id desc limit 1`;

export const mailingFields: Readonly<Record<string, Field>> = {
  name: { meaning: "the name, as they write it", sql: "nullif(person.name, '')", show: String },
  reference: {
    meaning: "their reference, to be quoted when they pay",
    sql: "person.id",
    show: (id, { organisation }) => donrefOf(organisation.referencePrefix, Number(id)),
  },
  "donations.last.amount": {
    meaning: "what they gave last",
    sql: `(select jsonb_build_array(amount - refunded - disputed, currency) ${lastDonation})`,
    show: money,
  },
  "donations.last.day": {
    meaning: "when that was",
    sql: `(select received_on::text ${lastDonation})`,
    show: (day, { language }) => formatDay(Temporal.PlainDate.from(String(day)), language),
  },
  "donations.count": {
    meaning: "how often they gave",
    sql: "(select nullif(donations, 0) from person_stats where person_id = person.id)",
    show: String,
  },
};

function money(value: unknown, { language }: { language: string }): string {
  const [amount, currency] = value as [number, string];
  return formatMoney({ amount, currency }, language);
}

export interface Placed {
  field: string;
  /** Said where there is no value. */
  otherwise: string;
}

const placed = /\{([A-Za-z][\w.]*)(?:\|([^{}]*))?\}/g;

/** The text before, between and behind its fields, and the fields. */
export function splitAtFields(text: string): { words: string[]; fields: Placed[] } {
  const [words, fields]: [string[], Placed[]] = [[], []];
  let at = 0;
  for (const match of text.matchAll(placed)) {
    words.push(text.slice(at, match.index));
    fields.push({ field: match[1] ?? "", otherwise: match[2] ?? "" });
    at = match.index + match[0].length;
  }
  return { words: [...words, text.slice(at)], fields };
}

/** Throws Invalid: `field-unknown` names the field and those that there are, `field-malformed` says how one is written. */
export function checkFields(text: string, place: string): void {
  const { words, fields } = splitAtFields(text);
  const unknown = fields.find(({ field }) => !Object.hasOwn(mailingFields, field));
  const known = Object.keys(mailingFields).map((name) => `{${name}}`);
  if (unknown)
    throw new Invalid("field-unknown", `There is no field {${unknown.field}}; there are ${known.join(", ")}.`, place);
  // A field within a field, or one that does not end. Braces around something else are text.
  if (/\{\s*[A-Za-z_|]/.test(words.join("x")))
    throw new Invalid("field-malformed", "A field is written {name}, or {name|words where there is none}.", place);
}
