// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The account area: where people see and change how they sign in, and end what is signed in as them.
import { html } from "@cdb/theme/html.ts";
import type { Hono } from "hono";
import type { Desk } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { View } from "../view.ts";
import { showAccount } from "./frame.ts";
import { servePassword } from "./password.ts";
import { serveSecondFactorArea } from "./second-factor.ts";
import { forSignedIn, type SignedIn, serveReturn } from "./signed-in.ts";

/** Mounted behind the protection of forms. */
export function serveAccount(app: Hono<Env>, desk: Desk): void {
  serveReturn(app, desk);
  servePassword(app, desk);
  serveSecondFactorArea(app, desk);
  app.get(
    "/account",
    forSignedIn(desk, (c, who) => showAccount(c, desk, who, (view) => overview(view, who))),
  );
}

function overview({ t }: View, { person }: SignedIn) {
  return {
    title: t("Your sign-in"),
    content: html`<p>${t("You are signed in as {name}.", { name: person.name })}</p>`,
  };
}
