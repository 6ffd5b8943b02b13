// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables as TypeScript sees them; what each column means stands in migrations/.
import type { Day, Moment } from "@cdb/runtime/time.ts";
import type { Generated, GeneratedAlways } from "kysely";
import type { Command } from "./links/commands.ts";
import type { Reason } from "./people/likeness.ts";
import type { Journal } from "./people/merge-journal.ts";
import type { AccountTable, EndedGrantTable, RetiredUsernameTable, SignInEventTable } from "./schema-accounts.ts";
import type {
  AddressTroubleTable,
  BounceTable,
  MailingRecipientTable,
  MailingTable,
  MailingTextTable,
  MessageTable,
} from "./schema-mail.ts";
import type {
  DecisionTable,
  DonationTable,
  NoticeTable,
  PaymentAttackTable,
  PaymentStartTable,
  PaymentTable,
  PayoutPartTable,
  PledgeTable,
} from "./schema-money.ts";

export type * from "./schema-accounts.ts";
export type * from "./schema-mail.ts";
export type * from "./schema-money.ts";

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
