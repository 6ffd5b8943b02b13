// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One line of a camt statement: `Ntry`, of all versions.
import { BankFileError, quote } from "./bank-file-error.ts";
import { type CamtDetail, readCharges, readMoney } from "./camt-detail.ts";
import { isReturn } from "./returns.ts";
import type { Account, Batch, Charge, Counterparty, Detail, Entry, TransactionCode } from "./statement.ts";
import { readDay, readName, readSign, withoutUndefined } from "./values.ts";
import type { XmlElement } from "./xml-elements.ts";

const statuses: Record<string, Entry["status"]> = { BOOK: "booked", PDNG: "pending", FUTR: "pending", INFO: "info" };
export function readCamtEntry(element: XmlElement, account: Account): Entry {
  const money = readMoney(element.find("Amt"));
  if (!money) throw new BankFileError("The entry has no amount.");
  const amount = money.amount * readSign(element.read("CdtDbtInd")) + 0;
  const status = readStatus(element);
  const booked = readDate(element.find("BookgDt"));
  const value = readDate(element.find("ValDt"));
  const bookedOn = booked ?? (status === "booked" ? value : undefined);
  if (status === "booked" && !bookedOn) throw new BankFileError("The entry has no day.");
  const code = readCode(element.find("BkTxCd"));
  const found = element.all("NtryDtls/TxDtls").map(({ digested }) => digested as CamtDetail);
  const reversal = /^(true|1)$/.test(element.read("RvslInd") ?? "");
  const returned = isReturn(code) || found.some(({ returnReason }) => returnReason);
  const charges = readCharges(element);
  const batch = readBatch(element);
  const entry = { amount, currency: money.currency, charges, batch };
  const parties = { account, isTurned: reversal || returned };
  return {
    ...withoutUndefined({
      bookedOn,
      valueOn: value,
      bankReference: readName(element.read("AcctSvcrRef")),
      entryReference: readName(element.read("NtryRef")),
      batch,
    }),
    ...{ line: element.line, amount, currency: money.currency, status, reversal, returned, code, charges },
    information: element.read("AddtlNtryInf") ?? found[0]?.information ?? "",
    ...divide(entry, found, parties),
  };
}

// `Sts` is the code itself up to .07, and `Sts/Cd` since .08.
function readStatus(element: XmlElement): Entry["status"] {
  const text = element.read("Sts/Cd") ?? element.read("Sts/Prtry") ?? element.read("Sts") ?? "";
  const status = Object.hasOwn(statuses, text) ? statuses[text] : undefined;
  if (!status) throw new BankFileError(`The status ${quote(text)} is not known.`);
  return status;
}

function readDate(element: XmlElement | undefined) {
  const text = element?.read("Dt") ?? element?.read("DtTm");
  return text === undefined ? undefined : readDay(text.slice(0, 10));
}

function readCode(element: XmlElement | undefined): TransactionCode {
  const proprietary = element?.read("Prtry/Cd");
  const [, swift, gvc] = /^(?:([A-Z][A-Z0-9]{3})\+)?(\d{3})(?:\+|$)/.exec(proprietary ?? "") ?? [];
  return withoutUndefined({
    domain: element?.read("Domn/Cd"),
    family: element?.read("Domn/Fmly/Cd"),
    subfamily: element?.read("Domn/Fmly/SubFmlyCd"),
    ...{ gvc, swift, proprietary },
  });
}

function readBatch(element: XmlElement): Batch | undefined {
  const batches = element.all("NtryDtls/Btch");
  const [first] = batches;
  if (!first) return undefined;
  const counts = batches.map((batch) => batch.read("NbOfTxs") ?? "");
  const count = counts.every((text) => /^\d{1,15}$/.test(text))
    ? counts.reduce((sum, text) => sum + Number(text), 0)
    : undefined;
  return withoutUndefined({
    messageId: readName(first.read("MsgId")),
    paymentInformationId: readName(first.read("PmtInfId")),
    count,
  });
}

interface Whole {
  readonly amount: number;
  readonly currency: string;
  readonly charges: readonly Charge[];
  readonly batch: Batch | undefined;
}

interface Parties {
  readonly account: Account;
  readonly isTurned: boolean;
}

// Details claim to be complete when each says its amount and they are as many as the batch counts.
function divide(whole: Whole, found: CamtDetail[], parties: Parties): { details: Detail[]; isComplete: boolean } {
  const amounts = found.map(({ stated, direction }) =>
    stated?.currency === whole.currency
      ? stated.amount * (direction === undefined ? Math.sign(whole.amount) || 1 : readSign(direction))
      : undefined,
  );
  const areStated = found.length > 0 && amounts.every((amount) => amount !== undefined);
  const isAll = whole.batch?.count === undefined || whole.batch.count === found.length;
  const isSum = areStated && isSumOf(whole, found, amounts as number[]);
  const isOne = found.length === 1 && isAll;
  if (areStated && isAll && !isSum && (!isOne || whole.batch?.count !== undefined))
    throw new BankFileError("The amounts of its details are not the amount of the entry.");
  const details = found.map((detail, at) =>
    makeDetail(detail, at + 1, isOne && !isSum ? whole.amount : amounts[at], whole, parties),
  );
  return { details, isComplete: isAll && (isSum || isOne) };
}

function isSumOf(whole: Whole, found: CamtDetail[], amounts: number[]): boolean {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const charges = [...whole.charges, ...found.flatMap((detail) => detail.charges)].filter(
    ({ currency }) => currency === whole.currency,
  );
  const ofEntry = whole.charges.reduce((total, charge) => total + charge.amount, 0);
  return [0, ofEntry, charges.reduce((total, charge) => total + charge.amount, 0)].includes(sum - whole.amount);
}

function makeDetail(
  found: CamtDetail,
  index: number,
  amount: number | undefined,
  whole: Whole,
  parties: Parties,
): Detail {
  const { line, stated, direction, instructed, debtor, creditor, information, ...same } = found;
  const { currency } = whole;
  const isOther = (money: typeof stated) =>
    money !== undefined && (money.currency !== currency || money.amount !== Math.abs(amount ?? Number.NaN));
  const original = [instructed, stated].find(isOther);
  return {
    ...same,
    ...{ index, currency, counterparty: chooseParty(debtor, creditor, (amount ?? whole.amount) > 0, parties) },
    ...(amount !== undefined && { amount }),
    ...(original && { original }),
  };
}

// What comes back names its parties as in the payment that it undoes, so the other side is the one that is not us.
function chooseParty(
  debtor: Counterparty,
  creditor: Counterparty,
  isCredit: boolean,
  { account, isTurned }: Parties,
): Counterparty {
  const [likely, other] = isCredit !== isTurned ? [debtor, creditor] : [creditor, debtor];
  const isUs = (party: Counterparty) =>
    (party.iban ?? party.other) !== undefined && party.iban === account.iban && party.other === account.other;
  const isNobody = likely.name === "" && likely.iban === undefined && likely.other === undefined;
  return (isUs(likely) || isNobody) && !isUs(other) ? other : likely;
}
