// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Why a mail did not reach its person, in words for them.
import type { Answer } from "@cdb/api/operation.ts";
import type { listMyMessages } from "@cdb/api/people.ts";
import type { Translate } from "@cdb/theme/translate.ts";

type Trouble = NonNullable<Answer<typeof listMyMessages>["messages"][number]["trouble"]>;

export function troubleWords(t: Translate, trouble: Trouble): string {
  const words: Record<Trouble, string> = {
    "user-unknown": t("The mail server there knows no such mailbox."),
    "domain-unknown": t("What follows the @ of the address does not exist, or accepts no mail."),
    "mailbox-closed": t("The mailbox there is closed."),
    "mailbox-full": t("The mailbox there was full."),
    "no-answer": t("The mail server there did not answer in time."),
    spam: t("The mail server there took it for spam. That is ours to fix, not yours."),
    policy: t("The mail server there accepts nothing from us. That is ours to fix, not yours."),
    content: t("The mail server there did not accept it as it is; perhaps it was too large."),
    complaint: t("Your mail provider told us that it was marked as spam."),
    silent: t("We did not send it, for our mails to this address come back."),
    "too-late": t("We did not send it, for its link would have been over by then."),
    other: t("The mail server there did not say why."),
  };
  return words[trouble];
}
