// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// From a mail to the JSON that its person gets, with the reason why it did not reach them.
import type { Answer } from "@cdb/api/operation.ts";
import { type listMyMessages, mailTroubles } from "@cdb/api/people.ts";
import { judge } from "../bounces/verdict.ts";
import type { MailTo } from "../data/mailings/mails-to.ts";
import { webNameOf } from "../data/mailings/web-address.ts";

type Shown = Answer<typeof listMyMessages>["messages"][number];

export function presentMail(told: MailTo, linkSecret: string): Shown {
  const { key, mail, subject, body, state, at, sentAt, recipient, bounce, mailing } = told;
  return {
    ...{ key, mail, subject, text: body, state, queuedAt: at.toString(), sentAt: sentAt?.toString() ?? null },
    ...{ recipient, returnedAt: bounce?.at.toString() ?? null, trouble: troubleOf(told) },
    mailing: mailing && {
      purpose: mailing.purpose,
      consentedAt: mailing.consentedAt.toString(),
      webName: webNameOf(mailing.id, linkSecret),
    },
  };
}

function troubleOf({ state, refusedFor, bounce }: MailTo): Shown["trouble"] {
  if (bounce?.kind === "complaint") return "complaint";
  if (bounce) return mailTroubles.find((known) => known === bounce.reason) ?? "other";
  if (state !== "refused") return null;
  if (refusedFor === "address-dead") return "silent";
  if (refusedFor === "too late") return "too-late";
  // The words of the mail server are not kept, its code is.
  return judge(refusedFor ?? "", refusedFor ?? "").reason;
}
