// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { personalTables, recipients } from "@cdb/back/data/privacy/personal-data.ts";
import { openTranslations } from "@cdb/theme/translate.ts";
import { keptWords, recipientWords, tableWords } from "./export-words.ts";

const t = openTranslations(new URL("../../translations", import.meta.url).pathname)("de");

test("whatever is kept of people, how long and who else gets it has words for them", () => {
  assert.deepEqual(Object.keys(tableWords(t)).sort(), Object.keys(personalTables).sort());
  assert.deepEqual(Object.keys(recipientWords(t)), [...recipients]);
  for (const { kept } of Object.values(personalTables)) assert.ok(keptWords(t)[kept], kept);
});
