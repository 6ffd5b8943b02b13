// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes camt files for tests, in the layouts of three versions; everything in them is made up.
import type { Day } from "@cdb/runtime/time.ts";

export interface MadePayment {
  readonly name: string;
  readonly iban: string;
  readonly text: string;
  readonly endToEndId?: string;
  readonly mandateId?: string;
  readonly bankReference?: string;
  readonly amount?: number;
  readonly returnReason?: string;
}

export interface MadeEntry {
  /** Cents, positive when money came. */
  readonly amount: number;
  readonly on: Day;
  readonly valueOn?: Day;
  readonly bankReference?: string;
  readonly entryReference?: string;
  readonly status?: "BOOK" | "PDNG" | "INFO";
  readonly payments: readonly MadePayment[];
  /** Further XML in the entry. */
  readonly more?: string;
}

export interface MadeStatement {
  readonly kind?: "camt.052" | "camt.053" | "camt.054";
  readonly version?: "02" | "04" | "08";
  readonly id?: string;
  readonly iban?: string;
  readonly opening?: number;
  readonly closing?: number;
  readonly on: Day;
  readonly entries: readonly MadeEntry[];
}

export const ourIban = "DE02120300000000202051";
const names = {
  "camt.052": ["BkToCstmrAcctRpt", "Rpt"],
  "camt.053": ["BkToCstmrStmt", "Stmt"],
  "camt.054": ["BkToCstmrDbtCdtNtfctn", "Ntfctn"],
} as const;

/** One document with these statements, all of the kind and version of the first. */
export function writeCamt(...statements: MadeStatement[]): string {
  const { kind = "camt.053", version = "02" } = statements[0] ?? {};
  const [root, statement] = names[kind];
  const written = statements.map((made) => `<${statement}>${writeStatement(made, version)}</${statement}>`).join("\n");
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${kind}.001.${version}"><${root}>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-01-31T20:00:00</CreDtTm></GrpHdr>
${written}
</${root}></Document>
`;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function writeStatement(made: MadeStatement, version: string): string {
  const { opening = 100_000, entries, on, kind, iban = ourIban, id = "S1" } = made;
  const booked = entries.filter(({ status }) => (status ?? "BOOK") === "BOOK");
  const closing = made.closing ?? opening + booked.reduce((sum, { amount }) => sum + amount, 0);
  const balances = [balance("OPBD", opening, on), balance("CLBD", closing, on)].join("\n");
  return `<Id>${escaped(id)}</Id><ElctrncSeqNb>17</ElctrncSeqNb><LglSeqNb>3</LglSeqNb>
<Acct><Id><IBAN>${iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>
${kind === "camt.054" ? "" : balances}
${entries.map((entry) => writeEntry(entry, version)).join("\n")}`;
}

function balance(code: string, amount: number, on: Day): string {
  return `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${money(amount)}<Dt><Dt>${on}</Dt></Dt></Bal>`;
}

function writeEntry(entry: MadeEntry, version: string): string {
  const { amount, on, valueOn = on, bankReference, entryReference, status = "BOOK", payments, more = "" } = entry;
  const details = payments.map((payment) => writePayment(payment, amount, version)).join("\n");
  return `<Ntry>${optional("NtryRef", entryReference)}${money(amount)}
<Sts>${version === "08" ? `<Cd>${status}</Cd>` : status}</Sts>
<BookgDt><Dt>${on}</Dt></BookgDt><ValDt><DtTm>${valueOn}T00:00:00+01:00</DtTm></ValDt>
${optional("AcctSvcrRef", bankReference)}
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn><Prtry><Cd>NTRF+166+9070</Cd><Issr>DK</Issr></Prtry></BkTxCd>
${more}<NtryDtls>${details}</NtryDtls></Ntry>`;
}

function writePayment(payment: MadePayment, entry: number, version: string): string {
  const { name, iban, text, endToEndId, mandateId, bankReference, amount, returnReason } = payment;
  const [them, us] = entry > 0 !== (returnReason !== undefined) ? ["Dbtr", "Cdtr"] : ["Cdtr", "Dbtr"];
  const party = version === "08" ? `<Pty><Nm>${escaped(name)}</Nm></Pty>` : `<Nm>${escaped(name)}</Nm>`;
  const bic = version === "02" ? "BIC" : "BICFI";
  return `<TxDtls><Refs>${optional("AcctSvcrRef", bankReference)}${optional("EndToEndId", endToEndId)}${optional("MndtId", mandateId)}</Refs>
${version === "02" ? `<AmtDtls><TxAmt>${amountTag(amount ?? entry)}</TxAmt></AmtDtls>` : money(amount ?? entry)}
<RltdPties><${them}>${party}</${them}><${them}Acct><Id><IBAN>${iban}</IBAN></Id></${them}Acct><${us}Acct><Id><IBAN>${ourIban}</IBAN></Id></${us}Acct></RltdPties>
<RltdAgts><${them}Agt><FinInstnId><${bic}>BYLADEM1001</${bic}></FinInstnId></${them}Agt></RltdAgts>
<RmtInf>${text === "" ? "" : `<Ustrd>${escaped(text)}</Ustrd>`}</RmtInf>
${returnReason === undefined ? "" : `<RtrInf><Rsn><Cd>${returnReason}</Cd></Rsn><AddtlInf>come back</AddtlInf></RtrInf>`}</TxDtls>`;
}

function money(amount: number): string {
  return `${amountTag(amount)}<CdtDbtInd>${amount < 0 ? "DBIT" : "CRDT"}</CdtDbtInd>`;
}

function amountTag(amount: number): string {
  return `<Amt Ccy="EUR">${(Math.abs(amount) / 100).toFixed(2)}</Amt>`;
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? "" : `<${name}>${escaped(value)}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>\r]/g, (sign) => `&#${sign.codePointAt(0)};`);
}
