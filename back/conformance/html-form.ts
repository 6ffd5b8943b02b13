// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The forms of a page, as a browser without scripts would send them: enough for sign-in pages, no parser for all of HTML.

export interface Form {
  method: "GET" | "POST";
  action: string;
  /** What is sent unless the person types something else. */
  values: Record<string, string>;
  /** Names of the fields that a person fills in. */
  asked: string[];
}

/** Its first button counts as pressed. */
export function formsIn(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, head = "", body = ""]) => {
    const { method = "get", action = "" } = attributesIn(head);
    const form: Form = { method: method.toLowerCase() === "post" ? "POST" : "GET", action, values: {}, asked: [] };
    for (const [, text = ""] of body.matchAll(/<(?:input|textarea)\b([^>]*)>/gi)) addField(form, attributesIn(text));
    const [, button = ""] = /<(?:button|input(?=[^>]*\btype=["']?submit))\b([^>]*)>/i.exec(body) ?? [];
    const { name, value = "" } = attributesIn(button);
    if (name) form.values[name] = value;
    return form;
  });
}

function addField(form: Form, { type = "text", name, value = "", checked }: Record<string, string>): void {
  if (!name || /^(submit|button|reset|image|file)$/i.test(type)) return;
  if (/^(checkbox|radio)$/i.test(type) && checked === undefined) return;
  form.values[name] ??= value;
  if (/^(text|email|password|tel|number|url|search)$/i.test(type)) form.asked.push(name);
}

function attributesIn(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = "", a, b, c] of text.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g))
    found[name.toLowerCase()] ??= decode(a ?? b ?? c ?? "");
  return found;
}

const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name.toLowerCase()] ?? whole;
    return String.fromCodePoint(Math.min(decimal ? Number(decimal) : Number.parseInt(hex, 16), 0x10ffff));
  });
}
