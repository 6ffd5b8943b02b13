// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// From a stored message to the mail that goes out, and to what is kept of it once its secrets are blanked.
import { epcText } from "@cdb/providers/epc.ts";
import type { Organisation } from "@cdb/runtime/organisation.ts";
import { qrPng } from "@cdb/runtime/qr.ts";
import type { MailName } from "../data/mailings/mails.ts";
import type { Message } from "../data/mailings/message.ts";
import { returnPath } from "./return-path.ts";
import { fill, type Templates } from "./templates.ts";

export interface Mail {
  from: { name: string; address: string };
  to: string;
  replyTo: string | undefined;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  attachments: { filename: string; content: Buffer; cid: string }[];
  /** Where it comes back to when it does not arrive; else to the sender. */
  returnPath?: string;
  /** Beside those that every mail has; absent: those of a mail that a program writes by itself. */
  headers?: Record<string, string>;
}

export interface Rendered {
  mail: Mail;
  /** Without secrets and links: what the database keeps, and the person sees under "my mails". */
  kept: { subject: string; body: string };
}

export interface Letterhead {
  organisation: Organisation;
  frontUrl: string;
  templates: Templates;
  linkSecret: string;
}

const blank = "…";

/** Renders one message. `link`: the address made from its signed link, when it has one. */
export function render(
  { organisation, frontUrl, templates, linkSecret }: Letterhead,
  message: Message,
  link: string | null,
): Rendered {
  const template = templates.find(message.mail as MailName, message.language);
  const known = {
    organisation: organisation.name,
    website: organisation.website,
    contact: organisation.contact.email,
    front: frontUrl,
  };
  const secrets = { ...message.secrets, ...(link !== null && { link }) };
  const values = { ...known, ...oneLine(message.fields), ...secrets };
  const blanked = { ...values, ...Object.fromEntries(Object.keys(secrets).map((name) => [name, blank])) };
  const subject = oneLine({ subject: fill(template.subject, values) }).subject ?? "";
  const text = fill(template.body, values);
  const codes = transferCode(organisation, message.fields);
  return {
    mail: {
      from: { name: organisation.name, address: organisation.mail.from },
      to: message.recipient,
      replyTo: organisation.mail.replyTo,
      subject,
      text,
      html: htmlOf(text, codes.length > 0, template.language),
      messageId: messageIdOf(message, organisation),
      attachments: codes,
      ...(organisation.mail.bounces && {
        returnPath: returnPath(organisation.mail.bounces, linkSecret, { kind: "message", messageId: message.id }),
      }),
    },
    kept: { subject: fill(template.subject, blanked), body: fill(template.body, blanked) },
  };
}

/** The same for every try, so that a mail server can tell a second copy. */
export function messageIdOf(message: Message, organisation: Organisation): string {
  const domain = organisation.mail.from.split("@")[1];
  return `<cdb-${message.id}-${message.queuedAt.epochMilliseconds.toString(36)}@${domain}>`;
}

// What people typed may hold line breaks and control characters that the shapes let through in other places: never here.
function oneLine(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value.toWellFormed().replace(/\p{Cc}+/gu, " ")]),
  );
}

function transferCode(
  organisation: Organisation,
  { epc, reference = "" }: Record<string, string>,
): Mail["attachments"] {
  const [amount, currency] = (epc ?? "").split(" ");
  if (!amount || currency !== "EUR") return [];
  const { holder, iban, bic } = organisation.bank;
  const content = qrPng(epcText({ holder, iban, bic, amount: { amount: Number(amount), currency }, reference }));
  return [{ filename: "transfer.png", content, cid: "transfer-code" }];
}

function htmlOf(text: string, withCode: boolean, language: string): string {
  const paragraphs = text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) =>
      /^https?:\/\/\S+$/.test(paragraph)
        ? buttonOf(paragraph)
        : `<p>${escapeHtml(paragraph).replaceAll("\n", "<br>")}</p>`,
    );
  const code = withCode ? `<p><img src="cid:transfer-code" width="246" height="246" alt="QR"></p>` : "";
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"></head>
<body style="font:16px/1.5 sans-serif;max-width:36em;margin:0 auto;padding:1em;overflow-wrap:anywhere">${paragraphs.slice(0, -1).join("\n")}${code}
<div style="margin-top:2em;opacity:.75">${paragraphs.at(-1)}</div></body></html>`;
}

function buttonOf(address: string): string {
  const safe = escapeHtml(address);
  return `<p><a href="${safe}" style="word-break:break-all">${safe}</a></p>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
