// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One payment within an entry of camt: `TxDtls`, of all versions.
import { readRemittance } from "./remittance.ts";
import type { Charge, Counterparty, DetailIds } from "./statement.ts";
import { findCreditorReference, readAccount, readAmount, readCurrency, readName, withoutUndefined } from "./values.ts";
import type { XmlElement } from "./xml-elements.ts";

interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** What can be read before the entry around it is known. */
export interface CamtDetail {
  readonly line: number;
  /** The amount of this payment, and its direction where it is said. */
  readonly stated?: Money;
  readonly direction?: string;
  readonly instructed?: Money;
  readonly debtor: Counterparty;
  readonly creditor: Counterparty;
  readonly remittance: string;
  readonly creditorReference?: string;
  readonly endToEndId?: string;
  readonly mandateId?: string;
  readonly returnReason?: { readonly code: string; readonly text: string };
  readonly ids: DetailIds;
  readonly charges: readonly Charge[];
  readonly information: string;
}

export function readCamtDetail(element: XmlElement): CamtDetail {
  const texts = element.all("RmtInf/Ustrd").map(({ text }) => text.trim());
  const read = readRemittance(texts, 140);
  const further = element.all("RmtInf/Strd/AddtlRmtInf").map(({ text }) => text.trim());
  const remittance = read.text || further.join(" ");
  const structured =
    readName(element.read("RmtInf/Strd/CdtrRefInf/Ref")) ?? readName(element.read("RmtInf/Strd/CdtrRefInf/CdtrRef"));
  const given = {
    stated: readMoney(element.find("Amt")) ?? readMoney(element.find("AmtDtls/TxAmt/Amt")),
    direction: element.read("CdtDbtInd"),
    instructed: readMoney(element.find("AmtDtls/InstdAmt/Amt")),
    creditorReference: structured ?? findCreditorReference(remittance),
    endToEndId: readName(element.read("Refs/EndToEndId")) ?? readName(read.words.EREF),
    mandateId: readName(element.read("Refs/MndtId")) ?? readName(read.words.MREF),
    returnReason: readReturn(element.find("RtrInf")),
  };
  return {
    ...withoutUndefined(given),
    line: element.line,
    debtor: readParty(element, "Dbtr", read.words.ABWA),
    creditor: readParty(element, "Cdtr", read.words.ABWE),
    remittance,
    ids: readIds(element),
    charges: readCharges(element),
    information: element.read("AddtlTxInf") ?? "",
  };
}

/** `Chrgs`: records since .04, the amounts themselves before. */
export function readCharges(element: XmlElement): Charge[] {
  const records = element.all("Chrgs/Rcrd");
  return (records.length > 0 ? records : element.all("Chrgs")).flatMap((record) => {
    const money = readMoney(record.find("Amt"));
    if (!money || money.amount === 0) return [];
    const sign = record.read("CdtDbtInd") === "CRDT" ? -1 : 1;
    return { ...money, amount: money.amount * sign, isIncluded: /^(true|1)$/.test(record.read("ChrgInclInd") ?? "") };
  });
}

export function readMoney(element: XmlElement | undefined): Money | undefined {
  if (!element) return undefined;
  const currency = readCurrency(element.attributes.Ccy ?? "");
  return { amount: readAmount(element.text.trim(), currency), currency };
}

// Up to .07 the party stands in `Dbtr` itself, since .08 in `Dbtr/Pty` or `Dbtr/Agt`.
function readParty(element: XmlElement, role: "Dbtr" | "Cdtr", named: string | undefined): Counterparty {
  const parties = element.find("RltdPties");
  const account = parties?.find(`${role}Acct`)?.find("Id");
  const agent = element.find("RltdAgts")?.find(`${role}Agt`)?.find("FinInstnId");
  const bic = agent?.read("BICFI") ?? agent?.read("BIC");
  const ultimate = readPartyName(parties?.find(`Ultmt${role}`)) ?? named;
  return {
    name: readPartyName(parties?.find(role)) ?? "",
    ...(ultimate && { ultimate }),
    ...readAccount(account?.read("IBAN") ?? account?.read("Othr/Id") ?? account?.read("PrtryAcct/Id") ?? ""),
    ...(bic && { bic }),
  };
}

function readPartyName(party: XmlElement | undefined): string | undefined {
  return party?.read("Pty/Nm") ?? party?.read("Nm") ?? party?.read("Agt/FinInstnId/Nm");
}

function readIds(element: XmlElement): DetailIds {
  const references = element.find("Refs");
  const read = (name: string) => readName(references?.read(name));
  return withoutUndefined({
    messageId: read("MsgId"),
    paymentInformationId: read("PmtInfId"),
    instructionId: read("InstrId"),
    bankReference: read("AcctSvcrRef"),
    transactionId: read("TxId") ?? read("UETR"),
  });
}

function readReturn(element: XmlElement | undefined): { code: string; text: string } | undefined {
  if (!element) return undefined;
  const code =
    element.read("Rsn/Cd") ?? element.read("Rsn/Prtry") ?? element.read("RtrRsn/Cd") ?? element.read("RtrRsn/Prtry");
  const texts = [...element.all("AddtlInf"), ...element.all("AddtlRtrRsnInf")].map(({ text }) => text.trim());
  return { code: code ?? "", text: texts.join(" ") };
}
