// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailing as one reader gets it: filled in, with the consent it rests on below, and the headers that mail programs act on.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { localeOf } from "@cdb/runtime/locale.ts";
import { inLanguage, type Organisation } from "@cdb/runtime/organisation.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { linkToken } from "../data/links/signed-link.ts";
import type { Addressee } from "../data/mailings/recipients.ts";
import { webNameOf } from "../data/mailings/web-address.ts";
import { encodeGapped, fillGaps, type Gapped, gapped, gapsIn } from "./gapped.ts";
import type { MailingForm } from "./mailing-form.ts";
import { mailingMessageId } from "./message-id.ts";
import { type ComposedMail, type MailHead, openComposer } from "./mime.ts";
import { escapeHtml, type Mail } from "./render.ts";
import { returnPath } from "./return-path.ts";
import { fill } from "./templates.ts";

export interface MailingDesk {
  organisation: Organisation;
  frontUrl: string;
  linkSecret: string;
}

export interface SentMailing {
  id: number;
  purpose: string;
  replyTo: string;
}

/** A mailing in one language, laid out once for all who read it. What it makes is the same for every try, to the letter. */
export interface MailingLayout {
  mail(to: Addressee): Mail;
  /** The same, ready for the mail server. */
  compose(to: Addressee): ComposedMail;
}

interface Reader extends Addressee {
  /** The address that withdraws the purpose. */
  unsubscribe: string;
}

export function layOut(desk: MailingDesk, mailing: SentMailing, form: MailingForm): MailingLayout {
  const footer = footerOf(desk, mailing, form.language);
  const text = gapped<Reader>`${form.text}\n\n-- \n${openFooter(desk, form.language, footer)}\n`;
  const html = frame(form.language, form, openFooter(desk, form.language, htmlFooter(footer), escapeHtml));
  const compose = openComposer(text, html);
  const readerOf = (to: Addressee): Reader => ({ ...to, unsubscribe: unsubscribeAddress(desk, to) });
  const headFor = (reader: Reader) => headOf(desk, mailing, reader, fillGaps(form.subject, reader));
  return {
    mail(to) {
      const reader = readerOf(to);
      return { ...headFor(reader), text: fillGaps(text, reader), html: fillGaps(html, reader), attachments: [] };
    },
    compose(to) {
      const reader = readerOf(to);
      return compose(headFor(reader), reader);
    },
  };
}

function headOf(
  { organisation, frontUrl, linkSecret }: MailingDesk,
  { id, purpose, replyTo }: SentMailing,
  { email, personId, unsubscribe }: Reader,
  subject: string,
): MailHead {
  const mail = { mailingId: id, personId };
  const { from, bounces, replyTo: replyToAll } = organisation.mail;
  return {
    from: { name: organisation.name, address: from },
    to: email,
    replyTo: replyTo || replyToAll,
    subject,
    messageId: mailingMessageId(mail, linkSecret, from.split("@")[1] ?? ""),
    ...(bounces && { returnPath: returnPath(bounces, linkSecret, { kind: "mailing", ...mail }) }),
    headers: {
      "List-Id": `${purpose} <${purpose}.${new URL(frontUrl).hostname}>`,
      "List-Unsubscribe": `<${unsubscribe}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      Precedence: "bulk",
    },
  };
}

/** Where anybody who has the address reads a mailing, without what it says of one reader. */
function webAddress({ frontUrl, linkSecret }: MailingDesk, mailingId: number, language: string): string {
  return `${frontUrl}/mailings/${webNameOf(mailingId, linkSecret)}?language=${language}`;
}

function unsubscribeAddress({ frontUrl, linkSecret }: MailingDesk, { personId, link }: Addressee): string {
  const expiresAt = Temporal.Instant.from(link.expiresAt);
  const token = linkToken({ id: link.id, command: "unsubscribe", personId, expiresAt }, linkSecret);
  return `${frontUrl}/command/unsubscribe?link=${token}`;
}

/** With the gaps `{day}` and `{unsubscribe}`. */
function footerOf(desk: MailingDesk, { id, purpose }: SentMailing, language: string): string {
  const { organisation } = desk;
  const title = organisation.purposes.find(({ name }) => name === purpose)?.title;
  return fill(readFooter(language), {
    day: "{day}",
    purpose: title ? inLanguage(title, language) : purpose,
    organisation: organisation.name,
    imprint: organisation.contact.address.slice(1).join(", "),
    unsubscribe: "{unsubscribe}",
    web: webAddress(desk, id, language),
  });
}

function readFooter(language: string): string {
  const file = (name: string) => path.join(import.meta.dirname, "footers", `${name}.txt`);
  return readFileSync(existsSync(file(language)) ? file(language) : file("en"), "utf8").trim();
}

function openFooter(
  { organisation }: MailingDesk,
  language: string,
  footer: string,
  write = (address: string) => address,
): Gapped<Reader> {
  const days = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long", timeZone: organisation.timeZone });
  return gapsIn(footer, {
    day: ({ consentedAt }) => days.format(consentedAt.epochMilliseconds),
    unsubscribe: ({ unsubscribe }) => write(unsubscribe),
  });
}

function htmlFooter(footer: string): string {
  const paragraphs = footer.split(/\n{2,}/).map((part) => `<p>${part.split("\n").map(htmlLine).join("<br>")}</p>`);
  return paragraphs.join("");
}

// What stands before an address says where it leads.
function htmlLine(line: string): string {
  const [, words, address] = /^(.*): (\{unsubscribe\}|https?:\S+)$/.exec(line) ?? [];
  return words && address ? `<a href="${escapeHtml(address)}">${escapeHtml(words)}</a>` : escapeHtml(line);
}

// Where a mail program leaves it out, everything is still to be read.
const style = `h1,h2,h3{line-height:1.25}pre{white-space:pre-wrap}blockquote{margin:1em 0;padding-left:1em;border-left:3px solid}
table{border-collapse:collapse}th,td{padding:.25em .75em;border:1px solid;text-align:left}`;

function frame(language: string, { subject, html }: MailingForm, footer: Gapped<Reader>): Gapped<Reader> {
  return gapped`<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>${encodeGapped(subject, escapeHtml)}</title><style>${style}</style></head>
<body style="font:16px/1.6 sans-serif;max-width:38em;margin:0 auto;padding:1em;overflow-wrap:anywhere">${html}
<hr style="margin-top:2em;border:0;border-top:1px solid"><div style="font-size:14px;opacity:.75">${footer}</div></body></html>
`;
}
