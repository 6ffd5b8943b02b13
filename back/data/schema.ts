// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables as TypeScript sees them; what each column means stands in migrations/.
import type { Notice } from "@cdb/api/payments.ts";
import type { SignInEventKind } from "@cdb/api/sign-in.ts";
import type { Day, Moment } from "@cdb/runtime/time.ts";
import type { Generated, GeneratedAlways } from "kysely";
import type { Command } from "./links/commands.ts";
import type { Reason } from "./people/likeness.ts";
import type { Journal } from "./people/merge-journal.ts";

export interface PersonTable {
  id: Generated<number>;
  uuid: Generated<string>;
  kind: Generated<"individual" | "organisation">;
  registration: Generated<"unconfirmed" | "confirmed" | "blocked" | "erased" | "merged">;
  name: string;
  email: string | null;
  language: string;
  addressLines: Generated<string[]>;
  postcode: Generated<string>;
  city: Generated<string>;
  /** State or province, where addresses name it. */
  region: Generated<string>;
  country: Generated<string>;
  registeredAt: Moment;
  confirmedAt: Moment | null;
  signedOutAt: Moment | null;
  birthday: Generated<Day | null>;
  secondaryEmail: Generated<string | null>;
  /** Of one who is merged: who carries on. */
  mergedInto: Generated<number | null>;
  version: Generated<number>;
}

export interface RoleTable {
  id: Generated<number>;
  personId: number;
  name: "volunteer" | "staff" | "member";
  /** Of a volunteer: the team; of a member: the group. */
  team: string;
  message: string;
  state: Generated<"requested" | "approved" | "refused" | "ended">;
  requestedAt: Moment;
  decidedAt: Moment | null;
  version: Generated<number>;
}

export interface ConsentTable {
  id: Generated<number>;
  personId: number;
  purpose: string;
  fact: "requested" | "granted" | "withdrawn";
  wording: string;
  wordingLanguage: string;
  wordingVersion: number;
  wordingHash: string;
  channel: string;
  network: string | null;
  actor: string;
  requestId: number | null;
  messageId: number | null;
  at: Moment;
}

/** Kept by a trigger on person and by `refreshStats`, never by hand. */
export interface PersonStatsTable {
  personId: number;
  kind: string;
  registration: string;
  language: string;
  country: string;
  granted: Generated<string[]>;
  givenOn: Generated<Day[]>;
  givenTotal: Generated<number[]>;
  donations: GeneratedAlways<number>;
  donated: GeneratedAlways<number>;
  firstDonationOn: GeneratedAlways<Day | null>;
  lastDonationOn: GeneratedAlways<Day | null>;
}

export interface SignatureTable {
  id: Generated<number>;
  personId: number;
  campaign: string;
  signedOn: Day;
  channel: string;
  requestedAt: Moment;
  confirmedAt: Moment | null;
}

export interface AccountTable {
  id: Generated<number>;
  personId: number;
  username: string;
  state: Generated<"open" | "paused" | "closed">;
  openedAt: Moment;
  byHand: Generated<boolean>;
  unentitledSince: Generated<Moment | null>;
  pausedBy: Generated<"rule" | "administrator" | null>;
  formerUsernames: Generated<string[]>;
  desiredVersion: Generated<number>;
  writtenVersion: Generated<number>;
  entryId: Generated<string | null>;
  version: Generated<number>;
}

export interface PledgeTable {
  id: Generated<number>;
  personId: number;
  reference: string;
  key: string;
  amount: number;
  currency: string;
  interval: "once" | "monthly" | "quarterly" | "yearly";
  method: "card" | "paypal" | "transfer";
  state: Generated<"open" | "paused" | "fulfilled" | "ended" | "lapsed">;
  renewal: string | null;
  channel: string;
  referrer: Generated<string>;
  madeAt: Moment;
  firstDueOn: Day;
  nextDueOn: Day | null;
  reminders: Generated<number>;
  remindedOn: Day | null;
  version: Generated<number>;
}

/** A notice without its name and its raw words. */
export type Told = Omit<Notice, "noticeId" | "raw">;

export interface NoticeTable {
  id: Generated<number>;
  provider: string;
  noticeId: string;
  paymentReference: Generated<string>;
  raw: string;
  /** The notice in our words; null: it told nothing new. */
  told: Told | null;
  trouble: Generated<string | null>;
  receivedAt: Moment;
}

export interface PaymentTable {
  id: Generated<number>;
  provider: "stripe" | "paypal" | "hand" | "bank";
  providerReference: string;
  kind: Notice["kind"];
  amount: number;
  currency: string;
  happenedAt: Moment;
  reference: string;
  original: string | null;
  payerName: string;
  payerEmail: string;
  noticeId: number;
  registeredAt: Moment;
}

