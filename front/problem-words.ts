// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What went wrong, in the reader's language: the one place where codes become sentences.
import type { Problem } from "@cdb/api/problems.ts";
import { formatMoney } from "@cdb/theme/money.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { z } from "zod";
import type { Visit } from "./visit.ts";

type Words = Record<string, (t: Translate, c: Visit) => string>;

const money = (t: Translate, c: Visit, amount: number) =>
  formatMoney({ amount, currency: c.var.site.organisation.currency }, t.language);

/** By `field:code`, or by code alone. */
const usernameRule: Words[string] = (t) =>
  t(
    "A username has 3 to 32 characters: lowercase letters from a to z and digits, a letter first. Only dots, dashes and underscores may stand between.",
  );

const fieldWords: Words = {
  "name:missing": (t) => t("Please write your name."),
  "email:missing": (t) => t("Please write your email address."),
  "email1:missing": (t) => t("Please write your email address."),
  "email:malformed": (t) => t("This does not look like an email address. An example: name@example.org"),
  "email1:malformed": (t) => t("This does not look like an email address. An example: name@example.org"),
  "email-address-refused": (t) => t("We cannot send mail to this provider. Please use another email address."),
  "email-address-same": (t) => t("This is your email address already."),
  "country:malformed": (t) => t("Please write the country as two letters, such as DE."),
  "amount-missing": (t) => t("Please choose or write an amount."),
  "amount-unreadable": (t) => t("We cannot read this amount. Examples: 25 or 25.50"),
  "amount-ambiguous": (t) => t("This amount can be read in two ways. Please write it with two decimals or none."),
  "amount-not-positive": (t) => t("Please write an amount above zero."),
  "amount-too-small": (t, c) =>
    t("Please give at least {minimum}.", { minimum: money(t, c, c.var.site.organisation.donations.minimum) }),
  "amount-too-large": (t, c) =>
    t("Here we take amounts below {limit}. Please write to us about a larger one.", {
      limit: money(t, c, c.var.site.organisation.donations.below),
    }),
  "merchandise-too-large": (t, c) =>
    t("Orders can be paid here up to {limit}.", {
      limit: money(t, c, c.var.site.organisation.donations.merchandiseMaximum),
    }),
  "interval:invalid": (t) => t("Please choose how often."),
  "method:invalid": (t) => t("Please choose how to pay."),
  "method-unknown": (t) => t("Please choose how to pay."),
  "language-unknown": (t) => t("Please choose one of the languages."),
  "birthday-unlikely": (t) => t("A birthday lies between 1900 and today."),
  "birthday:malformed": (t) => t("This is not a day in the form 1980-12-31."),
  "birthday:invalid": (t) => t("This is not a day in the form 1980-12-31."),
  "username-malformed": usernameRule,
  "username-marks": (t) => t("Dots, dashes and underscores stand alone, between two letters or digits."),
  "username-reserved": (t) => t("This username is kept for the organisation. Please choose another."),
  "username-looks-reserved": (t) =>
    t("This username looks like one that is kept for the organisation. Please choose another."),
  "username-taken": (t) => t("Somebody else has this username. Please choose another."),
  "username-looks-taken": (t) =>
    t("This username looks like somebody else’s: you would be taken for each other. Please choose another."),
  "username-chosen": (t) => t("You have a username already."),
  "username-not-entitled": (t) => t("You cannot choose a username at the moment."),
  "username:malformed": usernameRule,
  "username:too-long": usernameRule,
  "team-unknown": (t) => t("This team is not there any more. Please choose again."),
  "purpose-unknown": (t) => t("One of these choices is not there any more. Please choose again."),
  "campaign-unknown": (t) => t("This campaign is not there any more."),
  "day-unreadable": (t) => t("This is not a day in the form 2026-12-31."),
  "success_url:address-refused": (t) => t("The page to return to is not one of those allowed."),
  "cancel_url:address-refused": (t) => t("The page to return to is not one of those allowed."),
  missing: (t) => t("Please fill this in."),
  "too-long": (t) => t("This is too long. Please shorten it."),
  malformed: (t) => t("There are characters in this that we cannot keep, such as line breaks."),
};

