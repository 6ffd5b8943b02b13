// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mails that are broken, huge or made to deceive, each with what it is to be read as.
import { fields, forged, idOfMailing, original, plain, report, type Sample, toMailing } from "./returned-mail.ts";

export const hostileSamples: readonly Sample[] = [
  {
    name: "an address that somebody made up",
    raw: report({
      to: forged,
      fields: fields("5.1.1", "550 User unknown"),
      original: original("<cdb-m12-345-0123456789abcdef0123@example.org>"),
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
  },
  {
    name: "a made-up address before the real one",
    raw: report({ headers: `X-Original-To: ${forged}\n`, fields: fields("5.1.1", "550 User unknown") }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "letters that a server changed",
    raw: report({
      to: toMailing.toUpperCase(),
      fields: fields("5.1.1", "550 User unknown"),
      original: "Subject: News\n\n",
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "cut off in the report",
    raw: report({ fields: fields("5.1.1", "550 User unknown") }).split("Diagnostic-Code")[0] ?? "",
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "cut off before the report",
    raw:
      report({ text: "<ada@example.net>: host said: 550 5.1.1 User unknown", fields: fields("5.1.1", "550") }).split(
        "Content-Type: message/",
      )[0] ?? "",
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "a report within a mail that was forwarded",
    raw: `From: Bob <bob@example.net>\nTo: community@example.org\nSubject: Fwd: look\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: text/plain\n\nWhat is this?\n--out\nContent-Type: message/rfc822\n\n${report({ fields: fields("5.1.1", "550 User unknown") })}\n--out--\n`,
    kind: "unreadable",
    whose: "mailing",
  },
  {
    name: "a charset that nobody knows",
    raw: Buffer.concat([
      Buffer.from(
        plain({
          from: "MAILER-DAEMON@mx.example.net",
          subject: "=?x-klingon?Q?Undeliverable=80?= Undeliverable",
          headers: "Content-Type: text/plain; charset=x-klingon\n",
          text: "550 5.1.1 user unknown ",
        }),
      ),
      Buffer.from([0xff, 0xfe, 0x80, 0x00, 0x0a]),
    ]),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "NUL in every field",
    raw: report({ fields: fields("5.1\0.1", "550\0 5.1.1 User\0 unknown") }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "a header that tries to make another",
    raw: report({
      subject: "Undelivered\r\n\tBcc: all@example.org",
      fields: fields("5.1.1\r\n X: y", "550 User unknown", "failed", "ada@example.net\r\n <evil@example.net>"),
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  { name: "nothing", raw: "", kind: "unreadable" },
  { name: "noise", raw: Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7_919) % 256)), kind: "unreadable" },
  {
    name: "a list of ten megabytes",
    raw: report({
      fields: fields("5.1.1", "550 User unknown"),
      original: `${original(idOfMailing)}${"A line of a very long mail.\n".repeat(380_000)}`,
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "parts within parts within parts",
    raw: plain({
      subject: "deep",
      text: `${Array.from({ length: 2_000 }, (_, at) => `--b${at}\nContent-Type: multipart/mixed; boundary=b${at + 1}\n\n`).join("")}end`,
      headers: "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b0\n",
    }),
    kind: "unreadable",
    whose: "mailing",
  },
  {
    name: "a hundred thousand empty lines, and words without an end",
    raw: plain({
      from: "MAILER-DAEMON@mx.example.net",
      subject: "failure notice",
      text: `${"\n".repeat(20_000)}${" ".repeat(20_000)}${"exceed".repeat(10_000)}${"mailbox for ".repeat(10_000)}`,
    }),
    kind: "soft",
    reason: "other",
    whose: "mailing",
  },
  {
    name: "a hundred thousand headers",
    raw: plain({
      from: "MAILER-DAEMON@mx.example.net",
      subject: "failure notice",
      headers: "X-A: b\n".repeat(100_000),
      text: "<ada@example.net>: 550 5.1.1 User unknown",
    }),
    kind: "hard",
    status: "5.1.1",
    reason: "user-unknown",
    whose: "mailing",
  },
  {
    name: "NUL in names and addresses, and a status of other signs",
    raw: report({
      fields: fields("2\x80.0.0", "250 Ok", "delayed", "a\0da@example.net"),
      original: original("<x\0y@example.org>"),
    }),
    kind: "delayed",
    whose: "mailing",
  },
];
