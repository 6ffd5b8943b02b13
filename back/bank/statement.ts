// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a bank tells about an account, in our words: the same shape from ISO 20022 camt, SWIFT MT940/MT942 and CSV.
import type { Day } from "@cdb/runtime/time.ts";

export type StatementFormat = "camt.052" | "camt.053" | "camt.054" | "mt940" | "mt942" | "csv";

/** All of a statement but its entries. */
export interface StatementHead {
  readonly format: StatementFormat;
  /** The message version, e.g. `08` of camt.053.001.08; empty where the format has none. */
  readonly version: string;
  /** camt `Stmt/Id`, MT940 `:20:`; empty in CSV. */
  readonly id: string;
  readonly number?: StatementNumber;
  readonly account: Account;
  /** The days that it is about, both included: camt `FrToDt`. */
  readonly period?: { readonly from: Day; readonly to: Day };
  readonly opening?: Balance;
  readonly closing?: Balance;
}

export interface Statement extends StatementHead {
  readonly entries: readonly Entry[];
}

/** One step of reading: a head with what is known before the entries, each entry, and the head with all that is known in the end. */
export type StatementPart =
  | { readonly part: "head"; readonly head: StatementHead }
  | { readonly part: "entry"; readonly entry: Entry }
  | { readonly part: "end"; readonly head: StatementHead; readonly totals?: readonly Totals[] };

/** What the bank says it told: camt `TxsSummry`, MT942 `:90C:` and `:90D:`. */
export interface Totals {
  readonly of: "credits" | "debits";
  readonly count: number;
  /** Minor units, never negative. */
  readonly amount: number;
}

export interface StatementNumber {
  /** camt `ElctrncSeqNb`, MT940 `:28C:` before the slash. */
  readonly electronic?: string;
  /** camt `LglSeqNb`. */
  readonly legal?: string;
  /** The first page of those read as this statement: camt `StmtPgntn/PgNb`, MT940 `:28C:` after the slash. */
  readonly page?: string;
}

export interface Account {
  /** Checked by its digits; in the electronic form. */
  readonly iban?: string;
  /** Whatever else the bank calls it. */
  readonly other?: string;
  /** ISO 4217. */
  readonly currency: string;
}

export interface Balance {
  /** ISO 20022: OPBD opening booked, CLBD closing booked, PRCD the closing before, ITBD of a page or in the day. */
  readonly kind: "OPBD" | "CLBD" | "PRCD" | "ITBD";
  /** Minor units; negative when overdrawn. */
  readonly amount: number;
  readonly currency: string;
  readonly day: Day;
}

/** One line on the account: camt `Ntry`, MT940 `:61:`, a row. */
export interface Entry {
  /** Its line in the file, for messages. */
  readonly line: number;
  /** Minor units, positive when money came. */
  readonly amount: number;
  readonly currency: string;
  /** Only booked money is income: camt `Sts` BOOK, PDNG, INFO; MT942 is pending. */
  readonly status: "booked" | "pending" | "info";
  /** Takes an earlier entry back: camt `RvslInd`, MT940 RC and RD. The amount has its own direction already. */
  readonly reversal: boolean;
  /** A transfer or direct debit that comes back: camt `RtrInf` and the families of returns, GVC 108, 109, 159. */
  readonly returned: boolean;
  /** Always there in booked entries. */
  readonly bookedOn?: Day;
  readonly valueOn?: Day;
  /** The bank's own and unique name for it: camt `AcctSvcrRef`, MT940 after `//`. */
  readonly bankReference?: string;
  /** camt `NtryRef`, the customer reference in MT940: seldom unique. */
  readonly entryReference?: string;
  /** A booking of several: camt `Btch`. */
  readonly batch?: Batch;
  readonly code: TransactionCode;
  readonly charges: readonly Charge[];
  /** camt `AddtlNtryInf`, the booking text of the bank. */
  readonly information: string;
  readonly details: readonly Detail[];
  /** Whether the details are all there is in it: then their amounts, less charges, are its amount. */
  readonly isComplete: boolean;
}

export interface Batch {
  readonly messageId?: string;
  readonly paymentInformationId?: string;
  /** How many, though the bank may show none of them. */
  readonly count?: number;
}

/** What kind of entry it is. */
export interface TransactionCode {
  /** ISO 20022 `BkTxCd/Domn`, e.g. PMNT RCDT ESCT. */
  readonly domain?: string;
  readonly family?: string;
  readonly subfamily?: string;
  /** The German Geschäftsvorfallcode, three digits. */
  readonly gvc?: string;
  /** SWIFT's, e.g. NTRF. */
  readonly swift?: string;
  /** As the bank wrote its own code. */
  readonly proprietary?: string;
}

export interface Charge {
  /** Minor units, positive when it costs. */
  readonly amount: number;
  readonly currency: string;
  /** Whether the amount of the entry is after it. */
  readonly isIncluded: boolean;
}

/** One payment in an entry: camt `TxDtls`, MT940 `:86:`. */
export interface Detail {
  /** From 1. */
  readonly index: number;
  /** Minor units, positive when money came; missing where the bank does not say how a batch is divided. */
  readonly amount?: number;
  readonly currency: string;
  /** As it was ordered, when that was another amount or currency: camt `InstdAmt`, MT940 `OAMT+`. Never negative. */
  readonly original?: { readonly amount: number; readonly currency: string };
  readonly counterparty: Counterparty;
  /** The words that came with it, whole: camt `Ustrd`, `SVWZ+`. */
  readonly remittance: string;
  /** ISO 11649 (RF…) or another structured creditor reference. */
  readonly creditorReference?: string;
  /** Not given when the payer had none (`NOTPROVIDED`). */
  readonly endToEndId?: string;
  readonly mandateId?: string;
  readonly returnReason?: { readonly code: string; readonly text: string };
  readonly ids: DetailIds;
  readonly charges: readonly Charge[];
}

export interface Counterparty {
  readonly name: string;
  /** In whose name they acted: camt `UltmtDbtr`, `ABWA+`. */
  readonly ultimate?: string;
  readonly iban?: string;
  readonly other?: string;
  readonly bic?: string;
}

/** Names that the banks on the way gave it: camt `Refs`. */
export interface DetailIds {
  readonly messageId?: string;
  readonly paymentInformationId?: string;
  readonly instructionId?: string;
  readonly bankReference?: string;
  readonly transactionId?: string;
}