const problemWords: Words = {
  "form-media-type": (t) => t("This form was sent in a way that we do not read."),
  "form-repeated": (t) => t("A field of this form was sent more than once."),
  "form-encoding": (t) => t("The text of this form is not readable (it is not UTF-8)."),
  "form-incomplete": (t) => t("Something is missing in this form. Please open the page again."),
  "body-too-large": (t) => t("This is more than we can take at once. Please shorten what you wrote."),
  "cross-site": (t) => t("This form was not sent from our own page. Please open the page here and send it again."),
  "page-unknown": (t) => t("There is no page at this address."),
  "mailing-unknown": (t) =>
    t(
      "There is nothing to be read at this address. Please copy the whole address from the mail, up to its last character.",
    ),
  "changed-meanwhile": (t) =>
    t("Your data were changed elsewhere meanwhile. What you typed is still here: please check it and save again."),
  "key-used": (t) =>
    t("You sent this form before, with other details. If you want to make another pledge, send it once more."),
  "reference-unknown": (t) => t("We do not know this reference. Please compare it with the one in our mail."),
  "pledge-ended": (t) =>
    t("There is nothing to pay under this reference any more. If you want to give again, please make a new pledge."),
  "link-unknown": (t) =>
    t("This link is not valid. Please copy the whole address from the mail, up to its last character."),
  "link-expired": (t) => t("This link has expired. Please start again; you will get a new mail."),
  "link-final": (t) => t("This cannot be taken back any more."),
  "pledge-once": (t) => t("Only a pledge that renews can pause."),
  "pledge-fulfilled": (t) => t("This pledge was paid and done with already."),
  "person-not-active": (t) => t("This cannot be done any more. Please write to us if you have questions."),
  "account-missing": (t) => t("Groups open with a username. Please choose one first."),
  "group-not-for-them": (t) => t("This group is not open to you."),
  "asked-lately": (t) => t("This was refused a short time ago. You can ask again later."),
  "request-decided": (t) => t("Somebody else was quicker: this was decided already."),
  "not-the-approver": (t) => t("Somebody else decides about this."),
  "email-address-taken": (t) => t("This email address belongs to somebody else by now."),
  "email-change-outdated": (t) => t("The email address was changed otherwise meanwhile."),
  "sign-in-failed": (t) => t("You were not signed in. Perhaps it took too long, or the page was opened twice."),
  unreachable: (t) => t("This does not work at the moment. Please try again in a few minutes."),
};

/** What is wrong with one field of a form. */
export function fieldSentence(c: Visit, field: string, code: string): string {
  const words = fieldWords[`${field}:${code}`] ?? fieldWords[code];
  return words ? words(c.var.t, c) : c.var.t("Please check this.");
}

/** What went wrong as a whole; undefined for a code that has no words. */
export function problemSentence(c: Visit, code: string): string | undefined {
  return problemWords[code]?.(c.var.t, c);
}

/** The fields that back found wrong, as the form names them; undefined when it is not about fields. */
export function fieldErrors(
  c: Visit,
  problem: Problem,
  fieldNames: Record<string, string> = {},
): Record<string, string> | undefined {
  if (problem.status !== 422 || !problem.fields?.length) return undefined;
  const errors = problem.fields.map(({ field, code }) => {
    const name = formField(field, fieldNames);
    return [name, fieldSentence(c, name, code)] as const;
  });
  return Object.fromEntries(errors);
}

/** `postalAddress.lines.0` → what the form calls it. */
export function formField(path: string, fieldNames: Record<string, string>): string {
  for (let known = path; known !== ""; known = known.slice(0, Math.max(0, known.lastIndexOf("."))))
    if (Object.hasOwn(fieldNames, known)) return fieldNames[known] ?? known;
  return path.split(".")[0] ?? path;
}

/** A stable code for what the contract's schema found, as back names it. */
export function codeOfIssue(issue: z.core.$ZodIssue, body: unknown): string {
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    body,
  );
  if (value === undefined || (typeof value === "string" && value.trim() === "")) return "missing";
  if (issue.code === "too_big") return "too-long";
  return issue.code === "invalid_format" ? "malformed" : "invalid";
}
