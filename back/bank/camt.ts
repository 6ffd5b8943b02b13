// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads ISO 20022 camt.052, camt.053 and camt.054: statements in an XML file, entry by entry.
import { BankFileError, placed } from "./bank-file-error.ts";
import { readCamtDetail } from "./camt-detail.ts";
import { readCamtEntry } from "./camt-entry.ts";
import type { Account, Balance, StatementFormat, StatementHead, StatementPart, Totals } from "./statement.ts";
import { readAccount, readAmount, readCurrency, readDay, readSign } from "./values.ts";
import { readElements, type Watch, type XmlElement, type XmlStep } from "./xml-elements.ts";

const roots: Record<string, { statement: string; format: StatementFormat }> = {
  BkToCstmrAcctRpt: { statement: "Rpt", format: "camt.052" },
  BkToCstmrStmt: { statement: "Stmt", format: "camt.053" },
  BkToCstmrDbtCdtNtfctn: { statement: "Ntfctn", format: "camt.054" },
};

/** Well-formed and readable it is when the last part has come; sums are not checked here. */
export function* readCamt(bytes: Uint8Array): Generator<StatementPart> {
  const watch = new CamtWatch();
  yield* readParts(locate(readElements(bytes, watch), watch));
}

// Some banks write the whole file in one line: the number of the entry helps more.
function* locate(steps: Iterable<XmlStep>, watch: CamtWatch): Generator<XmlStep> {
  try {
    yield* steps;
  } catch (error) {
    if (!(error instanceof BankFileError) || !watch.isInEntry) throw error;
    throw new BankFileError(error.complaint, { ...error.place, entry: watch.entry });
  }
}

class CamtWatch implements Watch {
  /** The entry that is being parsed. */
  entry = 0;
  isInEntry = false;

  enter(name: string, parent: string): boolean {
    const within = Object.values(roots).some(({ statement }) => statement === parent);
    this.isInEntry = within && name === "Ntry";
    if (this.isInEntry) this.entry += 1;
    if (!within) this.entry = 0;
    return within || name === "GrpHdr";
  }

  digest(element: XmlElement): boolean {
    if (element.name !== "TxDtls") return false;
    element.digested = placed(
      () => ({ line: element.line }),
      () => readCamtDetail(element),
    );
    return true;
  }
}

interface Draft {
  readonly format: StatementFormat;
  readonly version: string;
  readonly root: XmlElement;
  entries: number;
  head?: StatementHead;
}

function* readParts(steps: Iterable<XmlStep>): Generator<StatementPart> {
  let version = { name: "", number: "" };
  let draft: Draft | undefined;
  let statements = 0;
  for (const step of steps) {
    if (step.step === "open") {
      const { element, parent } = step;
      if (element.name === "Document") version = readVersion(element);
      const root = Object.hasOwn(roots, parent) ? roots[parent] : undefined;
      if (!root || root.statement !== element.name) continue;
      if (version.name !== root.format)
        throw new BankFileError(`The document is not declared as ${root.format}.`, { line: element.line });
      draft = { format: root.format, version: version.number, root: element, entries: 0 };
      statements += 1;
    } else if (step.step === "wanted") {
      if (!draft) continue;
      if (step.element.name !== "Ntry") draft.root.children.push(step.element);
      else yield* readEntry(draft, step.element);
    } else if (draft && step.name === draft.root.name) {
      const head = makeHead(draft);
      if (!draft.head) yield { part: "head", head };
      yield { part: "end", head, totals: readTotals(draft.root, head.account.currency) };
      draft = undefined;
    }
  }
  if (statements === 0) throw new BankFileError("There is no bank statement in this XML.");
}

function* readEntry(draft: Draft, element: XmlElement): Generator<StatementPart> {
  draft.entries += 1;
  if (!draft.head) {
    draft.head = makeHead(draft, element);
    yield { part: "head", head: draft.head };
  }
  const { account } = draft.head;
  const place = { line: element.line, entry: draft.entries };
  yield {
    part: "entry",
    entry: placed(
      () => place,
      () => readCamtEntry(element, account),
    ),
  };
}

