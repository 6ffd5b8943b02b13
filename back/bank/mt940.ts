// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads SWIFT MT940 and MT942: messages of tagged lines, with or without the envelope of the network.
import { composeIBAN } from "ibantools";
import { BankFileError, placed } from "./bank-file-error.ts";
import { decodeText, encodingOfText } from "./decode-text.ts";
import { readLine } from "./mt940-entry.ts";
import { type Message, readMessages, type Tag } from "./mt940-messages.ts";
import type { Account, Balance, Entry, StatementHead, StatementPart, Totals } from "./statement.ts";
import { dayOf, fullYear, readAccount, readAmount, readCurrency } from "./values.ts";

/** Pages of a statement (`:28C:5/1`, `5/2`, with `:60M:` and `:62M:`) are read as one; sums are not checked here. */
export function* readMt940(bytes: Uint8Array): Generator<StatementPart> {
  let open: Page | undefined;
  for (const message of readMessages(decodeText(bytes, encodingOfText(bytes)))) {
    const page = readPage(message);
    const follows = open !== undefined && isNextPage(open, page);
    if (open && !follows) yield end(open);
    if (!follows) yield { part: "head", head: page.head };
    for (const entry of readEntries(page.tags, page.head)) yield { part: "entry", entry };
    open = follows && open ? { ...page, head: { ...open.head, ...(page.closing && { closing: page.closing }) } } : page;
  }
  if (!open) throw new BankFileError("There is no bank statement in this file.");
  yield end(open);
}

interface Page {
  readonly head: StatementHead;
  readonly closing?: Balance;
  readonly tags: readonly Tag[];
  readonly totals: readonly Totals[];
}

function end({ head, totals }: Page): StatementPart {
  return { part: "end", head, totals };
}

function isNextPage(open: Page, { head }: Page): boolean {
  const { closing, number, account } = open.head;
  if (closing?.kind !== "ITBD" || head.opening?.kind !== "ITBD") return false;
  const isSame =
    number?.electronic === head.number?.electronic &&
    account.iban === head.account.iban &&
    account.other === head.account.other;
  if (isSame && closing.amount !== head.opening.amount)
    throw new BankFileError("A page does not begin with the balance at which the one before ended.");
  return isSame;
}

function readPage({ tags, isEnded, line }: Message): Page {
  const find = (...names: string[]) => tags.find(({ name }) => names.includes(name));
  const [opening, closing] = [find("60F", "60M"), find("62F", "62M")].map((tag) => tag && readBalance(tag));
  const isInterim = opening === undefined && find("34F", "13D", "13") !== undefined;
  const floor = find("34F");
  const currency = opening?.currency ?? (floor && at(floor, () => readCurrency(floor.value.slice(0, 3))));
  if (currency === undefined) throw new BankFileError("The statement has no opening balance.", { line });
  if (!isInterim && !closing)
    throw new BankFileError("The statement has no closing balance: its end is missing.", { line });
  const totals = tags.filter(({ name }) => name === "90C" || name === "90D").map((tag) => readTotals(tag, currency));
  if (isInterim && !isEnded && totals.length === 0)
    throw new BankFileError("The end of the statement is missing.", { line });
  const number = find("28C", "28", "28E")?.value.trim() ?? "";
  const [, electronic = "", page] = /^(\d{1,5})(?:\/(\d{1,5}))?/.exec(number) ?? [];
  const head: StatementHead = {
    format: isInterim ? "mt942" : "mt940",
    version: "",
    id: find("20")?.value.trim() ?? "",
    ...(electronic && { number: { electronic, ...(page && { page }) } }),
    account: readOwnAccount(find("25", "25P"), currency, line),
    ...(opening && { opening }),
    ...(closing && { closing }),
  };
  return { head, ...(closing && { closing }), tags, totals };
}

function* readEntries(tags: readonly Tag[], { account, format }: StatementHead): Generator<Entry> {
  let started: Tag | undefined;
  let texts: string[] = [];
  let entry = 0;
  const finish = (tag: Tag) =>
    placed(
      () => ({ line: tag.line, entry }),
      () => readLine(tag, texts, account, format === "mt942"),
    );
  for (const tag of tags) {
    if (tag.name === "86") texts.push(tag.value, ...tag.more);
    else {
      if (started) yield finish(started);
      [started, texts] = [undefined, []];
    }
    if (tag.name !== "61") continue;
    started = tag;
    entry += 1;
  }
  if (started) yield finish(started);
}

// `DE02…51EUR`, `12030000/202051`, `BYLADEM1001/DE02…`: some banks add the currency, some the BIC.
function readOwnAccount(tag: Tag | undefined, currency: string, line: number): Account {
  const text = tag?.value.trim().replace(/(?<=\d) ?[A-Z]{3}$/, "") ?? "";
  if (text === "") throw new BankFileError("The statement does not say its account.", { line });
  const behind = readAccount(text.slice(text.indexOf("/") + 1));
  return { ...("iban" in behind ? behind : readAccount(germanIban(text) ?? text)), currency };
}

// A German bank code and account number make the IBAN, but for few banks; so the account stays the same when the bank goes over to camt.
function germanIban(text: string): string | undefined {
  const [, bank, number] = /^(\d{8})\/(\d{1,10})$/.exec(text) ?? [];
  if (bank === undefined || number === undefined) return undefined;
  return composeIBAN({ countryCode: "DE", bban: bank + number.padStart(10, "0") }) ?? undefined;
}

function readBalance(tag: Tag): Balance {
  return at(tag, () => {
    const [, mark, year, month, day, code, digits] =
      /^([CD])(\d\d)(\d\d)(\d\d)([A-Z]{3})(\d{1,15},\d{0,5})$/.exec(tag.value.trim()) ?? [];
    if (!mark || !code || !digits)
      throw new BankFileError(`The balance in :${tag.name}: is not written as the standard says.`);
    const currency = readCurrency(code);
    const on = dayOf(fullYear(Number(year)), Number(month), Number(day));
    if (!on) throw new BankFileError(`There is no day 20${year}-${month}-${day}.`);
    const amount = readAmount(digits, currency, ",") * (mark === "D" ? -1 : 1);
    const kind = tag.name.endsWith("M") ? "ITBD" : tag.name === "60F" ? "OPBD" : "CLBD";
    return { kind, amount: amount + 0, currency, day: on };
  });
}

function readTotals(tag: Tag, currency: string): Totals {
  return at(tag, () => {
    const [, count, code, amount] = /^(\d{1,5})([A-Z]{3})(\d{1,15},\d{0,5})$/.exec(tag.value.trim()) ?? [];
    if (!count || !amount || code !== currency)
      throw new BankFileError(`The sum in :${tag.name}: is not written as the standard says.`);
    return {
      of: tag.name === "90C" ? "credits" : "debits",
      count: Number(count),
      amount: readAmount(amount, currency, ","),
    };
  });
}

function at<T>({ line }: Tag, run: () => T): T {
  return placed(() => ({ line }), run);
}
