// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the settings say of an address from which our mails come back: we write there no more, until it proves that it answers.
import type { Answer } from "@cdb/api/operation.ts";
import { checkMyAddress, type showMe } from "@cdb/api/people.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import { readForm } from "../../read-form.ts";
import type { Env } from "../../visit.ts";
import { showSettings } from "./frame.ts";

type Me = Answer<typeof showMe>;

/** `/settings/email-address/check`: a mail goes there, and its link proves it. */
export function silentAddress(back: Back): Hono<Env> {
  return new Hono<Env>().post("/", async (c) => {
    const { t } = c.var;
    const which = (await readForm(c)).text("which") === "secondary" ? "secondary" : "primary";
    await back.asVisitor(c).call(checkMyAddress, { body: { which } });
    const lead = t("A mail is on its way there. Once you follow its link we write to you there again.");
    return showSettings(c, { title: t("Please check your mailbox"), content: html`<p class="lead">${lead}</p>` });
  });
}

/** Nothing, while all is well. */
export function tellOfSilence(t: Translate, { email, silentAddresses }: Me): Html[] {
  return silentAddresses.map((address) => {
    const which = address === email ? "primary" : "secondary";
    return html`<div class="notice wrong"><p><strong>${t("Our mails to {email} come back.", { email: address })}</strong></p>
      <p>${t("We no longer write there, except for what you ask for yourself, such as a link to sign in.")}
      <a href="/settings/email-address">${t("Give us another address")}</a></p>
      <form method="post" action="/settings/email-address/check"><input type="hidden" name="which" value="${which}">
      <button class="second">${t("It works again: send a mail to check")}</button></form></div>`;
  });
}
