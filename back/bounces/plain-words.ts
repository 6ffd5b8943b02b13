// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Mails of mail servers and people's programs that keep to no standard: known by who writes them and what they say.
import type { OpenedMail } from "./open-mail.ts";
import { addressOf } from "./reports.ts";

const daemons =
  /mailer.?daemon|postmaster|mail (delivery|administrator|system)|microsoftexchange|maildelivery|mail-?daemon/i;
const bounceSubjects =
  /undeliver|delivery (status|fail|has failed|report|problem)|fail(ed|ure) (delivery|notice)|returned (mail|to sender)|mail delivery (fail|system|problem)|could not be delivered|unzustellbar|nicht zugestellt|zustellung|non remis|échec/i;
const delayedSubjects = /delay|warning: (message|could not)|verzögert|retard/i;
const delayedWords =
  /will (be retried|continue|keep trying)|has not (yet )?been delivered|still (trying|being)|no action is required|temporary problem|not need to resend|weiter(hin)? versucht/i;
const replySubjects =
  /^\s*(auto(matic|mated)?[ :_-]|auto\b|automatisch|out of (the )?office|abwesen|vacation|réponse automatique|i am away|on holiday|ich bin (nicht|vom|bis))|out of office|autoreply|auto-reply|automatische antwort/i;

/** A mail server tells that a mail did not arrive, in words. */
export function isPlainBounce({ headers, text }: OpenedMail): boolean {
  if (headers.has("x-failed-recipients")) return true;
  const [from, subject] = [headers.get("from")?.[0] ?? "", headers.get("subject")?.[0] ?? ""];
  const isFromNobody = headers.get("return-path")?.[0] === "<>";
  if (bounceSubjects.test(subject)) return daemons.test(from) || isFromNobody;
  return (
    daemons.test(from) &&
    (delayedSubjects.test(subject) ||
      /qmail-send|following (address|recipient)|could ?n.t be delivered|not be delivered/i.test(text))
  );
}

/** It is under way still: whoever wrote it will write again if it fails. */
export function isPlainDelay({ headers, text }: OpenedMail): boolean {
  return delayedSubjects.test(headers.get("subject")?.[0] ?? "") && delayedWords.test(beforeOriginal(text));
}

/** A program answers in the place of a person (RFC 3834, and those who never read it). */
export function isAutoReply({ headers, parts }: OpenedMail): boolean {
  const first = (name: string) => headers.get(name)?.[0]?.toLowerCase() ?? "";
  const submitted = first("auto-submitted");
  if (submitted !== "" && submitted !== "no") return true;
  if (["x-autoreply", "x-autorespond", "x-auto-reply", "x-vacation"].some((name) => headers.has(name))) return true;
  if (/auto.?reply/.test(first("precedence"))) return true;
  if (parts.some(({ type }) => type === "message/disposition-notification")) return true;
  return replySubjects.test(headers.get("subject")?.[0] ?? "");
}

/** Whose mailbox it says it is. */
export function recipientIn({ headers, text }: OpenedMail): string {
  const failed = addressOf(headers.get("x-failed-recipients")?.[0]?.split(",")[0] ?? "");
  return (
    failed ||
    addressOf(
      /^[ \t]{0,40}<?([^\s<>@]{1,64}@[^\s<>@:]{1,255})>?:?(?: .{0,100})?$/m.exec(beforeOriginal(text))?.[1] ?? "",
    )
  );
}

/** What it says, without the mail that it gives back. */
export function beforeOriginal(text: string): string {
  return (
    text.split(
      /^[ >]*-{2,} ?(Below this line|This is a copy|The following is a copy|The header of|Original message|Message header|Returned message|Forwarded)|^Original message headers:/im,
      1,
    )[0] ?? ""
  );
}
