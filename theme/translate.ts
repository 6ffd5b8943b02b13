// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Texts of pages in the reader's language: English stands in the source, other languages in gettext PO files.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { po } from "gettext-parser";

export type Values = Record<string, string | number>;

/** Translates one English text; `{name}` in it is replaced by `values.name`. A text without translation stays English. */
export interface Translate {
  (text: string, values?: Values): string;
  /** The form for `count`, which is also the value of `{count}`. */
  plural(one: string, many: string, count: number, values?: Values): string;
  readonly language: string;
}

interface Catalogue {
  texts: Map<string, string[]>;
  pluralForm(count: number): number;
}

const themeFolder = join(import.meta.dirname, "translations");

/**
 * Reads `<language>.po` of the theme and of each folder given; later folders win.
 * Gives the translator of a language, English for one that nobody translated.
 */
export function openTranslations(...folders: string[]): (language: string) => Translate {
  const catalogues = new Map<string, Catalogue>();
  for (const folder of [themeFolder, ...folders].filter((path) => existsSync(path)))
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".po")))
      addCatalogue(catalogues, file.slice(0, -".po".length), readFileSync(join(folder, file), "utf8"));
  const translators = new Map([...catalogues].map(([name, catalogue]) => [name, makeTranslator(name, catalogue)]));
  const english = makeTranslator("en", { texts: new Map(), pluralForm: (count) => (count === 1 ? 0 : 1) });
  return (language) => translators.get(language) ?? english;
}

function addCatalogue(catalogues: Map<string, Catalogue>, language: string, file: string): void {
  const { headers, translations } = po.parse(file);
  const catalogue = catalogues.get(language) ?? {
    texts: new Map<string, string[]>(),
    pluralForm: readPluralForms(headers["Plural-Forms"] ?? ""),
  };
  for (const entry of Object.values(translations[""] ?? {}))
    if (entry.msgid && entry.msgstr.every((text) => text !== "")) catalogue.texts.set(entry.msgid, entry.msgstr);
  catalogues.set(language, catalogue);
}

// The header holds a C expression of n. Only its arithmetic is let through, so that it can run as JavaScript.
function readPluralForms(header: string): (count: number) => number {
  const expression = /plural\s*=\s*([n\d\s()%!=<>&|?:]+);?\s*$/.exec(header)?.[1] ?? "n != 1";
  const evaluate = new Function("n", `return Number(${expression});`) as (n: number) => number;
  return (count) => evaluate(count);
}

function makeTranslator(language: string, { texts, pluralForm }: Catalogue): Translate {
  const translate = (text: string, values?: Values) => fill(texts.get(text)?.[0] ?? text, values);
  const plural = (one: string, many: string, count: number, values?: Values) => {
    const forms = texts.get(one);
    return fill(forms?.[pluralForm(count)] ?? (count === 1 ? one : many), { count, ...values });
  };
  return Object.assign(translate, { plural, language });
}

function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
