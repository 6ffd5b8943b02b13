// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a form sent, read strictly: one encoding, well-formed UTF-8, no field twice. What it means is checked by the contract.
import type { FormState } from "@cdb/theme/form.ts";
import type { z } from "zod";
import { codeOfIssue, fieldSentence, formField } from "./problem-words.ts";
import { Refused } from "./refused.ts";
import type { Visit } from "./visit.ts";

export interface Form {
  /** Field name → what was typed; absent fields are empty. */
  text(name: string): string;
  /** All that was ticked under one name; allowed for the names that readForm was given. */
  all(name: string): string[];
  names: string[];
  values: FormState["values"];
}

/** Throws Refused: 415 for another encoding, 400 for broken text or a field that came twice. */
export async function readForm(c: Visit, several: readonly string[] = []): Promise<Form> {
  const type = c.req.header("Content-Type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) throw new Refused(415, "form-media-type");
  return readFields(decodeBytes(await c.req.arrayBuffer()), several);
}

/** The same for the fields of an address. */
export function readFields(encoded: string, several: readonly string[] = []): Form {
  const fields = new Map<string, string[]>();
  for (const pair of encoded.split("&").filter((part) => part !== "")) {
    const [name = "", ...rest] = pair.split("=");
    const [key, value] = [decode(name), decode(rest.join("="))];
    const given = fields.get(key);
    if (given) given.push(value);
    else fields.set(key, [value]);
  }
  const repeated = [...fields].some(([name, values]) => values.length > 1 && !several.includes(name));
  if (repeated) throw new Refused(400, "form-repeated");
  const all = (name: string) => fields.get(name) ?? [];
  return {
    all,
    text: (name) => all(name)[0] ?? "",
    names: [...fields.keys()],
    values: Object.fromEntries([...fields].map(([name, given]) => [name, several.includes(name) ? given : given[0]])),
  };
}

export type CheckedForm<T> = { body: T } | { errors: Record<string, string> };

/**
 * Holds what would be sent to back against the contract. `fieldNames` maps a path in the body to the form's name for it,
 * where they differ; an error carries its sentence.
 */
export function checkBody<S extends z.ZodType>(
  c: Visit,
  shape: S,
  body: z.input<S>,
  fieldNames: Record<string, string> = {},
): CheckedForm<z.output<S>> {
  const checked = shape.safeParse(body);
  if (checked.success) return { body: checked.data };
  const errors: Record<string, string> = {};
  for (const issue of checked.error.issues) {
    const field = formField(issue.path.join("."), fieldNames);
    errors[field] ??= fieldSentence(c, field, codeOfIssue(issue, body));
  }
  return { errors };
}

/** As `checkBody`, and DNS says that mail can be sent to `email`; what is wrong with that stands beside `field`. */
export async function checkMailable<T>(
  c: Visit,
  checked: CheckedForm<T>,
  email: string,
  field: string,
): Promise<CheckedForm<T>> {
  if ("errors" in checked || (await c.var.site.mailDomains.check(email)) !== "refuses") return checked;
  return { errors: { [field]: fieldSentence(c, field, "email-address-refused") } };
}

/** Where a visitor came from is for our statistics: what does not fit is cut, never complained about. */
export function readReferrer(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]/gu, "")
    .slice(0, 500)
    .toWellFormed();
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeBytes(bytes: ArrayBuffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refused(400, "form-encoding");
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new Refused(400, "form-encoding");
  }
}
