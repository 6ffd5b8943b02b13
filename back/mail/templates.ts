// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The mails' texts: whole-mail files with their headers on top, ours or the organisation's own in their place.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ConfigError } from "@cdb/runtime/config.ts";
import { type MailName, mails } from "../data/mailings/mails.ts";

export interface Template {
  subject: string;
  body: string;
  language: string;
}

export interface Templates {
  /** In this language, or in English. */
  find(mail: MailName, language: string): Template;
}

/** What every mail may say of the organisation and its site. */
const everywhere = ["organisation", "website", "contact", "front"];
const complete = ["en", "de"];
const ours = path.join(import.meta.dirname, "templates");

/** Reads `<mail>.<language>.eml` of each folder, a later one instead of an earlier. Throws ConfigError with every mistake. */
export function openTemplates(folders: readonly (string | undefined)[] = []): Templates {
  const found = new Map<string, Template>();
  const mistakes: string[] = [];
  for (const folder of [ours, ...folders].filter((name) => name !== undefined)) {
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".eml")) : [];
    for (const file of files) readTemplate(path.join(folder, file), found, mistakes);
  }
  for (const mail of Object.keys(mails))
    for (const language of complete)
      if (!found.has(`${mail}.${language}`)) mistakes.push(`There is no mail template ${mail}.${language}.eml.`);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return { find: (mail, language) => (found.get(`${mail}.${language}`) ?? found.get(`${mail}.en`)) as Template };
}

function readTemplate(file: string, found: Map<string, Template>, mistakes: string[]): void {
  const [, name = "", language = ""] = /^(.+)\.([a-z]{2})\.eml$/.exec(path.basename(file)) ?? [];
  if (!(name in mails)) {
    mistakes.push(`${file}: there is no mail of this name.`);
    return;
  }
  const [, subject, body] =
    /^Subject: ([^\n]+)\n\n([\s\S]+)$/.exec(readFileSync(file, "utf8").replaceAll("\r\n", "\n")) ?? [];
  if (!subject || !body) {
    mistakes.push(`${file}: it must begin with a line "Subject: …" and an empty line, then the text.`);
    return;
  }
  const wrong = mistakesIn(name as MailName, subject, body);
  mistakes.push(...wrong.map((mistake) => `${file}: ${mistake}`));
  if (wrong.length === 0) found.set(`${name}.${language}`, { subject, body, language });
}

function mistakesIn(name: MailName, subject: string, body: string): string[] {
  const { fields, secrets, link } = mails[name];
  const needed = [...secrets, ...(link ? ["link"] : [])];
  const known = [...everywhere, ...fields, ...needed];
  const used = [...`${subject}${body}`.matchAll(/\{([^{}]*)\}/g)].map(([, field = ""]) => field);
  const unknown = [...new Set(used)].filter((field) => !known.includes(field));
  const missing = needed.filter((field) => !used.includes(field));
  const braced = (names: readonly string[]) => names.map((field) => `{${field}}`).join(", ");
  return [
    ...(unknown.length > 0 ? [`this mail has no field ${braced(unknown)}; it has ${braced(known)}.`] : []),
    ...(missing.length > 0 ? [`the text lacks ${braced(missing)}, without which the mail is of no use.`] : []),
  ];
}

/** Puts the values in; data only, no logic. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, field: string) => values[field] ?? "");
}
