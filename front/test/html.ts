// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads our own pages as a browser does, as far as forms need it: tags, attributes, what stands in a field.

export interface Tag {
  name: string;
  attributes: Record<string, string>;
  /** Up to the next tag. */
  text: string;
}

/** Every opening tag, in order. */
export function tagsIn(html: string): Tag[] {
  const tags: Tag[] = [];
  const tag = /<([a-z][a-z0-9-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>([^<]*)/gi;
  for (const [, name = "", inside = "", text = ""] of html.matchAll(tag))
    tags.push({ name: name.toLowerCase(), attributes: attributesIn(inside), text: plain(text) });
  return tags;
}

/** Name of each text field, hidden ones too → what stands in it. */
export function fieldsIn(html: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const { name, attributes, text } of tagsIn(html)) {
    if (attributes.name === undefined) continue;
    if (name === "textarea") fields.set(attributes.name, text.replace(/^\n/, ""));
    if (name === "input" && !/^(radio|checkbox)$/.test(attributes.type ?? ""))
      fields.set(attributes.name, attributes.value ?? "");
  }
  return fields;
}

/** What a reader reads, tag by tag. */
export function textIn(html: string): string {
  return plain(html.replace(/<(?:"[^"]*"|'[^']*'|[^'">])*>/g, "\n"));
}

function attributesIn(inside: string): Record<string, string> {
  const attribute = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
  return Object.fromEntries(
    [...inside.matchAll(attribute)].map(([, name = "", double, single, bare]) => [
      name.toLowerCase(),
      plain(double ?? single ?? bare ?? ""),
    ]),
  );
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return entities[name] ?? whole;
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
