// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/history`: who did what to the person's data, and who looked at them.
import type { Answer } from "@cdb/api/operation.ts";
import { listMyHistory } from "@cdb/api/people.ts";
import { html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env } from "../../visit.ts";
import { showSettings } from "./frame.ts";

type Entry = Answer<typeof listMyHistory>["entries"][number];

export function history(back: Back): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const { entries } = await back.asVisitor(c).call(listMyHistory);
    const { t, site } = c.var;
    const format = { dateStyle: "medium", timeStyle: "short", timeZone: site.organisation.timeZone } as const;
    const time = new Intl.DateTimeFormat(t.language, format);
    const rows = entries.map(
      ({ at, actor, record, verb }) =>
        html`<tr><td>${time.format(new Date(at))}</td><td>${actors(t)[actor]}</td><td>${deed(t, record, verb)}</td></tr>`,
    );
    return showSettings(c, {
      title: t("What was done to your data"),
      content: html`<p class="lead">${t("Every change, and every look of somebody who works for us, newest first.")}</p>
        <div class="scroll"><table><thead><tr><th scope="col">${t("When")}</th><th scope="col">${t("Who")}</th>
        <th scope="col">${t("What")}</th></tr></thead><tbody>${rows}</tbody></table></div>`,
    });
  });
}

function actors(t: Translate): Record<Entry["actor"], string> {
  return {
    you: t("You yourself"),
    person: t("Somebody of our staff"),
    administrator: t("Somebody of our staff"),
    program: t("Our web site"),
    worker: t("Our system"),
  };
}

// What has no words of its own here is shown as the records call it.
function deed(t: Translate, record: string, verb: string): string {
  const words: Record<string, string> = {
    "person looked-at": t("looked at your data"),
    "person registered": t("registered you"),
    "person confirmed": t("confirmed the registration"),
    "person changed": t("changed your data"),
    "person email-changed": t("changed the email address"),
    "person email-restored": t("took the change of the email address back"),
    "person signed-out-everywhere": t("signed out everywhere"),
    "sign-in-event signed-in": t("let you sign in"),
    "sign-in-event signed-in-new-browser": t("let you sign in in a new browser"),
    "sign-in-event refused": t("refused a wrong password"),
    "sign-in-event signed-out": t("signed you out"),
    "sign-in-event session-ended": t("ended a sign-in for you"),
    "sign-in-event sessions-ended": t("ended all your sign-ins"),
    "sign-in-event token-reused": t("ended a sign-in because its key was used twice"),
    "sign-in-event password-changed": t("changed the password for you"),
    "sign-in-event password-set": t("set a new password for you"),
    "sign-in-event factor-added": t("added a second factor for you"),
    "sign-in-event factor-removed": t("removed a second factor for you"),
    "sign-in-event factor-copied": t("found that a passkey may have been copied"),
    "sign-in-event factors-reset": t("took away the second factors"),
    "sign-in-event factor-refused": t("refused a wrong code of the second factor"),
    "sign-in-event factor-guessed": t("stopped somebody who guessed at the second factor"),
    "sign-in-event factor-missing": t("let nobody in who typed the password without the second factor"),
    "sign-in-event recovery-codes-made": t("made recovery codes for you"),
    "sign-in-event recovery-code-used": t("let you sign in with a recovery code"),
    "sign-in-event access-allowed": t("let a service see data of yours"),
    "sign-in-event access-withdrawn": t("ended the access of a service"),
    "consent requested": t("asked for mails"),
    "consent granted": t("agreed to mails"),
    "consent withdrawn": t("stopped mails"),
    "pledge made": t("made a pledge"),
    "donation received": t("received a donation"),
    "person stayed": t("wants to stay"),
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
  };
  return words[`${record} ${verb}`] ?? `${record}: ${verb}`;
}
