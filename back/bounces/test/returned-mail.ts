// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Builds mails as they come back: what is known of our own mails, and the frames of reports.
import { mailingMessageId } from "../../mail/message-id.ts";
import { returnPath } from "../../mail/return-path.ts";
import type { ReturnedMail } from "../read-returned-mail.ts";

export const secret = "a-secret-of-the-tests";
const mailing = { kind: "mailing", mailingId: 12, personId: 345 } as const;
const message = { kind: "message", messageId: 6789 } as const;
export const toMailing: string = returnPath("bounces@example.org", secret, mailing);
export const toMessage: string = returnPath("bounces@example.org", secret, message);
export const idOfMailing: string = mailingMessageId(mailing, secret, "example.org");
export const idOfMessage = "<cdb-6789-m3x1k2zz@example.org>";
export const forged = "bounces+m12-345-0123456789abcdef0123@example.org";

export interface Sample {
  name: string;
  raw: string | Buffer;
  kind: ReturnedMail["kind"];
  status?: string;
  reason?: ReturnedMail["reason"];
  whose?: "mailing" | "message";
  recipient?: string;
}

interface Report {
  from?: string;
  to?: string;
  subject?: string;
  text?: string;
  fields?: string;
  original?: string;
  type?: string;
  headers?: string;
}

export const original = (id: string, from = "community@example.org") =>
  `From: The Example <${from}>\nTo: ada@example.net\nSubject: News\nMessage-ID: ${id}\nDate: Mon, 2 Nov 2026 10:00:00 +0000\n\nHello Ada,\n\nour mailbox is full of news.\n`;

/** As RFC 3464 has it: words for people, fields for programs, and the mail or its headers. */
export function report(it: Report): string {
  const { from = "MAILER-DAEMON@mx.example.net (Mail Delivery System)", to = toMailing, fields = "" } = it;
  return `Return-Path: <>
From: ${from}
To: ${to}
Subject: ${it.subject ?? "Undelivered Mail Returned to Sender"}
Message-ID: <${to.length}.${fields.length}.${(it.text ?? "").length}@mx.example.net>
Auto-Submitted: auto-replied
${it.headers ?? ""}MIME-Version: 1.0
Content-Type: multipart/report; report-type=${it.type ?? "delivery-status"}; boundary="=_parts/1"

This is a MIME-encapsulated message.

--=_parts/1
Content-Type: text/plain; charset=us-ascii

${it.text ?? "Your message could not be delivered to one or more recipients."}

--=_parts/1
Content-Type: message/${it.type ?? "delivery-status"}

${fields}

--=_parts/1
Content-Type: message/rfc822

${it.original ?? original(idOfMailing)}
--=_parts/1--
`;
}

export const fields = (status: string, said: string, action = "failed", recipient = "ada@example.net") =>
  `Reporting-MTA: dns; mx.example.net\nX-Queue-ID: 4F2A91\nArrival-Date: Mon, 2 Nov 2026 10:00:01 +0000 (UTC)\n\nFinal-Recipient: rfc822; ${recipient}\nOriginal-Recipient: rfc822;${recipient}\nAction: ${action}\nStatus: ${status}\nRemote-MTA: dns; mail.example.net\nDiagnostic-Code: smtp; ${said}`;

export function plain(it: { from?: string; to?: string; subject: string; text: string; headers?: string }): string {
  const { from = "Mail Delivery System <Mailer-Daemon@mx.example.net>", to = toMailing, subject, text } = it;
  return `From: ${from}\nTo: ${to}\nSubject: ${subject}\n${it.headers ?? ""}\n${text}\n`;
}

export const feedback = (type: string, id = idOfMailing) =>
  report({
    ...{ from: "complaints@provider.example", to: "abuse@example.org", subject: "FW: News", type: "feedback-report" },
    text: "This is an email abuse report for a message received from IP 192.0.2.1.",
    fields: `Feedback-Type: ${type}\nUser-Agent: ProviderLoop/1.0\nVersion: 1\nOriginal-Mail-From: <bounces@example.org>\nOriginal-Rcpt-To: <ada@provider.example>\nReceived-Date: Mon, 2 Nov 2026 12:00:00 +0000`,
    original: original(id),
  });
