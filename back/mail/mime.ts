// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A mail as it goes over the wire (RFC 5322, 2045–2047): one by one, or many that differ in little, with what they share encoded once.
import type { SendMailOptions } from "nodemailer";
import MailComposer from "nodemailer/lib/mail-composer/index.js";
import MimeNode from "nodemailer/lib/mime-node/index.js";
import { encode, wrap } from "nodemailer/lib/qp/index.js";
import { encodeGapped, fillGaps, type Gapped, gapped } from "./gapped.ts";
import type { Mail } from "./render.ts";

export type MailHead = Omit<Mail, "text" | "html" | "attachments">;

/** A mail that needs nothing but to be handed over. */
export interface ComposedMail extends MailHead {
  raw: Buffer;
}

/** Headers, an empty line, and the parts. */
export function composeMail(mail: Mail): Promise<Buffer> {
  return new MailComposer(composedOf(mail)).compile().build();
}

/** As the library wants it. */
export function composedOf(mail: Mail): SendMailOptions {
  return { ...mail, ...headOf(mail) };
}

/** Makes mails of the same text; what fills its gaps is encoded for each, and all else once. */
export function openComposer<Reader>(
  text: Gapped<Reader>,
  html: Gapped<Reader>,
): (head: MailHead, reader: Reader) => ComposedMail {
  const body = gapped<Reader>`\r\n\r\n${partOf("plain", text)}${partOf("html", html)}--${boundary}--\r\n`;
  return (head, reader) => {
    const { from, to, replyTo, subject, messageId, headers } = headOf(head);
    const fields = { From: from, To: to, "Reply-To": replyTo, Subject: subject, "Message-ID": messageId, ...headers };
    const node = new MimeNode(`multipart/alternative; boundary="${boundary}"`, { baseBoundary: boundary });
    for (const [name, value] of Object.entries(fields)) node.setHeader(name, value as string);
    return { ...head, raw: Buffer.from(`${node.buildHeaders()}${fillGaps(body, reader)}`, "latin1") };
  };
}

// Nothing that is quoted-printable can hold it (RFC 2045 section 6.7), whatever it says.
const boundary = "=_of_a_mailing";

function partOf<Reader>(type: "plain" | "html", text: Gapped<Reader>): Gapped<Reader> {
  return gapped`--${boundary}\r
Content-Type: text/${type}; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
${encodeGapped(text, quotedPrintable)}\r
`;
}

// Each piece ends in a soft line break, which says nothing: so the next one may be of any length.
function quotedPrintable(text: string): string {
  if (text === "") return "";
  const encoded = wrap(encode(text.replace(/\r?\n/g, "\r\n")));
  return encoded.endsWith("\n") ? encoded : `${encoded}=\r\n`;
}

function headOf(mail: MailHead) {
  const { replyTo = "", headers = { "Auto-Submitted": "auto-generated" } } = mail;
  return { ...mail, to: recipientOf(mail), replyTo, headers };
}

/** One, whatever signs stand in the address: never a list. */
export function recipientOf({ to }: MailHead): { name: string; address: string } {
  return { name: "", address: to };
}
