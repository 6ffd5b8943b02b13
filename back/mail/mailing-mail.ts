// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mailing as one reader gets it: filled in, with the consent it rests on below, and the headers that mail programs act on.
import { readFileSync } from "node:fs";
import path from "node:path";
import { inLanguage, type Organisation } from "@cdb/runtime/organisation.ts";
import { Temporal } from "@cdb/runtime/time.ts";
import { formatDay } from "../data/donations/donation.ts";
import { linkToken } from "../data/links/signed-link.ts";
import type { Addressee } from "../data/mailings/recipients.ts";
import { webNameOf } from "../data/mailings/web-address.ts";
import { fillForm, type MailingForm } from "./mailing-form.ts";
import { mailingMessageId } from "./message-id.ts";
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

/** The same for every try, to the letter. */
export function makeMailingMail(desk: MailingDesk, mailing: SentMailing, form: MailingForm, to: Addressee): Mail {
  const { organisation, frontUrl, linkSecret } = desk;
  const filled = fillForm(form, to.fields, organisation);
  const unsubscribe = unsubscribeAddress(desk, to);
  const web = webAddress(desk, mailing.id, form.language);
  const footer = footerOf(organisation, form.language, mailing.purpose, to.consentedAt);
  const places = { unsubscribe, web };
  return {
    from: { name: organisation.name, address: organisation.mail.from },
    to: to.email,
    replyTo: mailing.replyTo || organisation.mail.replyTo,
    subject: filled.subject,
    text: `${filled.text}\n\n-- \n${fill(footer, places)}\n`,
    html: frame(form.language, filled.subject, filled.html, htmlFooter(footer, places)),
    messageId: mailingMessageId({ mailingId: mailing.id, personId: to.personId }, linkSecret, domainOf(organisation)),
    attachments: [],
    ...(organisation.mail.bounces && {
      returnPath: returnPath(organisation.mail.bounces, linkSecret, {
        ...{ kind: "mailing", mailingId: mailing.id, personId: to.personId },
      } as const),
    }),
    headers: {
      "List-Id": `${mailing.purpose} <${mailing.purpose}.${new URL(frontUrl).hostname}>`,
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

const footers = new Map<string, string>();

function footerOf(
  organisation: Organisation,
  language: string,
  purpose: string,
  consentedAt: Temporal.Instant,
): string {
  const title = organisation.purposes.find(({ name }) => name === purpose)?.title;
  return fill(readFooter(language), {
    day: formatDay(consentedAt.toZonedDateTimeISO(organisation.timeZone).toPlainDate(), language),
    purpose: title ? inLanguage(title, language) : purpose,
    organisation: organisation.name,
    imprint: organisation.contact.address.slice(1).join(", "),
    unsubscribe: "{unsubscribe}",
    web: "{web}",
  });
}

function readFooter(language: string): string {
  const known = footers.get(language);
  if (known !== undefined) return known;
  const read = (name: string) => readFileSync(path.join(import.meta.dirname, "footers", `${name}.txt`), "utf8").trim();
  let footer: string;
  try {
    footer = read(language);
  } catch {
    footer = read("en");
  }
  footers.set(language, footer);
  return footer;
}

function htmlFooter(footer: string, places: Record<string, string>): string {
  const linked = Object.entries(places).map(([name, address]) => {
    const safe = escapeHtml(address);
    return [name, `<a href="${safe}" style="word-break:break-all">${safe}</a>`];
  });
  const paragraphs = footer.split(/\n{2,}/).map((part) => `<p>${escapeHtml(part).replaceAll("\n", "<br>")}</p>`);
  return fill(paragraphs.join(""), Object.fromEntries(linked));
}

// Where a mail program leaves it out, everything is still to be read.
const style = `h1,h2,h3{line-height:1.25}pre{white-space:pre-wrap}blockquote{margin:1em 0;padding-left:1em;border-left:3px solid}
table{border-collapse:collapse}th,td{padding:.25em .75em;border:1px solid;text-align:left}`;

function frame(language: string, subject: string, body: string, footer: string): string {
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title><style>${style}</style></head>
<body style="font:16px/1.6 sans-serif;max-width:38em;margin:0 auto;padding:1em;overflow-wrap:anywhere">${body}
<hr style="margin-top:2em;border:0;border-top:1px solid"><div style="font-size:14px;opacity:.75">${footer}</div></body></html>`;
}

function domainOf(organisation: Organisation): string {
  return organisation.mail.from.split("@")[1] ?? "";
}
