// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the columns of a list mean: by their names, or as a mapping file says; nothing is guessed, nothing is left out in silence.
import { readYamlFile } from "@cdb/runtime/yaml-file.ts";
import { z } from "zod";
import { Invalid } from "../data/errors.ts";
import { type Known, suggest } from "../data/selectors/suggest.ts";

export interface Mapping {
  /** Name in the file → our field, or `ignore`. */
  columns: Record<string, string>;
  /** What every line has whose cell is empty or not there. */
  values: Record<string, string>;
}

/** The field of each column; null: it is left out. */
export type Columns = (string | null)[];

const mappingShape = z.strictObject({
  columns: z.record(z.string(), z.string()).default({}),
  values: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
});

// In German, too: such lists come from all kinds of programs.
const fields: Known[] = [
  { value: "name", names: ["full name", "vorname nachname", "vollständiger name"] },
  { value: "email", names: ["e-mail", "mail", "email address", "e-mail-adresse"] },
  { value: "language", names: ["sprache", "lang", "locale"] },
  { value: "kind", names: ["type", "art"] },
  { value: "lines", names: ["address", "street", "adresse", "straße", "address line"] },
  { value: "postcode", names: ["zip", "postal code", "zip code", "plz", "postleitzahl"] },
  { value: "city", names: ["town", "ort", "stadt"] },
  { value: "region", names: ["state", "province", "bundesland"] },
  { value: "country", names: ["land", "country code"] },
  { value: "birthday", names: ["date of birth", "geburtstag", "geburtsdatum"] },
  { value: "consent-day", names: ["consent date"] },
  { value: "consent-version", names: ["wording version"] },
  { value: "consent-channel", names: ["source", "quelle"] },
  { value: "referrer", names: ["referer"] },
];
/** Fields that several columns may give, with what stands between them. */
const joined: Record<string, string> = { name: " ", lines: "\n" };

/** Throws Invalid with what is wrong in the mapping file. */
export function readMapping(file: string): Mapping {
  let read: ReturnType<typeof readYamlFile<Mapping>>;
  try {
    read = readYamlFile(file, mappingShape);
  } catch {
    throw new Invalid("mapping-unreadable", `There is no mapping file ${file}.`);
  }
  if ("mistakes" in read) throw new Invalid("mapping-wrong", read.mistakes.join("\n"));
  return read.value;
}

/** What each column of the header means. Throws Invalid for one that means nothing, and when name or email address is missing. */
export function readHeader(header: string[], mapping: Mapping, purposes: string[]): Columns {
  if (header.some((cell) => cell.includes("@")))
    throw new Invalid("header-missing", "The file needs a first line with the names of its columns.");
  const known = [...fields, ...purposes.map((purpose) => ({ value: `consent:${purpose}`, names: [purpose] }))];
  const renamed = new Map(Object.entries(mapping.columns).map(([name, field]) => [plain(name), field]));
  for (const name of Object.keys(mapping.columns))
    if (!header.some((cell) => plain(cell) === plain(name)))
      throw new Invalid("column-missing", `The file has no column ${name}.${suggest(name, asKnown(header))}`);
  const columns = header.map((cell) => fieldOf(renamed.get(plain(cell)) ?? cell, known, cell));
  for (const name of Object.keys(mapping.values)) fieldOf(name, known, name);
  refuseTwice(columns, header);
  for (const needed of ["name", "email"])
    if (!columns.includes(needed) && !Object.keys(mapping.values).some((name) => plain(name) === needed))
      throw new Invalid(
        "column-missing",
        `The file has no column ${needed}. Its first line must name the columns: ${known.map(({ value }) => value).join(", ")}.`,
      );
  return columns;
}

/** The cells of one line by their fields; empty ones are not there. */
export function readCells(columns: Columns, cells: string[], mapping: Mapping): Map<string, string> {
  const found = new Map(Object.entries(mapping.values).map(([name, value]) => [plain(name), value]));
  const told = new Set<string>();
  for (const [at, field] of columns.entries()) {
    const cell = cells[at] ?? "";
    if (field === null || cell === "") continue;
    found.set(field, told.has(field) ? `${found.get(field)}${joined[field] ?? ""}${cell}` : cell);
    told.add(field);
  }
  return found;
}

function fieldOf(name: string, known: Known[], shown: string): string | null {
  if (plain(name) === "ignore") return null;
  const field = known.find(({ value }) => value === plain(name))?.value;
  if (field) return field;
  const called = shown.trim() === "" ? "A column has no name" : `The column ${quoted(shown)} is not known`;
  throw new Invalid(
    "column-unknown",
    `${called}.${suggest(plain(name), known)} A mapping file says what it means, or that it is to be left out: see docs/import.md.`,
  );
}

function refuseTwice(columns: Columns, header: string[]): void {
  const twice = columns.find((field, at) => field !== null && !joined[field] && columns.indexOf(field) !== at);
  if (!twice) return;
  const names = header.filter((_, at) => columns[at] === twice).map(quoted);
  throw new Invalid("column-twice", `The columns ${names.join(" and ")} both mean ${twice}.`);
}

function asKnown(header: string[]): Known[] {
  return header.map((value) => ({ value, names: [] }));
}

function quoted(name: string): string {
  return `"${name.trim().slice(0, 60)}"`;
}

function plain(name: string): string {
  return name.trim().toLowerCase();
}
