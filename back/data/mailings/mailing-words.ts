// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The words of a mailing for a reader of whom nothing is known: in the place of each field those for where there is none.
import { splitAtFields } from "./mailing-fields.ts";

export function toAnybody(text: string): string {
  const { words, fields } = splitAtFields(text);
  return words.map((word, at) => word + (fields[at]?.otherwise ?? "")).join("");
}
