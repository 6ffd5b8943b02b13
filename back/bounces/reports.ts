// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reports that programs write for programs: on delivery (RFC 3464) and on complaints (RFC 5965).
import { headersIn, type OpenedMail } from "./open-mail.ts";

/** What a delivery report says of the recipient that is worst off. */
export interface DeliveryReport {
  action: string;
  status: string;
  words: string;
  recipient: string;
}

const blocksAtMost = 100;
const worst = ["failed", "delayed", "expanded", "relayed", "delivered"];

/** undefined: the mail is none, or its report is cut off. */
export function readDeliveryReport({ parts }: OpenedMail): DeliveryReport | undefined {
  const report = parts.find(({ type }) => /^message\/(global-)?delivery-status$/.test(type));
  const blocks =
    report?.content
      .replaceAll("\r\n", "\n")
      .split(/\n[ \t]*\n/)
      .slice(0, blocksAtMost)
      .map(headersIn) ?? [];
  const found = blocks.flatMap((block) => {
    const first = (name: string) => block.get(name)?.[0] ?? "";
    const [action, status] = [
      first("action")
        .toLowerCase()
        .split(/[\s;(]/, 1)[0] ?? "",
      first("status"),
    ];
    if (action === "" && status === "") return [];
    const recipient = addressOf(first("original-recipient")) || addressOf(first("final-recipient"));
    return [{ action: action || "failed", status, words: first("diagnostic-code"), recipient }];
  });
  const rank = ({ action }: DeliveryReport) => (worst.indexOf(action) + worst.length + 1) % (worst.length + 1);
  return found.sort((a, b) => rank(a) - rank(b))[0];
}

/** What somebody who took a mail for spam had their provider tell us. */
export interface FeedbackReport {
  /** `abuse`, `fraud`, …; `not-spam` takes one back. */
  type: string;
  recipient: string;
}

export function readFeedbackReport({ parts }: OpenedMail): FeedbackReport | undefined {
  const report = parts.find(({ type }) => type === "message/feedback-report");
  if (!report) return undefined;
  const fields = headersIn(report.content.trimStart());
  const type = fields.get("feedback-type")?.[0]?.toLowerCase().trim() ?? "abuse";
  return { type, recipient: addressOf(fields.get("original-rcpt-to")?.[0] ?? "") };
}

/** Of `rfc822; <Ada@example.org>` or the like: the address in small letters; empty: there is none. */
export function addressOf(field: string): string {
  const address = field
    .replace(/^[\w-]+\s*;/, "")
    .trim()
    .replace(/^<|>$/g, "")
    .toLowerCase();
  return /^[^\s\p{Cc}<>@"(),;]{1,64}@[^\s\p{Cc}<>@"(),;]{1,255}$/u.test(address) && address.isWellFormed()
    ? address
    : "";
}
