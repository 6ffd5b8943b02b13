// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The fields of a new password, and in plain words why it was not taken.
import { type FormState, field } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { ChangeOutcome, ChangeRefusal } from "./password-change.ts";
import { longestPassword, shortestPassword } from "./password-rules.ts";

type Typed = (field: string) => string;

/** Pasting is allowed, and typing twice asked for: without scripts nobody can look at what they typed. */
export function newPasswordFields(t: Translate, form: FormState): Html {
  return html`
${field(form, {
  name: "wished",
  type: "password",
  label: t("New password"),
  hint: t("At least {count} characters of any kind. A few words that have nothing to do with each other are good.", {
    count: String(shortestPassword),
  }),
  autocomplete: "new-password",
})}
${field(form, { name: "again", type: "password", label: t("The new password again"), autocomplete: "new-password" })}`;
}

/** What can be said before anybody is asked. */
export function mistakesInNewPassword(t: Translate, typed: Typed): Record<string, string> | undefined {
  if (typed("wished") === "") return { wished: t("Choose a new password.") };
  if (typed("wished") !== typed("again")) return { again: t("This is not the same as the new password.") };
  return undefined;
}

export type RefusalStatus = 422 | 429 | 503;

/** The status of the answer, and what is said beside which field. */
export function inWords(
  t: Translate,
  refused: Exclude<ChangeOutcome, { outcome: "done" }>,
): [RefusalStatus, Record<string, string>] {
  if (refused.outcome === "wait") return [429, { old: sayWait(t, refused.seconds) }];
  const { reason } = refused;
  const sentence = sentences(t)[reason];
  if (reason === "not-now" || reason === "unknown") return [503, { wished: sentence }];
  const isOfOld = reason === "wrong-password" || reason === "locked" || reason === "expired";
  return [422, { [isOfOld ? "old" : "wished"]: sentence }];
}

function sayWait(t: Translate, seconds: number): string {
  return t.plural(
    "Too many tries. Wait {count} minute, or sign in with a link: then you need no old password.",
    "Too many tries. Wait {count} minutes, or sign in with a link: then you need no old password.",
    Math.ceil(seconds / 60),
  );
}

function sentences(t: Translate): Record<ChangeRefusal, string> {
  const [shortest, longest] = [String(shortestPassword), String(longestPassword)];
  return {
    "wrong-password": t("This is not your present password."),
    locked: t("Your password is locked after too many wrong tries. Wait a while, or set a new one with a link."),
    expired: t("Your present password is too old to be changed. Set a new one with a link."),
    "too-short": t("This is too short. Take at least {count} characters.", { count: shortest }),
    "too-long": t("This is too long. Take at most {count} characters.", { count: longest }),
    unreadable: t("This holds characters that no keyboard can type."),
    common: t("Many people have such a password: it is among the first that strangers try."),
    personal: t("Your name, username or address is in it: strangers would try that."),
    "too-weak": t("The directory finds this too easy to guess. Take a longer one."),
    "too-young": t("You changed your password a short time ago. The next change is possible later."),
    "in-history": t("You have had this password before. Take one that is new."),
    same: t("This is the same as the present one. Take one that is new."),
    "not-allowed": t("Your account does not allow you to change the password. Write to us."),
    "no-account": t("There is no account yet to which a password could belong. Try again in a few minutes."),
    "not-now": t("Passwords cannot be changed at the moment. The present one goes on to work."),
    unknown: t(
      "Nobody answered in time, so we cannot tell whether the password was changed. Try the new one in a few minutes.",
    ),
  };
}
