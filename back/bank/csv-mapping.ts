// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// How a bank writes its CSV: which column is what, described once by whoever imports it.
import { z } from "zod";

const column = z.string().min(1).max(200);
const words = z.array(z.string().max(100)).min(1).max(50);

/** For whoever reads it from a file. */
export const csvMapping = z
  .strictObject({
    delimiter: z.enum([",", ";", "\t", "|"]).default(";"),
    quote: z.enum(['"', "'"]).default('"'),
    /** By default the byte order mark, else UTF-8 where it is valid, else Latin-1. */
    encoding: z.enum(["utf-8", "utf-16le", "windows-1252", "iso-8859-15"]).optional(),
    /** How many lines stand before the one with the names of the columns, and how many after the last entry. */
    skipLines: z.int().min(0).max(1_000).default(0),
    skipLastLines: z.int().min(0).max(1_000).default(0),
    /** Such as DD.MM.YYYY, YYYY-MM-DD, MM/DD/YY. */
    dateFormat: z.string().max(20).refine(hasDayMonthYear, "must have DD, MM and YYYY or YY once each"),
    decimalSign: z.enum([",", "."]),
    thousandsSign: z.enum([",", ".", " ", "'", ""]).default(""),
    /** Whose statement it is, where no column says it. */
    account: column.optional(),
    /** ISO 4217, where no column says it. */
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "must be three capital letters")
      .optional(),
    columns: z.strictObject({
      bookedOn: column,
      valueOn: column.optional(),
      /** One column with a sign, or of the size beside `mark`; or one for each direction. */
      amount: column.optional(),
      credit: column.optional(),
      debit: column.optional(),
      /** Says the direction of `amount` by one of these words. */
      mark: z.strictObject({ column, credit: words, debit: words }).optional(),
      /** After the entry: the rows are then checked to follow from each other. */
      balance: column.optional(),
      currency: column.optional(),
      account: column.optional(),
      name: column.optional(),
      counterparty: column.optional(),
      bic: column.optional(),
      /** Joined by blanks. */
      remittance: z.array(column).max(20).default([]),
      information: column.optional(),
      bankReference: column.optional(),
      entryReference: column.optional(),
      endToEndId: column.optional(),
      mandateId: column.optional(),
      creditorReference: column.optional(),
      /** Rows with one of these words are not booked yet. */
      pending: z.strictObject({ column, words }).optional(),
    }),
  })
  .superRefine((mapping, context) => {
    const { amount, credit, debit, mark, currency, account } = mapping.columns;
    const complain = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if ((amount === undefined) === (credit === undefined && debit === undefined))
      complain(["columns"], "must have either amount, or credit and debit");
    if ((credit === undefined) !== (debit === undefined)) complain(["columns"], "must have both credit and debit");
    if (mark && amount === undefined) complain(["columns", "mark"], "needs the column amount");
    if ((mapping.account === undefined) === (account === undefined))
      complain(["account"], "must stand here or in columns, not in both");
    if ((mapping.currency === undefined) === (currency === undefined))
      complain(["currency"], "must stand here or in columns, not in both");
    if (mapping.decimalSign === mapping.thousandsSign) complain(["thousandsSign"], "must differ from decimalSign");
  });

export type CsvMapping = z.infer<typeof csvMapping>;

function hasDayMonthYear(format: string): boolean {
  return ["DD", "MM", "YY"].every((part) => format.replace("YYYY", "YY").split(part).length === 2);
}
