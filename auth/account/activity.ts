// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/account/activity`: what happened lately at a person's sign-ins. back keeps it, with the rest of their history.
import type { SignInEventKind } from "@cdb/api/sign-in.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Hono } from "hono";
import type { KnownEvent } from "../back.ts";
import type { Desk } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown, View } from "../view.ts";
import { browserIn, moments, showAccount } from "./frame.ts";
import { othersEnded } from "./sign-ins.ts";
import { accountClientId, forSignedIn } from "./signed-in.ts";

export function serveActivity(app: Hono<Env>, desk: Desk): void {
  app.get(
    "/account/activity",
    forSignedIn(desk, async (c, who) => {
      const events = await desk.back.listEvents(who.session.accountId);
      const ids = new Set(events.map(({ clientId }) => clientId).filter((id) => id !== "" && id !== accountClientId));
      const named = [...ids].map(async (id) => [id, (await desk.signIns.serviceOf(id)).name] as const);
      const names = new Map(await Promise.all(named));
      return showAccount(c, desk, who, (view) => page(view, events, names));
    }),
  );
}

function page(view: View, events: KnownEvent[], names: ReadonlyMap<string, string>): Shown {
  const { t } = view;
  const content = html`<p class="lead">${t("If there is something that was not you, sign out everywhere and change your password.")}</p>
${events.length === 0 ? html`<p>${t("Nothing has happened yet.")}</p>` : ""}
<ul class="entries">${events.map((event) => line(view, event, names))}</ul>`;
  return { title: t("Recent activity"), content };
}

function line(view: View, event: KnownEvent, names: ReadonlyMap<string, string>): Html {
  const { t } = view;
  const service = names.get(event.clientId);
  // What was asked for elsewhere, at the web site or by an administrator, came from no browser here.
  const browser = event.browser && browserIn(view, event.browser);
  const where = [moments(view)(new Date(event.at)), browser, event.network, service].filter(Boolean).join(" · ");
  const times = event.times > 1 ? html` (${t.plural("{count} time", "{count} times", event.times)})` : "";
  return html`<li><strong>${wordsFor(t, event)}</strong>${times}
<span class="quiet">${where}</span></li>`;
}

function wordsFor(t: Translate, { kind, detail }: KnownEvent): string {
  if (kind !== "session-ended") return wordsOf(t)[kind];
  return detail === othersEnded ? t("You ended all other sign-ins") : `${wordsOf(t)[kind]} (${detail})`;
}

function wordsOf(t: Translate): Record<SignInEventKind, string> {
  return {
    "signed-in": t("You signed in"),
    "signed-in-new-browser": t("You signed in in a browser that was new to us"),
    refused: t("Somebody tried a wrong password"),
    "signed-out": t("You signed out"),
    "session-ended": t("You ended a sign-in"),
    "sessions-ended": t("Every sign-in was ended"),
    "token-reused": t("We ended a sign-in because its key was used twice"),
    "password-changed": t("You changed your password"),
    "password-set": t("You set a new password"),
    "factor-copied": t("A passkey of yours may have been copied"),
    "factor-added": t("You added a second factor"),
    "factor-removed": t("You removed a second factor"),
    "factors-reset": t("An administrator took away your second factors"),
    "factors-left": t("The second factors of your other entry, now joined with this one, count no more"),
    "factor-refused": t("Somebody typed a wrong code of the second factor"),
    "factor-guessed": t("Somebody guessed at your second factor and was stopped"),
    "factor-missing": t("Somebody typed your password and did not prove the second factor"),
    "recovery-codes-made": t("You got new recovery codes"),
    "recovery-code-used": t("You signed in with a recovery code"),
    "access-allowed": t("You allowed a service to see data of yours"),
    "access-withdrawn": t("A service lost its access to your data"),
    "client-changed": t("A service was changed"),
    "key-rotated": t("A key was changed"),
  };
}
