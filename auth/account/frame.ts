// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the pages of the account area share: where one can go in it, in the person's own language.
import { localeOf } from "@cdb/runtime/locale.ts";
import type { Html } from "@cdb/theme/html.ts";
import type { Context } from "hono";
import { type Desk, pathOf, send } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown, View } from "../view.ts";
import type { SignedIn } from "./signed-in.ts";

/** The view of whoever is signed in, with the navigation of the area. */
export function accountView(c: Context<Env>, desk: Desk, { person }: SignedIn): View {
  const lang = c.req.query("lang");
  const view = desk.views.for({
    acceptLanguage: c.req.header("Accept-Language"),
    lang,
    uiLocales: person.language,
    path: c.req.method === "GET" ? pathOf(c) : undefined,
  });
  const { t } = view;
  const query = lang === t.language ? `?lang=${lang}` : "";
  const navigation = [
    { href: `/account${query}`, text: t("Your sign-in") },
    { href: `/account/sign-ins${query}`, text: t("Browsers") },
    { href: `/account/services${query}`, text: t("Services") },
    { href: `/account/activity${query}`, text: t("Activity") },
    { href: `/account/password${query}`, text: t("Password") },
    { href: `/account/second-factor${query}`, text: t("Second factor") },
  ];
  return { ...view, show: (shown) => view.show({ navigation, ...shown }) };
}

/** Moments in the reader's language, where the organisation is. */
export function moments({ t, organisation: { timeZone } }: View): (moment: Date) => string {
  const format = new Intl.DateTimeFormat(localeOf(t.language), { dateStyle: "medium", timeStyle: "short", timeZone });
  return (moment) => format.format(moment);
}

export function browserIn({ t }: View, browser: string): string {
  return browser === "?" || browser === "" ? t("A browser that we do not know") : browser;
}

/** Sends a page of the area. */
export function showAccount(
  c: Context<Env>,
  desk: Desk,
  who: SignedIn,
  page: (view: View) => Shown,
  status: 200 | 422 | 429 | 503 = 200,
): Promise<Response> {
  const view = accountView(c, desk, who);
  return send(c, desk, view.show(page(view)) as Html, status);
}
