// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of each prepared command says.
import type { showLink } from "@cdb/api/links.ts";
import type { Answer } from "@cdb/api/operation.ts";
import type { Translate } from "@cdb/theme/translate.ts";

export type Shown = Answer<typeof showLink>;

export interface Words {
  title(t: Translate): string;
  explain(t: Translate, shown: Shown): string;
  button(t: Translate): string;
  done(t: Translate): string;
}

export const commandWords: Record<string, Words> = {
  confirm: {
    title: (t) => t("Please confirm"),
    explain: (t, { email }) => t("The email address {email} was entered on our page. Was that you?", { email }),
    button: (t) => t("Yes, confirm"),
    done: (t) => t("Thank you, it is confirmed."),
  },
  "change-email": {
    title: (t) => t("Change the email address"),
    explain: (t, { email, newEmail }) =>
      t("From now on we write to {newEmail} instead of {email}.", { email, newEmail: newEmail ?? "" }),
    button: (t) => t("Change it"),
    done: (t) => t("Your email address is changed."),
  },
  "confirm-secondary-email": {
    title: (t) => t("A second email address"),
    explain: (t, { email, newEmail }) =>
      t("From now on we know {newEmail} besides {email}, and write there when the other does not answer.", {
        email,
        newEmail: newEmail ?? "",
      }),
    button: (t) => t("Yes, confirm"),
    done: (t) => t("We know your second email address now."),
  },
  "keep-me": {
    title: (t) => t("Keep my data"),
    explain: (t, { email }) => t("The data of {email} are kept after all.", { email }),
    button: (t) => t("Keep my data"),
    done: (t) => t("Your data stay."),
  },
  "keep-alive": {
    title: (t) => t("I want to stay"),
    explain: (t, { email }) => t("We keep the contact data of {email} for another year.", { email }),
    button: (t) => t("Yes, I want to stay"),
    done: (t) => t("Good to know. Your data stay."),
  },
  "check-address": {
    title: (t) => t("This address answers"),
    explain: (t) => t("From now on we write to you at this address again."),
    button: (t) => t("Yes, write to me here"),
    done: (t) => t("Good to know. We write to you there again."),
  },
  unsubscribe: {
    title: (t) => t("Stop these mails"),
    explain: (t, { email }) => t("From now on {email} gets none of these mails from us.", { email }),
    button: (t) => t("Stop these mails"),
    done: (t) => t("You get no more of these mails."),
  },
  "end-pledge": {
    title: (t) => t("End a pledge"),
    explain: (t) => t("Nothing more is due for it, and we do not remind you of it."),
    button: (t) => t("End this pledge"),
    done: (t) => t("The pledge is ended. Thank you for what you gave."),
  },
  "change-pledge": {
    title: (t) => t("Another amount"),
    explain: (t) => t("From the next time on you give another amount."),
    button: (t) => t("Yes, I agree"),
    done: (t) => t("Thank you. The new amount counts from the next time on."),
  },
  "restore-email": {
    title: (t) => t("Take the change back"),
    explain: (t, { email, newEmail }) =>
      t("We write to {newEmail} again instead of {email}, and every device is signed out.", {
        email,
        newEmail: newEmail ?? "",
      }),
    button: (t) => t("Take it back"),
    done: (t) => t("Your former email address is back."),
  },
};
