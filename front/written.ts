// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What back made of Markdown, as a part of a page: only tags that text consists of, whatever comes; the rest is shown as it is written.
import { type Html, raw } from "@cdb/theme/html.ts";

const allowed = "p|h[1-6]|ul|ol|li|blockquote|pre|code|em|strong|s|hr|br|table|thead|tbody|tr|th|td|a";
const tags = new RegExp(`<(?:(/?)(${allowed})((?: [a-z]+="[^"<>]*")*)>)?`, "g");

/** Its headings begin below the page's own. */
export function showWritten(html: string): Html {
  const levels = [...html.matchAll(/<h([1-6])>/g)].map(([, level]) => Number(level));
  const top = Math.min(...levels);
  const shown = html.replace(tags, (_, slash: string, name: string | undefined, attributes: string) => {
    if (name === undefined) return "&lt;";
    const tag = /^h[1-6]$/.test(name) ? `h${Math.min(6, Number(name[1]) - top + 2)}` : name;
    return `<${slash}${tag}${slash === "" ? keep(name, attributes) : ""}>`;
  });
  // A link without words, such as a picture that nobody described.
  return raw(shown.replace(/<a href="([^"]*)"><\/a>/g, '<a href="$1">$1</a>'));
}

function keep(name: string, attributes: string): string {
  // Where the numbers of a table stand, which comes as a style.
  const [, side] = /^t[hd] style="text-align:(right|center)"$/.exec(name + attributes) ?? [];
  if (side !== undefined) return ` class="${side}"`;
  const kept = { a: / href="(?:https?:\/\/|mailto:)[^"]*"/i, ol: / start="\d{1,9}"/ }[name];
  return kept?.exec(attributes)?.[0] ?? "";
}
