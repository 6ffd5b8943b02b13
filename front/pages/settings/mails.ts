// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/settings/mails`: every mail to the person, with its text or the address where it stands.
import type { Answer } from "@cdb/api/operation.ts";
import { listMyMessages } from "@cdb/api/people.ts";
import { inLanguage } from "@cdb/runtime/organisation.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import { formatDay } from "@cdb/theme/money.ts";
import { Hono } from "hono";
import type { Back } from "../../back.ts";
import type { Env, Visit } from "../../visit.ts";
import { older, showSettings } from "./frame.ts";
import { troubleWords } from "./mail-trouble.ts";

type Mail = Answer<typeof listMyMessages>["messages"][number];

export function mails(back: Back): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const before = c.req.query("before") ?? "";
    const query = /^[tm]\d{1,15}$/.test(before) ? { before } : {};
    const { messages, more } = await back.asVisitor(c).call(listMyMessages, { query });
    const { t } = c.var;
    return showSettings(c, {
      title: t("Our mails to you"),
      content: html`<p class="lead">${t("Links that let somebody in are taken out once a mail is sent.")}</p>
        ${messages.length > 0 ? messages.map((mail) => showMail(c, mail)) : html`<p>${t("There is none yet.")}</p>`}
        ${older(c, messages.at(-1)?.key, more)}`,
    });
  });
}

function showMail(c: Visit, mail: Mail): Html {
  const { t, site } = c.var;
  const { subject, text, sentAt, queuedAt, mailing } = mail;
  const day = formatDay(sentAt ?? queuedAt, t.language, site.organisation.timeZone);
  return html`<details><summary><strong>${subject || t("Not written yet")}</strong> <span class="quiet">${day}</span>${showState(c, mail)}</summary>
    ${showWay(c, mail)}${mailing ? showMailing(c, mailing) : html`<p class="mail">${text}</p>`}</details>`;
}

/** Nothing, where it arrived for all we know. */
function showState({ var: { t, site } }: Visit, { state, sentAt, returnedAt, trouble }: Mail): Html | "" {
  if (returnedAt !== null) {
    const day = formatDay(returnedAt, t.language, site.organisation.timeZone);
    const words = trouble === "complaint" ? t("marked as spam on {day}", { day }) : t("came back on {day}", { day });
    return html` <span class="error">${words}</span>`;
  }
  if (state === "refused") return html` <span class="error">${t("did not arrive")}</span>`;
  if (sentAt !== null) return "";
  return html` <span class="quiet">${state === "unknown" ? t("perhaps arrived") : t("on its way")}</span>`;
}

function showWay({ var: { t } }: Visit, { recipient, trouble, mailing }: Mail): Html | "" {
  const to = recipient === "" ? "" : html`<p class="quiet">${t("To {email}", { email: recipient })}</p>`;
  if (trouble === null) return html`${to}`;
  const stopped =
    trouble === "complaint" && mailing
      ? ` ${t("So we no longer write to you about this, unless you agree again.")}`
      : "";
  const mend = isOfAddress.has(trouble)
    ? html` <a href="/settings/email-address">${t("Look at your addresses")}</a>`
    : "";
  return html`${to}<p>${troubleWords(t, trouble)}${stopped}${mend}</p>`;
}

/** What another address would mend. */
const isOfAddress: ReadonlySet<Mail["trouble"]> = new Set<Mail["trouble"]>([
  ...(["user-unknown", "domain-unknown", "mailbox-closed", "mailbox-full", "silent"] as const),
]);

function showMailing(
  { var: { t, site } }: Visit,
  { purpose, consentedAt, webName }: NonNullable<Mail["mailing"]>,
): Html {
  const { purposes, timeZone } = site.organisation;
  const title = purposes.find(({ name }) => name === purpose)?.title;
  const day = formatDay(consentedAt, t.language, timeZone);
  return html`<p>${t("It went to all who want this. You agreed on {day} to “{purpose}”.", { day, purpose: title ? inLanguage(title, t.language) : purpose })}</p>
    <p><a href="/mailings/${webName}">${t("Read it")}</a> · <a href="/settings/consents">${t("Change what you get")}</a></p>`;
}
