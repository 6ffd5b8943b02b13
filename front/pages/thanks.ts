// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/thanks` and `/cancelled`: where a provider's page leads afterwards. They book nothing: only notices do.
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import { type Env, show } from "../visit.ts";

export function thanks(): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/thanks", (c) => {
    const { t } = c.var;
    return show(c, {
      title: t("Thank you!"),
      content: html`<p class="lead">${t("You help us a great deal.")}</p>
        <p>${t("As soon as the payment has reached us, you get a mail from us. With some ways to pay that takes a few days.")}</p>
        <p class="actions"><a class="button second" href="/subscribe">${t("Stay informed")}</a></p>`,
    });
  });
  app.get("/cancelled", (c) => {
    const { t, site } = c.var;
    const reference = /^[A-Z0-9]{4,40}$/.exec(c.req.query("reference") ?? "")?.[0];
    const transfer = site.organisation.donations.methods.includes("transfer");
    const ways = html`<p class="actions"><a class="button" href="/payonline/${reference}">${t("Try again")}</a>
      ${transfer ? html`<a class="button second" href="/transfer/${reference}">${t("Pay by bank transfer")}</a>` : ""}</p>`;
    return show(c, {
      title: t("Nothing was paid"),
      content: html`<p class="lead">${t("No money has moved.")}</p>
        ${reference ? ways : html`<p><a href="/donate">${t("To the donation form")}</a></p>`}`,
    });
  });
  return app;
}
