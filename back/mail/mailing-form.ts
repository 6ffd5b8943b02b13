// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a mailing, read once and filled in for each reader: as plain text, and as HTML made from its Markdown.
import { randomUUID } from "node:crypto";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import MarkdownIt from "markdown-it";
import { type Field, mailingFields, type Placed, splitAtFields } from "../data/mailings/mailing-fields.ts";
import { escapeHtml } from "./render.ts";

/** Text with gaps, which are filled by the fields' values. */
interface Gapped {
  words: readonly string[];
  gaps: readonly Gap[];
}

interface Gap {
  name: string;
  field: Field | undefined;
  otherwise: string;
  /** It stands in the address of a link. */
  inAddress: boolean;
}

export interface MailingForm {
  language: string;
  subject: Gapped;
  text: Gapped;
  html: Gapped;
  /** What is asked of the database for each reader. */
  fields: readonly string[];
}

export interface Filled {
  subject: string;
  text: string;
  html: string;
}

/** Words in the place of the fields, into which neither Markdown nor an address reads anything. */
interface Marked {
  text: string;
  fields: readonly Placed[];
  mark: RegExp;
}

/** Reads a text once. Images are shown as links: whoever opens a mail is told to nobody. */
export function readForm({
  language,
  subject,
  body,
}: {
  language: string;
  subject: string;
  body: string;
}): MailingForm {
  const [title, marked] = [markFields(subject), markFields(body)];
  const html = openMarkdown(marked).render(marked.text.replace(/!(?=\[)/g, ""));
  const form = {
    language,
    subject: gapped(title, title.text),
    text: gapped(marked, plainOf(marked.text)),
    html: gapped(marked, html),
  };
  const names = [form.subject, form.text, form.html].flatMap(({ gaps }) => gaps.map(({ name }) => name));
  return { ...form, fields: [...new Set(names)] };
}

/** For one reader; `values` as the database gives them. */
export function fillForm(form: MailingForm, values: Record<string, unknown>, organisation: Organisation): Filled {
  const to = { language: form.language, organisation };
  const show = ({ name, field, otherwise, inAddress }: Gap) => {
    const value = values[name] ?? null;
    const words = value === null || !field ? otherwise : field.show(value, to);
    const line = words.toWellFormed().replace(/\p{Cc}+/gu, " ");
    return inAddress ? encodeForAddress(line) : line;
  };
  return {
    subject: fill(form.subject, show),
    text: fill(form.text, show),
    html: fill(form.html, (gap) => escapeHtml(show(gap))),
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

function gapped({ fields, mark }: Marked, text: string): Gapped {
  const [words, gaps]: [string[], Gap[]] = [[], []];
  let [at, inAddress] = [0, false];
  for (const match of text.matchAll(mark)) {
    const { field: name = "", otherwise = "" } = fields[Number(match[1])] ?? {};
    const before = text.slice(at, match.index);
    inAddress = endsInAddress(before, inAddress);
    words.push(before);
    gaps.push({ name, field: mailingFields[name], otherwise, inAddress });
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

function fill({ words, gaps }: Gapped, show: (gap: Gap) => string): string {
  return gaps.reduce((text, gap, at) => text + show(gap) + words[at + 1], words[0] ?? "");
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
