// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The shapes that several operations share.
import { z } from "zod";

/** One line of text: no control characters, no lone surrogates; kept as given. */
export function line(max: number): z.ZodString {
  return (
    z
      .string()
      .max(max)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses.
      .regex(/^[^\u0000-\u001f\u007f\u2028\u2029]*$/, "must be one line of text")
      .refine((text) => text.isWellFormed(), "must be well-formed Unicode") as z.ZodString
  );
}

/** Text of several lines: no control characters but line breaks and tabs, no lone surrogates; kept as given. */
export function text(max: number): z.ZodString {
  return (
    z
      .string()
      .max(max)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses.
      .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, "must be text")
      .refine((words) => words.isWellFormed(), "must be well-formed Unicode") as z.ZodString
  );
}

export const name = line(300).refine((text) => text.trim() !== "", "must not be empty");
export const emailAddress = z.email().max(254);
export const language = z.string().regex(/^[a-z]{2}$/);
export const country = z.string().regex(/^[A-Z]{2}$/, "must be a two-letter country code");
export const personId = z.coerce.number().int().min(1).max(2_147_483_647);
export const word = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
export const currency = z.string().regex(/^[A-Z]{3}$/);
// There is no year 0, and PostgreSQL knows of none.
const hasYear = (text: string) => !text.startsWith("0000");
export const day = z.iso.date().refine(hasYear, "must have a year");
export const moment = z.iso.datetime({ offset: true }).refine(hasYear, "must have a year");

/** Integer minor units (cents) and the currency. */
export const money = z.strictObject({ amount: z.number().int().min(1).max(1_000_000_000_000), currency });
export type MoneyShape = z.infer<typeof money>;

export const interval = z.enum(["once", "monthly", "quarterly", "yearly"]);
export type Interval = z.infer<typeof interval>;
export const method = z.enum(["card", "transfer"]);
export type Method = z.infer<typeof method>;

export const postalAddress = z.strictObject({
  /** Street and number, or what stands instead; several lines are several entries. */
  lines: z.array(line(140)).max(4),
  postcode: line(20),
  city: line(140),
  /** State or province, where addresses of the country name it. */
  region: line(140).optional(),
  country: z.union([country, z.literal("")]),
});
export type PostalAddress = z.infer<typeof postalAddress>;

/** A reference as people write it; back reads it forgivingly. */
export const reference = line(40).min(1);
