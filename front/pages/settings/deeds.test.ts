// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The history speaks to people: whatever happens at a sign-in has words, in each language.
import assert from "node:assert/strict";
import { test } from "node:test";
import { signInEventKinds } from "@cdb/api/sign-in.ts";
import { openTranslations } from "@cdb/theme/translate.ts";
import { deed } from "./deeds.ts";

const translations = openTranslations(new URL("../../translations", import.meta.url).pathname);

test("each kind of event at a sign-in has words of its own, in English and in German", () => {
  const ofPeople = signInEventKinds.filter((kind) => kind !== "client-changed" && kind !== "key-rotated");
  const said = { en: new Set<string>(), de: new Set<string>() };
  for (const kind of ofPeople)
    for (const language of ["en", "de"] as const) {
      const words = deed(translations(language), "sign-in-event", kind);
      assert.ok(words !== kind && words.includes(" "), `${kind}: ${words}`);
      said[language].add(words);
    }
  assert.deepEqual([said.en.size, said.de.size], [ofPeople.length, ofPeople.length]);
  assert.deepEqual(
    [...said.en].filter((words) => said.de.has(words)),
    [],
    "nothing is left in English",
  );
});