function readVersion(document: XmlElement): { name: string; number: string } {
  for (const [name, value] of Object.entries(document.attributes)) {
    const [, kind, number] = /(camt\.05[234])\.001\.(\d\d)\b/.exec(value) ?? [];
    if (name.startsWith("xmlns") && kind !== undefined && number !== undefined) return { name: kind, number };
  }
  throw new BankFileError("The document is none of camt.052, camt.053 and camt.054.", { line: document.line });
}

function makeHead(draft: Draft, entry?: XmlElement): StatementHead {
  const { format, version, root } = draft;
  return placed(
    () => ({ line: root.line }),
    () => {
      const account = readOwnAccount(root, entry);
      const [electronic, legal] = [root.read("ElctrncSeqNb"), root.read("LglSeqNb")];
      const page = root.read("StmtPgntn/PgNb") ?? root.read("RptPgntn/PgNb") ?? root.read("NtfctnPgntn/PgNb");
      const [from, to] = [root.read("FrToDt/FrDtTm"), root.read("FrToDt/ToDtTm")];
      return {
        ...{ format, version, id: root.read("Id") ?? "" },
        ...((electronic ?? legal ?? page) && {
          number: { ...(electronic && { electronic }), ...(legal && { legal }), ...(page && { page }) },
        }),
        account,
        ...(from && to && { period: { from: readDay(from.slice(0, 10)), to: readDay(to.slice(0, 10)) } }),
        ...chooseBalances(root.all("Bal")),
      };
    },
  );
}

function readOwnAccount(root: XmlElement, entry?: XmlElement): Account {
  const amount = root.find("Bal/Amt") ?? entry?.find("Amt");
  const currency = root.read("Acct/Ccy") ?? amount?.attributes.Ccy;
  if (currency === undefined) throw new BankFileError("The statement does not say its account's currency.");
  const id = root.read("Acct/Id/IBAN") ?? root.read("Acct/Id/Othr/Id") ?? root.read("Acct/Id/PrtryAcct/Id") ?? "";
  if (id === "") throw new BankFileError("The statement does not say its account.");
  return { ...readAccount(id), currency: readCurrency(currency) };
}

// Pages of a statement begin and end with an ITBD of their own; the only ITBD of a report is where it ends.
function chooseBalances(elements: XmlElement[]): { opening?: Balance; closing?: Balance } {
  const balances = elements.flatMap((element) => readBalance(element) ?? []);
  const interim = balances.filter(({ kind }) => kind === "ITBD");
  const close = balances.find(({ kind }) => kind === "CLBD");
  const open = balances.find(({ kind }) => kind === "OPBD") ?? balances.find(({ kind }) => kind === "PRCD");
  const opening = open ?? (close || interim.length > 1 ? interim[0] : undefined);
  const closing = close ?? interim.findLast((balance) => balance !== opening);
  return { ...(opening && { opening }), ...(closing && { closing }) };
}

function readBalance(element: XmlElement): Balance | undefined {
  const kind = element.read("Tp/CdOrPrtry/Cd");
  if (kind !== "OPBD" && kind !== "CLBD" && kind !== "PRCD" && kind !== "ITBD") return undefined;
  return placed(
    () => ({ line: element.line }),
    () => {
      const currency = readCurrency(element.find("Amt")?.attributes.Ccy ?? "");
      const amount = readAmount(element.read("Amt") ?? "", currency);
      const day = readDay((element.read("Dt/Dt") ?? element.read("Dt/DtTm") ?? "").slice(0, 10));
      return { kind, amount: amount * readSign(element.read("CdtDbtInd")) + 0, currency, day };
    },
  );
}

function readTotals(root: XmlElement, currency: string): Totals[] {
  const found: Totals[] = [];
  for (const [of, name] of [
    ["credits", "TtlCdtNtries"],
    ["debits", "TtlDbtNtries"],
  ] as const) {
    const [count, sum] = [root.read(`TxsSummry/${name}/NbOfNtries`), root.read(`TxsSummry/${name}/Sum`)];
    if (count !== undefined && sum !== undefined && /^\d{1,15}$/.test(count))
      found.push({ of, count: Number(count), amount: readAmount(sum, currency) });
  }
  return found;
}
