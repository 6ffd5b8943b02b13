// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Bounces in words, automatic answers and complaints, each with what it is to be read as.
import { feedback, fields, idOfMailing, original, plain, report, type Sample } from "./returned-mail.ts";

export const wordSamples: readonly Sample[] = [
  {
    name: "qmail",
    raw: plain({
      from: "MAILER-DAEMON@mx.example.net",
      subject: "failure notice",
      text: `Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ada@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n${original(idOfMailing)}`,
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
    recipient: "ada@example.net",
  },
  {
    name: "qmail: mailbox full",
    raw: plain({
      from: "MAILER-DAEMON@mx.example.net",
      subject: "failure notice",
      text: "Hi. This is the qmail-send program at mx.example.net.\n\n<ada@example.net>:\nUser is over quota. (#5.2.2)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <x@example.org>\n",
    }),
    kind: "soft",
    status: "5.2.2",
    reason: "mailbox-full",
    whose: "mailing",
  },
  {
    name: "Exim: unrouteable",
    raw: plain({
      subject: "Mail delivery failed: returning message to sender",
      headers: "X-Failed-Recipients: ada@example.net\nAuto-Submitted: auto-replied\n",
      text: `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ada@example.net\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n${original(idOfMailing)}`,
    }),
    kind: "hard",
    status: "",
    reason: "user-unknown",
    whose: "mailing",
    recipient: "ada@example.net",
  },
  {
    name: "Exim: what the other side said",
    raw: plain({
      subject: "Mail delivery failed: returning message to sender",
      headers: "X-Failed-Recipients: ada@example.net\n",
      text: "  ada@example.net\n    host mail.example.net [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<ada@example.net>:\n    452 4.2.2 Mailbox full\n",
    }),
    kind: "soft",
    status: "4.2.2",
    reason: "mailbox-full",
    whose: "mailing",
  },
  {
    name: "Exim: warning of a delay",
    raw: plain({
      subject: "Warning: message 1kZ2Xq-0004Fh-9D delayed 24 hours",
      headers: "Auto-Submitted: auto-replied\n",
      text: "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n",
    }),
    kind: "delayed",
    whose: "mailing",
  },
  {
    name: "sendmail, old",
    raw: plain({
      from: "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>",
      subject: "Returned mail: see transcript for details",
      text: "   ----- The following addresses had permanent fatal errors -----\n<ada@example.net>\n    (reason: 550 5.1.1 <ada@example.net>... User unknown)\n",
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "Exchange, old",
    raw: plain({
      from: "System Administrator <postmaster@example.net>",
      subject: "Undeliverable: News",
      text: "Your message did not reach some or all of the intended recipients.\n\n      Subject: News\n\nThe following recipient(s) could not be reached:\n\n      ada@example.net on 11/2/2026 10:00 AM\n            The e-mail account does not exist at the organization this message was sent to.\n            <mx.example.net #5.1.1>\n",
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "Yahoo-like, no status",
    raw: plain({
      from: "MAILER-DAEMON@mail.example.net",
      subject: "Failure Notice",
      text: "Sorry, we were unable to deliver your message to the following address.\n\n<ada@example.net>:\n554: delivery error: dd This user doesn't have an example.net account (ada@example.net) [0]\n",
    }),
    kind: "hard",
    status: "",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "German: Postfach voll",
    raw: plain({
      subject: "Unzustellbare Nachricht: News",
      text: "Ihre Nachricht konnte nicht zugestellt werden:\n\nada@example.net\n\nDas Postfach ist voll.\n",
    }),
    kind: "soft",
    reason: "mailbox-full",
    whose: "mailing",
  },
  {
    name: "a filter at the other side",
    raw: plain({
      from: "postmaster@example.net",
      subject: "Undeliverable: News",
      text: "Your message was rejected because it was classified as SPAM (score 7.2).\n",
    }),
    kind: "sender-trouble",
    reason: "spam",
    whose: "mailing",
  },
  {
    name: "refused without a word",
    raw: report({ fields: fields("5.0.0", "550 Rejected") }),
    kind: "soft",
    status: "5.0.0",
    reason: "other",
    whose: "mailing",
  },
  {
    name: "out of office (RFC 3834)",
    raw: plain({
      from: "Ada Example <ada@example.net>",
      subject: "I am at the sea",
      headers: "Auto-Submitted: auto-replied\n",
      text: "Back on Monday. My old address ada@example.net is unknown to nobody.\n",
    }),
    kind: "auto-reply",
    whose: "mailing",
  },
  {
    name: "Abwesenheitsnotiz without a header",
    raw: plain({
      from: "Ada Example <ada@example.net>",
      subject: "Automatische Antwort: News",
      text: "Ich bin im Urlaub.\n",
    }),
    kind: "auto-reply",
    whose: "mailing",
  },
  {
    name: "read receipt",
    raw: report({
      from: "ada@example.net",
      subject: "Read: News",
      type: "disposition-notification",
      fields: "Final-Recipient: rfc822;ada@example.net\nDisposition: manual-action/MDN-sent-manually; displayed",
    }),
    kind: "auto-reply",
    whose: "mailing",
  },
  {
    name: "complaint (RFC 5965)",
    raw: feedback("abuse"),
    kind: "complaint",
    whose: "mailing",
    recipient: "ada@provider.example",
  },
  {
    name: "complaint about a mail that is not ours",
    raw: feedback("abuse", "<someone@elsewhere.example>"),
    kind: "complaint",
  },
  { name: "complaint taken back", raw: feedback("not-spam"), kind: "auto-reply", whose: "mailing" },
  {
    name: "a person writes",
    raw: plain({
      from: "Ada Example <ada@example.net>",
      subject: "Re: News",
      text: "Thank you! My mailbox is full of joy.\n",
    }),
    kind: "unreadable",
    whose: "mailing",
  },
];
