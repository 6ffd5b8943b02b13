// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One entry of MT940: the line `:61:` and the text `:86:` under it.

import type { Day } from "@cdb/runtime/time.ts";
import { BankFileError, quote } from "./bank-file-error.ts";
import type { Tag } from "./mt940-messages.ts";
import { type Mt940Text, readMt940Text, readWordAmount } from "./mt940-text.ts";
import { isReturn } from "./returns.ts";
import type { Account, Detail, Entry } from "./statement.ts";
import { dayOf, findCreditorReference, fullYear, readAmount, readName, withoutUndefined } from "./values.ts";

// Value day, day of booking, mark, third letter of the currency, amount, type, reference of the customer, // of the bank.
const pattern = /^(\d{6})(\d{4})?(R?[CD]|E[CD])([A-Z])?(\d{1,15},\d{0,5})(?:([NSF])([A-Z0-9]{3}))?(.*)$/;

export function readLine(tag: Tag, texts: readonly string[], account: Account, isInterim: boolean): Entry {
  const [, value = "", booked, mark = "", letter, digits = "", kind = "", type = "", references = ""] =
    pattern.exec(tag.value.trim()) ?? [];
  if (digits === "") throw new BankFileError(`${quote(tag.value)} is not an entry as the standard writes it.`);
  const { currency } = account;
  if (letter !== undefined && letter !== currency[2])
    throw new BankFileError(`The entry is not in ${currency}, the currency of the account.`);
  const sign = mark === "C" || mark === "EC" || mark === "RD" ? 1 : -1;
  const amount = readAmount(digits, currency, ",") * sign + 0;
  const valueOn = readValueDay(value);
  const split = references.indexOf("//");
  const customer = split < 0 ? references : references.slice(0, split);
  const bank = split < 0 ? undefined : references.slice(split + 2);
  const text = readMt940Text(texts);
  const code = withoutUndefined({ gvc: text.gvc, swift: kind + type || undefined });
  const isReturned = isReturn(code) || type === "RTI";
  return {
    ...withoutUndefined({ bankReference: readName(bank), entryReference: readName(customer) }),
    ...{ line: tag.line, amount, currency, status: isInterim || mark.startsWith("E") ? "pending" : "booked" },
    ...{
      reversal: mark.startsWith("R"),
      returned: isReturned,
      bookedOn: readBookingDay(booked, valueOn),
      valueOn,
      code,
      charges: [],
    },
    information: text.information || tag.more.join(" ").trim(),
    details: [makeDetail(text, tag, amount, currency, isReturned)],
    isComplete: true,
  };
}

function makeDetail(text: Mt940Text, tag: Tag, amount: number, currency: string, isReturned: boolean): Detail {
  const { remittance, counterparty, supplement } = text;
  const { words } = remittance;
  // The line under :61: may say the amount before exchange and what it cost.
  const [, ordered] = /\/OCMT\/([A-Z]{3}\d{1,15},\d{0,3})/.exec(tag.more.join("")) ?? [];
  const [, charged] = /\/CHGS\/([A-Z]{3}\d{1,15},\d{0,3})/.exec(tag.more.join("")) ?? [];
  const charge = readWordAmount(charged, currency) ?? readWordAmount(words.COAM, currency);
  return {
    ...{ index: 1, amount, currency, counterparty, remittance: remittance.text },
    ...withoutUndefined({
      original: readWordAmount(ordered, currency) ?? readWordAmount(words.OAMT, currency),
      creditorReference: findCreditorReference(remittance.text),
      endToEndId: readName(words.EREF),
      mandateId: readName(words.MREF),
      returnReason: isReturned ? readReason(remittance.text, supplement) : undefined,
    }),
    ids: withoutUndefined({ instructionId: readName(words.KREF) }),
    charges: charge ? [{ ...charge, isIncluded: true }] : [],
  };
}

// ISO 20022 ExternalReturnReason1Code, where the bank writes it into the words.
function readReason(text: string, supplement: string | undefined): { code: string; text: string } {
  const [code] =
    /\b(AC0[1346]|AC13|AG0[129]|AM0[1-9]|AM1[0-9]|BE0[1-9]|CNOR|DNOR|FF0[1-9]|FOCR|MD0[1-9]|MS0[23]|RC0[1-9]|RR0[1-4]|SL0[1-4]|TM01|CUST|NARR)\b/.exec(
      text,
    ) ?? [];
  return { code: code ?? supplement ?? "", text };
}

function readValueDay(text: string): Day {
  const [year, month, day] = [0, 2, 4].map((at) => Number(text.slice(at, at + 2))) as [number, number, number];
  const on = dayOf(fullYear(year), month, day);
  if (!on) throw new BankFileError(`There is no day ${quote(text)}.`);
  return on;
}

// The day of booking has no year: it is the one nearest to the value day.
function readBookingDay(text: string | undefined, valueOn: Day): Day {
  if (text === undefined) return valueOn;
  const [month, day] = [Number(text.slice(0, 2)), Number(text.slice(2))];
  const near = [valueOn.year - 1, valueOn.year, valueOn.year + 1].flatMap((year) => dayOf(year, month, day) ?? []);
  const distance = (on: Day) => Math.abs(valueOn.until(on, { largestUnit: "days" }).days);
  const nearest = near.reduce<Day | undefined>(
    (best, on) => (best && distance(best) <= distance(on) ? best : on),
    undefined,
  );
  if (!nearest) throw new BankFileError(`There is no day ${quote(text)}.`);
  return nearest;
}
