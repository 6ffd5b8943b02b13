// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a mailing, read once and filled in for each reader: as plain text, and as HTML made from its Markdown.

import type { Organisation } from "@cdb/runtime/organisation.ts";
import MarkdownIt from "markdown-it";
import { type Field, mailingFields, splitAtFields } from "../data/mailings/mailing-fields.ts";
import { escapeHtml } from "./render.ts";

/** Text with gaps, which are filled by the fields' values. */
interface Gapped {
  words: readonly string[];
  gaps: readonly { name: string; field: Field | undefined; otherwise: string }[];
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

// No HTML of the writer's own: what is written is what is read, in both forms.
const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false });

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
  const form = {
    language,
    subject: gapped(subject),
    text: gapped(plainOf(body)),
    html: gapped(
      markdown
        .render(body.replace(/!(?=\[)/g, ""))
        .replace(/%7B([\w.|%-]+)%7D/gi, (_, name: string) => `{${decodeURIComponent(name)}}`),
    ),
  };
  const names = [form.subject, form.text, form.html].flatMap(({ gaps }) => gaps.map(({ name }) => name));
  return { ...form, fields: [...new Set(names)] };
}

/** For one reader; `values` as the database gives them. */
export function fillForm(form: MailingForm, values: Record<string, unknown>, organisation: Organisation): Filled {
  const to = { language: form.language, organisation };
  const show = ({ name, field, otherwise }: Gapped["gaps"][number]) => {
    const value = values[name] ?? null;
    return value === null || !field
      ? otherwise
      : field
          .show(value, to)
          .toWellFormed()
          .replace(/\p{Cc}+/gu, " ");
  };
  return {
    subject: fill(form.subject, show),
    text: fill(form.text, show),
    html: fill(form.html, (gap) => escapeHtml(show(gap))),
  };
}

function gapped(text: string): Gapped {
  const { words, fields } = splitAtFields(text);
  return { words, gaps: fields.map(({ field: name, otherwise }) => ({ name, field: mailingFields[name], otherwise })) };
}

function fill({ words, gaps }: Gapped, show: (gap: Gapped["gaps"][number]) => string): string {
  return gaps.reduce((text, gap, at) => text + show(gap) + words[at + 1], words[0] ?? "");
}

// Markdown is made to be read as it is; only links are put behind their words.
function plainOf(body: string): string {
  return body.replace(/!?\[([^\]]*)\]\((\S+?)(?:\s+"[^"]*")?\)/g, (_, words: string, address: string) =>
    words === address || words === "" ? address : `${words} <${address}>`,
  );
}
