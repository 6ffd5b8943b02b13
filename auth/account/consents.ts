// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/account/services`: what a person has allowed services that are not ours, and how they take it back.
import { hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Hono } from "hono";
import type { Consent } from "../consents.ts";
import { type Desk, pathOf, readForm } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown, View } from "../view.ts";
import { accountView, moments, showAccount } from "./frame.ts";
import { forSignedIn } from "./signed-in.ts";

const path = "/account/services";
type Described = Consent & { allows: string[] };

export function serveServices(app: Hono<Env>, desk: Desk): void {
  app.get(
    path,
    forSignedIn(desk, async (c, who) => {
      const { t } = accountView(c, desk, who);
      const consents = await desk.consents.listConsents(who.session.accountId);
      const described = consents.map(async (it) => ({ ...it, allows: await desk.scopeWords.describe(t, it) }));
      const all = await Promise.all(described);
      return showAccount(c, desk, who, (view) => page(view, all));
    }),
  );

  app.post(
    path,
    forSignedIn(desk, async (c, who) => {
      const clientId = (await readForm(c))("client").slice(0, 100);
      const { accountId: uuid, uid: session } = who.session;
      const known = (await desk.consents.listConsents(uuid)).some((consent) => consent.clientId === clientId);
      const event = { uuid, kind: "access-withdrawn", clientId, session } as const;
      if (known) await desk.consents.withdrawConsent({ ...desk.visitors.placeOf(c.env.incoming), ...event });
      return c.redirect(pathOf(c), 303);
    }),
  );
}

function page(view: View, consents: Described[]): Shown {
  const { t } = view;
  const content =
    consents.length === 0
      ? html`<p class="lead">${t("You have not allowed any service of others to see something of you.")}</p>`
      : html`<p class="lead">${t("Services that are not ours, and what you allowed them. What you take back ends at once.")}</p>
${consents.map((consent) => card(view, consent))}`;
  return { title: t("Services with access"), content };
}

function card(view: View, { clientId, name, uri, policyUri, givenAt, allows }: Described): Html {
  const { t } = view;
  const day = moments(view)(new Date(givenAt));
  const link = (address: string, words: string) => html`<p><a href="${address}" rel="noreferrer">${words}</a></p>`;
  return html`<section class="card"><h2 id="c-${clientId}">${name}</h2>
<p>${t("It may:")}</p><ul>${allows.map((words) => html`<li>${words}</li>`)}</ul>
<p class="quiet">${t("Allowed on {day}.", { day })}</p>
${uri ? link(uri, t("About {service}: {address}", { service: name, address: new URL(uri).host })) : ""}
${policyUri ? link(policyUri, t("What {service} does with your data", { service: name })) : ""}
<form method="post" aria-labelledby="c-${clientId}">${hidden("client", clientId)}
<p class="actions"><button class="second">${t("Take it back")}</button></p></form></section>`;
}
