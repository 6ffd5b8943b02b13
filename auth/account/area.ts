// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The account area: where people see and change how they sign in, and end what is signed in as them.
import { html } from "@cdb/theme/html.ts";
import type { Hono } from "hono";
import type { Desk } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown, View } from "../view.ts";
import { serveActivity } from "./activity.ts";
import { serveServices } from "./consents.ts";
import { showAccount } from "./frame.ts";
import { servePassword } from "./password.ts";
import { serveSecondFactorArea } from "./second-factor.ts";
import { serveSignIns } from "./sign-ins.ts";
import { forSignedIn, type SignedIn, serveReturn } from "./signed-in.ts";

/** Mounted behind the protection of forms. */
export function serveAccount(app: Hono<Env>, desk: Desk): void {
  serveReturn(app, desk);
  serveSignIns(app, desk);
  serveServices(app, desk);
  serveActivity(app, desk);
  servePassword(app, desk);
  serveSecondFactorArea(app, desk);
  app.get(
    "/account",
    forSignedIn(desk, (c, who) => showAccount(c, desk, who, (view) => overview(view, who))),
  );
}

function overview({ t }: View, { person }: SignedIn): Shown {
  const parts = [
    ["/account/sign-ins", t("Where you are signed in"), t("See each browser, and end what you do not know.")],
    ["/account/services", t("Services with access"), t("See what you allowed services of others, and take it back.")],
    ["/account/activity", t("Recent activity"), t("See when somebody signed in as you, or tried to.")],
    ["/account/password", t("Password"), t("Change it, or set one.")],
    ["/account/second-factor", t("Second factor"), t("Ask for more than the password.")],
  ] as const;
  const lang = t.language !== person.language ? `?lang=${t.language}` : "";
  const content = html`<p class="lead">${t("You are signed in as {name}.", { name: person.name })}</p>
<dl class="facts">${parts.map(([href, title, words]) => html`<dt><a href="${href}${lang}">${title}</a></dt><dd>${words}</dd>`)}</dl>`;
  return { title: t("Your sign-in"), content };
}
