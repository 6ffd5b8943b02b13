// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reports on delivery (RFC 3464) as mail servers send them, each with what it is to be read as.
import { fields, idOfMessage, original, report, type Sample, toMessage } from "./returned-mail.ts";

export const reportSamples: readonly Sample[] = [
  {
    name: "Postfix: user unknown",
    raw: report({
      fields: fields(
        "5.1.1",
        "550 5.1.1 <ada@example.net>: Recipient address rejected: User unknown in local recipient table",
      ),
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
    recipient: "ada@example.net",
  },
  {
    name: "Postfix: domain not found",
    raw: report({
      fields: fields(
        "5.4.4",
        "X-Postfix; Host or domain name not found. Name service error for name=example.net type=A: Host not found",
      ),
    }),
    kind: "hard",
    status: "5.4.4",
    reason: "domain-unknown",
    whose: "mailing",
  },
  {
    name: "Postfix: given up after five days",
    raw: report({
      fields: fields("4.4.1", "X-Postfix; connect to mail.example.net[192.0.2.7]:25: Connection timed out"),
    }),
    kind: "soft",
    status: "4.4.1",
    reason: "no-answer",
    whose: "mailing",
  },
  {
    name: "Postfix: delayed",
    raw: report({
      subject: "Delayed Mail (still being retried)",
      fields: fields("4.4.1", "X-Postfix; Connection timed out", "delayed"),
    }),
    kind: "delayed",
    status: "4.4.1",
    whose: "mailing",
  },
  {
    name: "Postfix: arrived, as somebody asked to be told",
    raw: report({ subject: "Successful Mail Delivery Report", fields: fields("2.0.0", "250 2.0.0 Ok", "relayed") }),
    kind: "delayed",
    status: "2.0.0",
    whose: "mailing",
  },
  {
    name: "Gmail: no such account",
    raw: report({
      from: "Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
      subject: "Delivery Status Notification (Failure)",
      fields: fields(
        "5.1.1",
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\n 550-5.1.1 double-checking the recipient's email address for typos or\n 550 5.1.1 unnecessary spaces. - gsmtp",
      ),
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "Gmail: out of storage",
    raw: report({
      fields: fields("5.2.2", "552-5.2.2 The recipient's inbox is out of storage space and inactive. - gsmtp"),
    }),
    kind: "soft",
    status: "5.2.2",
    reason: "mailbox-full",
    whose: "mailing",
  },
  {
    name: "Gmail: taken for unsolicited",
    raw: report({
      fields: fields(
        "5.7.1",
        "550-5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail. - gsmtp",
      ),
    }),
    kind: "sender-trouble",
    status: "5.7.1",
    reason: "spam",
    whose: "mailing",
  },
  {
    name: "Gmail: unauthenticated (DMARC)",
    raw: report({
      fields: fields(
        "5.7.26",
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated. DKIM = did not pass SPF = did not pass",
      ),
    }),
    kind: "sender-trouble",
    status: "5.7.26",
    reason: "policy",
    whose: "mailing",
  },
  {
    name: "Exchange Online: recipient not found",
    raw: report({
      from: "Microsoft Outlook <MicrosoftExchange329e@example.net>",
      subject: "Undeliverable: News",
      fields: fields("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    }),
    kind: "hard",
    status: "5.1.10",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "Exchange Online: access denied means unknown",
    raw: report({ fields: fields("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. [AM0EUR02]") }),
    kind: "hard",
    status: "5.4.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "Exchange: 5.0.0, and the status in the words",
    raw: report({ fields: fields("5.0.0", "550 5.2.1 mailbox disabled, not accepting messages") }),
    kind: "hard",
    status: "5.2.1",
    reason: "mailbox-closed",
    whose: "mailing",
  },
  {
    name: "Outlook: our server on a block list",
    raw: report({
      fields: fields(
        "5.7.1",
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
      ),
    }),
    kind: "sender-trouble",
    status: "5.7.1",
    reason: "spam",
    whose: "mailing",
  },
  {
    name: "Spamhaus in the words of a 5.1.1",
    raw: report({
      fields: fields(
        "5.1.1",
        "554 5.1.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.example",
      ),
    }),
    kind: "sender-trouble",
    status: "5.1.1",
    reason: "spam",
    whose: "mailing",
  },
  {
    name: "no such user, with a link to the policy",
    raw: report({
      fields: fields("5.1.1", "550 5.1.1 Not our customer. See https://postmaster.example.net/policy"),
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "bad address of the sender",
    raw: report({
      fields: fields("5.1.8", "550 5.1.8 <bounces@example.org>: Sender address rejected: Domain not found"),
    }),
    kind: "sender-trouble",
    status: "5.1.8",
    reason: "policy",
    whose: "mailing",
  },
  {
    name: "too large",
    raw: report({ fields: fields("5.3.4", "552 5.3.4 message size exceeds fixed limit") }),
    kind: "sender-trouble",
    status: "5.3.4",
    reason: "content",
    whose: "mailing",
  },
  {
    name: "several recipients, one failed",
    raw: report({
      fields: `${fields("2.0.0", "250 Ok", "relayed", "bob@example.net")}\n\nFinal-Recipient: rfc822;ada@example.net\nAction: failed\nStatus: 5.1.1`,
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
    recipient: "ada@example.net",
  },
  {
    name: "a mail to one person, known by its Message-ID alone",
    raw: report({
      to: "community@example.org",
      fields: fields("5.1.1", "550 User unknown"),
      original: original(idOfMessage),
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
  },
  {
    name: "a mail to one person, by its own address",
    raw: report({
      to: toMessage,
      fields: fields("5.1.6", "550 5.1.6 recipient no longer on server"),
      original: original(idOfMessage),
    }),
    kind: "hard",
    status: "5.1.6",
    reason: "user-unknown",
    whose: "message",
  },
  {
    name: "a mailing, known by its Message-ID alone",
    raw: report({ to: "community@example.org", fields: fields("5.2.1", "550 5.2.1 account is disabled") }),
    kind: "hard",
    status: "5.2.1",
    reason: "mailbox-closed",
    whose: "mailing",
  },
];
