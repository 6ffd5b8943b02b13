// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The values that a field with few of them may have, and what people call them.
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { mails } from "../mailings/mails.ts";
import type { Known } from "./suggest.ts";

export type KnownWords = (organisation: Organisation) => readonly Known[];

/** These words and no others. */
export function oneOf(...words: string[]): KnownWords {
  const known = words.map((value) => ({ value, names: [] }));
  return () => known;
}

export const knownPurposes: KnownWords = ({ purposes }) =>
  purposes.map(({ name, title }) => ({ value: name, names: Object.values(title) }));

export const knownCampaigns: KnownWords = ({ campaigns }) => campaigns.map((value) => ({ value, names: [] }));

export const knownMails: KnownWords = oneOf(...Object.keys(mails));

export const knownLanguages: KnownWords = ({ languages }) =>
  [...new Set([...languages.mail, ...languages.interface])].map((value) => ({ value, names: namesOf(value) }));

/** Countries as ISO 3166 has them, with their names in English; `UK` is a name of `GB`. */
export const knownCountries: KnownWords = () => {
  countries ??= findCountries();
  return countries;
};

let countries: Known[] | undefined;

function findCountries(): Known[] {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const found = new Map<string, Known>([["", { value: "", names: [] }]]);
  for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
    const name = names.of(code);
    const value = Intl.getCanonicalLocales(`und-${code}`)[0]?.slice(4) ?? code;
    const known = found.get(value) ?? { value, names: [] };
    if (name !== undefined) found.set(value, { value, names: [...known.names, value === code ? name : code] });
  }
  return [...found.values()];
}

function namesOf(language: string): string[] {
  return ["en", language].map((reader) => new Intl.DisplayNames(reader, { type: "language" }).of(language) ?? "");
}
