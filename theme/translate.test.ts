// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Translations work, and German is complete.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { po } from "gettext-parser";
import { openTranslations } from "./translate.ts";

const root = join(import.meta.dirname, "..");
const programs = ["theme", "front", "auth"];

test("a text without translation stays English", () => {
  assert.equal(openTranslations()("de")("No one {verb} this", { verb: "translated" }), "No one translated this");
  assert.equal(openTranslations()("xx").language, "en");
});

test("values stand where the translation wants them, and plurals follow the file's rule", () => {
  const folder = mkdtempSync(join(tmpdir(), "translations-"));
  writeFileSync(
    join(folder, "pl.po"),
    `msgid ""\nmsgstr "Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"\n
msgid "{count} mail from {name}"\nmsgid_plural "{count} mails from {name}"\nmsgstr[0] "{name}: {count} list"\nmsgstr[1] "{name}: {count} listy"\nmsgstr[2] "{name}: {count} listów"\n`,
  );
  const t = openTranslations(folder)("pl");
  const say = (count: number) =>
    t.plural("{count} mail from {name}", "{count} mails from {name}", count, { name: "A" });
  assert.deepEqual([1, 3, 5, 12, 22].map(say), [
    "A: 1 list",
    "A: 3 listy",
    "A: 5 listów",
    "A: 12 listów",
    "A: 22 listy",
  ]);
});

test("a plural rule that is more than arithmetic is not run", () => {
  const folder = mkdtempSync(join(tmpdir(), "translations-"));
  writeFileSync(
    join(folder, "xx.po"),
    `msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=process.exit(1);\\n"\n\nmsgid "one"\nmsgid_plural "many"\nmsgstr[0] "1"\nmsgstr[1] "2"\n`,
  );
  assert.equal(openTranslations(folder)("xx").plural("one", "many", 5), "2");
});

for (const program of programs) {
  const { texts, unreadable } = textsOf(program);
  const translated = translationsOf(program);

  test(`every text of ${program} is written where it can be extracted`, () => assert.deepEqual(unreadable, []));

  test(`every text of ${program} is in German`, () => {
    const known = new Map([...translationsOf("theme"), ...translated]);
    assert.deepEqual(
      [...texts].filter((text) => !known.get(text)),
      [],
    );
  });

  test(`every German text of ${program} is in use, with the same values`, () => {
    assert.deepEqual(
      [...translated.keys()].filter((text) => !texts.has(text)),
      [],
    );
    for (const [text, german] of translated) assert.deepEqual(valuesOf(german), valuesOf(text), text);
  });
}

function textsOf(program: string): { texts: Set<string>; unreadable: string[] } {
  const texts = new Set<string>();
  const unreadable: string[] = [];
  for (const file of readdirSync(join(root, program), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts") || file.includes("node_modules")) continue;
    const source = readFileSync(join(root, program, file), "utf8");
    for (const { index } of source.matchAll(/(?<!\w)t(?:\.plural)?\((?!text\b)/g)) {
      const literal = /^t(?:\.plural)?\(\s*("(?:[^"\\]|\\.)*")/.exec(source.slice(index, index + 2000))?.[1];
      if (literal === undefined) unreadable.push(`${file}: ${source.slice(index, index + 60)}`);
      else texts.add(JSON.parse(literal));
    }
  }
  return { texts, unreadable };
}

function translationsOf(program: string): Map<string, string> {
  const file = join(root, program, "translations", "de.po");
  if (!existsSync(file)) return new Map();
  const entries = Object.values(po.parse(readFileSync(file, "utf8")).translations[""] ?? {}).filter(
    (entry) => entry.msgid,
  );
  return new Map(
    entries.map((entry) => [entry.msgid, entry.msgstr.every((text) => text) ? (entry.msgstr.at(-1) ?? "") : ""]),
  );
}

function valuesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""))].sort();
}
