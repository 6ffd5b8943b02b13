// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the routes of signing in share: who serves whom, what was typed, and how a page goes out.
import { line } from "@cdb/api/shapes.ts";
import type { Html } from "@cdb/theme/html.ts";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Interaction } from "oidc-provider";
import type { Back } from "../back.ts";
import type { Consents } from "../consents.ts";
import type { Events } from "../events.ts";
import type { SecondFactor } from "../factors/second-factor.ts";
import type { ScopeWords } from "../scope-words.ts";
import type { Sessions } from "../sessions.ts";
import { pageHeaders, type View, type Views } from "../view.ts";
import type { Afterwards } from "./afterwards.ts";
import type { LoginLinks } from "./login-link.ts";
import type { PasswordSignIn } from "./password.ts";
import type { PasswordChanges } from "./password-change.ts";
import type { SignIns } from "./sign-in.ts";
import type { Env, Visitors } from "./visitor.ts";

export interface Desk {
  issuer: string;
  back: Back;
  events: Events;
  views: Views;
  visitors: Visitors;
  sessions: Sessions;
  signIns: SignIns;
  passwords: PasswordSignIn;
  newPasswords: PasswordChanges;
  links: LoginLinks;
  secondFactor: SecondFactor;
  afterwards: Afterwards;
  consents: Consents;
  scopeWords: ScopeWords;
}

export function viewFor(
  c: Context<Env>,
  { views }: Pick<Desk, "views">,
  waiting?: Interaction,
  path = pathOf(c),
): View {
  return views.for({
    acceptLanguage: c.req.header("Accept-Language"),
    lang: c.req.query("lang"),
    uiLocales: waiting?.params.ui_locales,
    path: c.req.method === "GET" ? path : undefined,
  });
}

/** The address of this page, in the language that was chosen on it. */
export function pathOf(c: Context<Env>): string {
  const lang = c.req.query("lang");
  return lang && /^[a-z]{2}$/.test(lang) ? `${c.req.path}?lang=${lang}` : c.req.path;
}

/** Sends a page; its forms may lead to us and to `targets`, and our script runs on it where it `hasScript`. */
export async function send(
  c: Context<Env>,
  { issuer }: Pick<Desk, "issuer">,
  page: Html,
  status: 200 | 400 | 403 | 410 | 422 | 429 | 500 | 503 = 200,
  targets: unknown[] = [],
  hasScript = false,
): Promise<Response> {
  const addresses = targets.filter((target) => typeof target === "string");
  return c.html(await page, status, pageHeaders(issuer, addresses, hasScript));
}

/** What was typed, by field; each once, the first counts. */
export async function readForm(c: Context<Env>): Promise<(field: string) => string> {
  const type = c.req.header("Content-Type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw new HTTPException(415);
  const typed = new URLSearchParams(await c.req.text());
  return (field) => typed.get(field) ?? "";
}

const identifierShape = line(254).min(1);

/** What may be a username or an email address; nothing otherwise. */
export function readIdentifier(typed: string): string | undefined {
  return identifierShape.safeParse(typed.trim()).data;
}