export interface DonationTable {
  id: Generated<number>;
  paymentId: number;
  personId: number | null;
  pledgeId: number | null;
  amount: number;
  currency: string;
  refunded: Generated<number>;
  disputed: Generated<number>;
  receivedOn: Day;
  reference: string;
  purpose: "donation" | "extra" | "merchandise" | "unmatched" | "other";
  decided: Generated<"person" | "score" | null>;
  /** Of a payment that was split, which of its parts. */
  part: Generated<number>;
  version: Generated<number>;
}

export interface DecisionTable {
  paymentId: number;
  number: number;
  part: number;
  amount: number;
  personId: number | null;
  pledgeId: number | null;
  reference: string;
  purpose: DonationTable["purpose"];
  decided: "person" | "score" | null;
  at: Moment;
}

export interface PayoutPartTable {
  paymentId: number;
  payoutId: number;
}

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

/** How a mail that the mail server took failed after all. */
export type BouncedAs = "hard" | "soft" | "sender-trouble" | "complaint";

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
  linkId: string;
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

export interface SignedLinkTable {
  id: Generated<string>;
  personId: number;
  command: Command;
  details: Record<string, string>;
  madeAt: Moment;
  expiresAt: Moment;
  usesLeft: Generated<number>;
  followedAt: Moment | null;
  version: Generated<number>;
}

export interface HistoryTable {
  id: Generated<number>;
  at: Moment;
  actor: string;
  personId: number | null;
  record: string;
  recordId: string;
  verb: string;
  reason: string;
  detailHash: string;
  hash: string;
}

export interface HistoryDetailTable {
  historyId: number;
  changes: Record<string, [unknown, unknown]>;
  salt: string;
}

export interface ErasureTable {
  id: Generated<number>;
  personId: number;
  requestedAt: Moment;
  dueAt: Moment;
  cancelledAt: Moment | null;
  carriedOutAt: Moment | null;
  certificate: unknown;
  version: Generated<number>;
}

export interface DuplicateTable {
  personId: number;
  otherId: number;
  score: number;
  reasons: Reason[];
  foundAt: Moment;
  decided: "merged" | "different" | null;
  decidedAt: Moment | null;
  decidedBy: string | null;
}

export interface MergeTable {
  id: Generated<number>;
  keptId: number;
  goneId: number;
  journal: Journal;
  reason: string;
  mergedAt: Moment;
  mergedBy: string;
  unmergedAt: Moment | null;
  version: Generated<number>;
}

export interface SuppressionTable {
  addressHash: string;
  at: Moment;
}

export interface RetiredUsernameTable {
  lookHash: string;
  at: Moment;
}

export interface PaymentStartTable {
  id: Generated<number>;
  at: Moment;
  network: string;
  addressHash: string;
  reference: Generated<string>;
  refused: Generated<boolean>;
  known: Generated<boolean>;
  declinedBy: Generated<string[]>;
  declinedAt: Moment | null;
}

export interface PaymentAttackTable {
  id: Generated<number>;
  beganAt: Moment;
  endsAt: Moment;
  why: "attempts" | "declines";
}

export interface SignInEventTable {
  id: Generated<number>;
  key: string;
  personId: number;
  kind: SignInEventKind;
  at: Moment;
  times: Generated<number>;
  client: string;
  session: string;
  network: string;
  networkIsFull: boolean;
  browser: string;
  detail: string;
}

export interface EndedGrantTable {
  grantHash: string;
  endedAt: Moment;
}

export interface Schema {
  person: PersonTable;
  role: RoleTable;
  consent: ConsentTable;
  personStats: PersonStatsTable;
  signature: SignatureTable;
  account: AccountTable;
  pledge: PledgeTable;
  notice: NoticeTable;
  payment: PaymentTable;
  paymentStart: PaymentStartTable;
  paymentAttack: PaymentAttackTable;
  payoutPart: PayoutPartTable;
  donation: DonationTable;
  decision: DecisionTable;
  message: MessageTable;
  signedLink: SignedLinkTable;
  mailing: MailingTable;
  mailingText: MailingTextTable;
  mailingRecipient: MailingRecipientTable;
  bounce: BounceTable;
  addressTrouble: AddressTroubleTable;
  erasure: ErasureTable;
  duplicate: DuplicateTable;
  merge: MergeTable;
  suppression: SuppressionTable;
  retiredUsername: RetiredUsernameTable;
  signInEvent: SignInEventTable;
  endedGrant: EndedGrantTable;
  history: HistoryTable;
  historyDetail: HistoryDetailTable;
}
