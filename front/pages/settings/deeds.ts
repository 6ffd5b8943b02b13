// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the history says of a deed, in words that follow who did it: "Our web site: let you sign in". German has participles, which fit "you" too.
import type { SignInEventKind } from "@cdb/api/sign-in.ts";
import type { Translate } from "@cdb/theme/translate.ts";

// What has no words of its own here is shown as the records call it.
export function deed(t: Translate, record: string, verb: string): string {
  if (record === "sign-in-event") return signInWords(t)[verb as PersonsKind] ?? verb;
  return words(t)[`${record} ${verb}`] ?? `${record}: ${verb}`;
}

/** These two are nobody's. */
type PersonsKind = Exclude<SignInEventKind, "client-changed" | "key-rotated">;

function signInWords(t: Translate): Record<PersonsKind, string> {
  return {
    "signed-in": t("let you sign in"),
    "signed-in-new-browser": t("let you sign in in a new browser"),
    refused: t("refused a wrong password"),
    "signed-out": t("signed you out"),
    "session-ended": t("ended a sign-in for you"),
    "sessions-ended": t("ended all your sign-ins"),
    "token-reused": t("ended a sign-in because its key was used twice"),
    "password-changed": t("changed the password for you"),
    "password-set": t("set a new password for you"),
    "factor-added": t("added a second factor for you"),
    "factor-removed": t("removed a second factor for you"),
    "factor-copied": t("found that a passkey may have been copied"),
    "factors-reset": t("took away the second factors"),
    "factors-left": t("left the second factors of your other entry behind"),
    "factor-refused": t("refused a wrong code of the second factor"),
    "factor-guessed": t("stopped somebody who guessed at the second factor"),
    "factor-missing": t("let nobody in who typed the password without the second factor"),
    "recovery-codes-made": t("made recovery codes for you"),
    "recovery-code-used": t("let you sign in with a recovery code"),
    "access-allowed": t("let a service see data of yours"),
    "access-withdrawn": t("ended the access of a service"),
  };
}

function words(t: Translate): Record<string, string> {
  return {
    "person looked-at": t("looked at your data"),
    "person registered": t("registered you"),
    "person confirmed": t("confirmed the registration"),
    "person changed": t("changed your data"),
    "person email-changed": t("changed the email address"),
    "person email-restored": t("took the change of the email address back"),
    "person signed-out-everywhere": t("signed out everywhere"),
    "consent requested": t("asked for mails"),
    "consent granted": t("agreed to mails"),
    "consent withdrawn": t("stopped mails"),
    "pledge made": t("made a pledge"),
    "donation received": t("received a donation"),
    "person stayed": t("asked to stay"),
    "bounce came-back": t("noted that a mail came back"),
    "bounce complained": t("noted that you took a mail for spam"),
    "address-trouble silent": t("stopped writing to an address that does not answer"),
    "address-trouble answers": t("found that an address answers again"),
    "person disowned": t("said that the entry was not theirs"),
    "person blocked": t("blocked the registration"),
    "person unblocked": t("took the block back"),
    "person secondary-email-added": t("added a second email address"),
    "person secondary-email-removed": t("removed the second email address"),
    "merge merged": t("joined two entries of yours"),
    "merge unmerged": t("took two entries apart again"),
    "signature confirmed": t("signed under a campaign"),
    "role requested": t("asked to work with us"),
    "role approved": t("took you in"),
    "role refused": t("had no place for you"),
    "role ended": t("ended the work with us"),
    "pledge paid": t("received money for a pledge"),
    "pledge fulfilled": t("received money for a pledge"),
    "pledge changed": t("changed a pledge"),
    "pledge paused": t("let a pledge pause"),
    "pledge resumed": t("took a pledge up again"),
    "pledge ended": t("ended a pledge"),
    "pledge lapsed": t("let a pledge lapse"),
    "pledge reminded": t("reminded of a pledge"),
    "pledge renewal-started": t("began to renew a pledge"),
    "pledge renewal-ended": t("ended renewing a pledge"),
    "donation refunded": t("gave a donation back"),
    "donation disputed": t("heard that the bank took a donation back"),
    "donation reinstated": t("got a donation back from the bank"),
    "donation matched": t("found that a donation is yours"),
    "account opened": t("opened the account"),
    "account paused": t("paused the account"),
    "account reopened": t("opened the account again"),
    "account closed": t("closed the account"),
    "account renamed": t("changed the username"),
    "account entitled-no-more": t("noted that the account will be paused"),
    "account entitled-again": t("noted that the account stays open"),
    "erasure requested": t("asked for the deletion"),
    "erasure cancelled": t("took the deletion back"),
    "person imported": t("took you over from a list"),
    "pledge given-back": t("gave money for a pledge back"),
    "account adopted": t("took the account over from the directory"),
    "duplicate different": t("found that you and somebody else are two people"),
    "merge merged-away": t("joined two entries of yours"),
  };
}
