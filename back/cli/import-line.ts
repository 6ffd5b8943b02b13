// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// From the cells of one line to a person, by the shapes of the API; what does not fit is said with its column, never with its value.
import { register } from "@cdb/api/registrations.ts";
import { day, line, postalAddress } from "@cdb/api/shapes.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { z } from "zod";
import { Invalid } from "../data/errors.ts";
import type { ConsentOfList, PersonOfList } from "../data/people/import-people.ts";

const { name, email, kind, language } = register.body.shape;
const shape = z.object({
  ...{ name, email, kind, language: language.unwrap().optional() },
  ...{ ...postalAddress.shape, country: postalAddress.shape.country.default("") },
  birthday: day.optional(),
  "consent-day": day.optional(),
  "consent-version": z
    .string()
    .regex(/^\d{1,6}$/, "must be a number")
    .transform(Number)
    .optional(),
  "consent-channel": line(100).optional(),
  referrer: line(100).optional(),
});

/** `list` is how the file is called. Throws Invalid with the column. */
export function readPerson(cells: Map<string, string>, list: string): PersonOfList {
  const { name, email, kind, language, birthday, ...rest } = check(cells);
  const { lines, postcode, city, region, country } = rest;
  const hasAddress = [...lines, postcode, city, region ?? "", country].some((part) => part !== "");
  return {
    ...{ name, email, kind, language },
    postalAddress: hasAddress ? { lines, postcode, city, region, country } : undefined,
    birthday: birthday === undefined ? undefined : Temporal.PlainDate.from(birthday),
    consents: readConsents(cells, rest["consent-day"], rest["consent-version"]),
    channel: [`import ${list}`, rest["consent-channel"], rest.referrer].filter(Boolean).join("; "),
  };
}

function check(cells: Map<string, string>): z.infer<typeof shape> {
  const lines = (cells.get("lines") ?? "").split(/\r\n|\r|\n/).filter((part) => part.trim() !== "");
  const checked = shape.safeParse({ postcode: "", city: "", ...Object.fromEntries(cells), lines });
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const field = String(issue?.path[0] ?? "");
  if (!cells.has(field)) throw new Invalid(`${field}-missing`, "There is nothing in it.", field);
  throw new Invalid("cell-invalid", issue?.message ?? "", field);
}

function readConsents(cells: Map<string, string>, on?: string, version?: number): ConsentOfList[] {
  return [...cells].flatMap(([field, cell]): ConsentOfList[] => {
    const purpose = /^consent:(.*)$/.exec(field)?.[1];
    const said = cell.trim().toLowerCase();
    if (purpose === undefined || said === "no") return [];
    if (said !== "yes" && !day.safeParse(said).success)
      throw new Invalid("consent-unreadable", "It must be a day such as 2026-11-20, yes, or no.", field);
    const given = said === "yes" ? on : said;
    if (given === undefined) return [{ purpose, given: null }];
    if (version === undefined)
      throw new Invalid(
        "wording-unknown",
        "A consent needs the version of the wording that was agreed to: the column consent-version.",
        field,
      );
    return [{ purpose, given: { on: Temporal.PlainDate.from(given), wordingVersion: version } }];
  });
}
