// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a mailing, read once and filled in for each reader: as plain text, and as HTML made from its Markdown.
import { randomUUID } from "node:crypto";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import MarkdownIt from "markdown-it";
import { mailingFields, type Placed, splitAtFields } from "../data/mailings/mailing-fields.ts";
import type { Gapped } from "./gapped.ts";
import { escapeHtml } from "./render.ts";

/** What is asked of the database for a reader, by the name of the field. */
interface Known {
  fields: Record<string, unknown>;
}

export interface MailingForm {
  language: string;
  subject: Gapped<Known>;
  text: Gapped<Known>;
  html: Gapped<Known>;
  /** The names of all that is asked. */
  fields: readonly string[];
}

/** Words in the place of the fields, into which neither Markdown nor an address reads anything. */
interface Marked {
  text: string;
  fields: readonly Placed[];
  mark: RegExp;
}

/** Reads a text once. Images are shown as links: whoever opens a mail is told to nobody. */
export function readForm(
  { language, subject, body }: { language: string; subject: string; body: string },
  organisation: Organisation,
): MailingForm {
  const to = { language, organisation };
  const [title, marked] = [markFields(subject), markFields(body)];
  const html = openMarkdown(marked).render(marked.text.replace(/!(?=\[)/g, ""));
  return {
    language,
    subject: openGaps(title, title.text, to),
    text: openGaps(marked, plainOf(marked.text), to),
    html: openGaps(marked, html, to, escapeHtml),
    fields: [...new Set([...title.fields, ...marked.fields].map(({ field }) => field))],
  };
}

function markFields(text: string): Marked {
  const { words, fields } = splitAtFields(text);
  // Nobody can have written it.
  const mark = `m${randomUUID().replaceAll("-", "")}`;
  const marked = words.map((word, at) => (at === 0 ? word : `${mark}${at - 1}z${word}`)).join("");
  return { text: marked, fields, mark: new RegExp(`${mark}(\\d+)z`, "g") };
}

function openMarkdown({ mark }: Marked) {
  // No HTML of the writer's own: what is written is what is read, in both forms.
  const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false });
  // What a link is, and where it leads, is no field's to say.
  markdown.validateLink = (address) =>
    /^(https?:\/\/[^/?#]+|mailto:[^?]+)/i.exec(address)?.[0].search(mark) === -1 && URL.canParse(address);
  return markdown;
}

function openGaps(
  { fields, mark }: Marked,
  text: string,
  to: { language: string; organisation: Organisation },
  protect = (words: string) => words,
): Gapped<Known> {
  const [words, gaps]: [string[], Gapped<Known>["gaps"][number][]] = [[], []];
  let [at, inAddress] = [0, false];
  for (const match of text.matchAll(mark)) {
    const { field: name = "", otherwise = "" } = fields[Number(match[1])] ?? {};
    const before = text.slice(at, match.index);
    inAddress = endsInAddress(before, inAddress);
    words.push(before);
    const [field, encode] = [mailingFields[name], inAddress ? encodeForAddress : (line: string) => line];
    gaps.push(({ fields }) => {
      const value = fields[name] ?? null;
      const shown = value === null || !field ? otherwise : field.show(value, to);
      return protect(encode(shown.toWellFormed().replace(/\p{Cc}+/gu, " ")));
    });
    at = match.index + match[0].length;
  }
  return { words: [...words, text.slice(at)], gaps };
}

/** `goesOn`: what stands before these words ends in one. */
function endsInAddress(words: string, goesOn: boolean): boolean {
  let start = words.length;
  while (start > 0 && !/[\s<>"]/.test(words[start - 1] ?? "")) start -= 1;
  if (/https?:\/\//i.test(words.slice(start))) return true;
  return start === 0 ? goesOn : words.slice(0, start).endsWith('href="');
}

// What encodeURIComponent leaves as it is ends an address in some programs.
function encodeForAddress(words: string): string {
  return encodeURIComponent(words).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

// Markdown is made to be read as it is; only links are put behind their words.
function plainOf(body: string): string {
  const link = /!?\[([^\][]*)\]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))+)>?(?:\s+"[^"]*")?\s*\)/g;
  return body.replace(link, (_, words: string, address: string) =>
    words === address || words === "" ? address : `${words} <${address}>`,
  );
}
