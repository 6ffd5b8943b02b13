// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads a YAML file that people write, and says every mistake in it with its place.
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { z } from "zod";

export type YamlFile<T> = { value: T } | { mistakes: string[] };

/** Throws only when the file cannot be read. */
export function readYamlFile<T>(file: string, check: z.ZodType<T>): YamlFile<T> {
  const document = parseDocument(readFileSync(file, "utf8"));
  if (document.errors.length > 0) return { mistakes: document.errors.map((error) => `${file}: ${error.message}`) };
  const checked = check.safeParse(toPlain(document));
  if (checked.success) return { value: checked.data };
  const { issues } = checked.error;
  return { mistakes: issues.map(({ path, message }) => `${file}: ${path.join(".") || "the whole"}: ${message}`) };
}

/** A file of a few lines can name itself over and over: what the library refuses to unfold is no value of ours. */
function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}
