// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The shapes that several operations share.
import { domainToASCII, domainToUnicode } from "node:url";
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
/** As people write it, and kept so. What is not taken, and why: `isEmailAddress`. */
export const emailAddress = z.stringFormat("email", isEmailAddress).max(254);
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
export const method = z.enum(["card", "paypal", "transfer"]);
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

/** Who gives an order on the command line: auth knows back only, and writes this down. */
export const administrator = z.strictObject({ by: line(100).min(1) });

/** A reference as people write it; back reads it forgivingly. */
export const reference = line(40).min(1);

/**
 * Before the @ the dot-atom of RFC 5322, up to 64 signs; quotes and letters beyond ASCII are lost on their way too often. After it
 * a domain of two labels or more, in its own script as IDNA writes it (RFC 5891: small letters, composed) or in punycode.
 */
function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  if (!/^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local) || local.length > 64) return false;
  const ascii = domainToASCII(domain);
  if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])$/.test(ascii)) return false;
  const unicode = domainToUnicode(ascii);
  // What stays punycode when it is read was none.
  if (/(^|\.)xn--/.test(unicode)) return false;
  const small = domain.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return (small === ascii || small === unicode) && at + 1 + ascii.length <= 254;
}
