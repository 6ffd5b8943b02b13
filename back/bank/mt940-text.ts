// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The text under an entry of MT940, `:86:`: in numbered fields as German banks write it, after slashes as others do, or plain.

import { joinPieces, type Remittance, readRemittance } from "./remittance.ts";
import type { Counterparty } from "./statement.ts";
import { readAccount, readAmount, readCurrency, withoutUndefined } from "./values.ts";

export interface Mt940Text {
  readonly gvc?: string;
  /** The booking text of the bank. */
  readonly information: string;
  readonly counterparty: Counterparty;
  readonly remittance: Remittance;
  /** The number that the bank gives the reason of a return, `?34`. */
  readonly supplement?: string;
}

export function readMt940Text(lines: readonly string[]): Mt940Text {
  const joined = lines.join("");
  const [, gvc, separator] = /^(\d{3})([^A-Za-z0-9\s])\d\d/.exec(joined) ?? [];
  if (gvc !== undefined && separator !== undefined) return readFields(gvc, joined.slice(3), separator);
  const slashed = readSlashes(joined);
  if (slashed) return slashed;
  const [, bare] = /^(\d{3})$/.exec(joined) ?? [];
  return {
    ...(bare && { gvc: bare }),
    information: "",
    counterparty: { name: "" },
    remittance: bare ? { text: "", words: {} } : readRemittance(lines, 65),
  };
}

/** An amount behind OAMT+ or COAM+: `EUR25,00`, `25,00`; undefined when it is neither. */
export function readWordAmount(text: string | undefined, currency: string) {
  const [, own = currency, amount] = /^([A-Z]{3})? ?(\d{1,12}(?:,\d{0,3})?)$/.exec(text?.trim() ?? "") ?? [];
  if (amount === undefined) return undefined;
  try {
    return { amount: readAmount(amount, readCurrency(own), ","), currency: own };
  } catch {
    return undefined;
  }
}

// ?00 booking text, ?20–?29 and ?60–?63 remittance, ?30 bank, ?31 account, ?32 and ?33 name, ?34 supplement.
function readFields(gvc: string, text: string, separator: string): Mt940Text {
  const fields = new Map<string, string>();
  const escaped = separator.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const pieces: string[] = [];
  let isOverflow = false;
  for (const part of text.split(new RegExp(`${escaped}(?=\\d\\d)`)).slice(1)) {
    const [number, value] = [part.slice(0, 2), part.slice(2)];
    isOverflow ||= number.startsWith("6");
    if (/^(2\d|6[0-3])$/.test(number)) pieces.push(value);
    // A payer may write ?32 into the text: of fields that come twice the bank's own is the one behind the text.
    else if (!(isOverflow && fields.has(number))) fields.set(number, value.trim());
  }
  const remittance = readRemittance(pieces, 27);
  const { words } = remittance;
  const bank = fields.get("30") ?? words.BIC ?? "";
  const account = fields.get("31") ?? words.IBAN ?? "";
  const isBic = /^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(bank);
  const national = /^\d+$/.test(account) && bank !== "" && !isBic ? `${bank}/${account}` : account;
  const name = joinPieces([fields.get("32") ?? "", fields.get("33") ?? ""].filter(Boolean), 27);
  const ultimate = words.ABWA ?? words.ABWE;
  return {
    ...withoutUndefined({ gvc, supplement: fields.get("34") }),
    information: fields.get("00") ?? "",
    counterparty: { name, ...(ultimate && { ultimate }), ...readAccount(national), ...(isBic && { bic: bank }) },
    remittance,
  };
}

const slashes = "TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|RTRN|CNTP|PREF|PURP|ULTD|ULTC|ISDT|KREF";

function readSlashes(text: string): Mt940Text | undefined {
  if (!new RegExp(`^/(${slashes})/`).test(text)) return undefined;
  const values = new Map<string, string>();
  const marks = [...text.matchAll(new RegExp(`/(${slashes})/`, "g"))];
  // Behind REMI the payer may write anything, slashes too.
  const last = marks.findIndex(([, name]) => name === "REMI");
  const counted =
    last < 0
      ? marks
      : [
          ...marks.slice(0, last + 1),
          ...marks.slice(last + 1).filter(([, name]) => name !== "NAME" && name !== "IBAN"),
        ];
  for (const [at, mark] of counted.entries())
    values.set(mark[1] ?? "", text.slice(mark.index + mark[0].length, counted[at + 1]?.index).trim());
  const [iban = "", bic = "", name = ""] = values.get("CNTP")?.split("/") ?? [];
  const remitted = values.get("REMI")?.replace(/^USTD\/\//, "") ?? "";
  const agent = values.get("BIC") ?? bic;
  const ultimate = values.get("ULTD") ?? values.get("ULTC");
  return {
    information: values.get("TRTP") ?? "",
    counterparty: {
      name: values.get("NAME") ?? name,
      ...(ultimate && { ultimate }),
      ...readAccount(values.get("IBAN") ?? iban),
      ...(agent && { bic: agent }),
    },
    remittance: {
      text: remitted,
      words: withoutUndefined({ EREF: values.get("EREF"), MREF: values.get("MARF"), CRED: values.get("CSID") }),
    },
    ...withoutUndefined({ supplement: values.get("RTRN") }),
  };
}
