// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of mails and mailings as TypeScript sees them.
import type { Day, Moment } from "@cdb/runtime/time.ts";
import type { Generated } from "kysely";

/** How a mail that the mail server took failed after all. */
export type BouncedAs = "hard" | "soft" | "sender-trouble" | "complaint";

export interface MessageTable {
  id: Generated<number>;
  personId: number | null;
  recipient: string;
  mail: string;
  language: string;
  fields: Record<string, string>;
  secrets: Record<string, string> | null;
  linkId: string | null;
  donationId: Generated<number | null>;
  state: Generated<"queued" | "handed-over" | "accepted" | "refused" | "unknown">;
  subject: string | null;
  body: string | null;
  messageId: string | null;
  attempts: Generated<number>;
  reason: string | null;
  queuedAt: Moment;
  handedOverAt: Moment | null;
  sentAt: Moment | null;
  bouncedAt: Generated<Moment | null>;
  bouncedAs: Generated<BouncedAs | null>;
  version: Generated<number>;
}

export interface BounceTable {
  id: Generated<number>;
  key: string;
  kind: BouncedAs | "delayed" | "auto-reply" | "unreadable";
  status: string;
  reason: string;
  personId: number | null;
  address: string;
  mailingId: number | null;
  messageId: number | null;
  halfPoints: number;
  cameAt: Moment;
}

export interface AddressTroubleTable {
  id: Generated<number>;
  address: string;
  personId: number;
  halfPoints: number;
  countedOn: Day;
  silentSince: Moment | null;
  version: Generated<number>;
}

export interface MailingTable {
  id: Generated<number>;
  name: string;
  purpose: string;
  selector: string;
  replyTo: Generated<string>;
  public: Generated<boolean>;
  state: Generated<"draft" | "approved" | "scheduled" | "sending" | "paused" | "stopped" | "sent">;
  madeBy: string;
  madeAt: Moment;
  changedBy: string;
  approvedBy: string | null;
  approvedDigest: string | null;
  approvedCount: number | null;
  scheduledFor: Moment | null;
  beganAt: Moment | null;
  endedAt: Moment | null;
  reason: Generated<string>;
  version: Generated<number>;
}

export interface MailingTextTable {
  id: Generated<number>;
  mailingId: number;
  language: string;
  subject: string;
  body: string;
  version: Generated<number>;
}

export interface MailingRecipientTable {
  mailingId: number;
  personId: number;
  position: number;
  consentId: number;
  linkId: string | null;
  language: string;
  domain: string;
  state: Generated<"waiting" | "handed-over" | "accepted" | "refused" | "unknown" | "left-out">;
  reason: string | null;
  attempts: Generated<number>;
  claimedUntil: Moment | null;
  notBefore: Moment | null;
  handedOverAt: Moment | null;
  settledAt: Moment | null;
  bouncedAt: Generated<Moment | null>;
  bouncedAs: Generated<BouncedAs | null>;
}
