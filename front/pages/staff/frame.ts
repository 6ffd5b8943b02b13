// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What the pages under `/staff` share: they open to a sign-in that has scopes of the staff, and else say how to get one.
import { ProblemError } from "@cdb/api/problems.ts";
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import { SignedOut } from "../../refused.ts";
import { type Env, show, type Visit } from "../../visit.ts";

/** An app for pages below `path`; whoever is not signed in is led to a sign-in for staff that comes back there. */
export function openToStaff(path: string): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    if (c.var.session) return next();
    if (c.req.method !== "GET") throw new SignedOut();
    return c.redirect(`/sign-in?staff=1&return=${path}`, 303);
  });
  app.onError((error, c) => {
    // Back decides at every request: groups change while somebody is signed in.
    const code = error instanceof ProblemError ? error.problem.code : "";
    if (code !== "scope-missing" && code !== "second-factor-missing") throw error;
    return showStaffOnly(c, path);
  });
  return app;
}

function showStaffOnly(c: Visit, path: string): Response | Promise<Response> {
  const { t } = c.var;
  const content = html`<p class="lead">${t("This page is for people whose groups let them decide here. It opens after a sign-in with a second factor.")}</p>
    <p class="actions"><a class="button" href="/sign-in?staff=1&amp;return=${path}">${t("Sign in with a second factor")}</a></p>
    <p>${t("If it stays closed after that, you are in none of these groups.")}</p>`;
  return show(c, { title: t("For those who decide"), content }, 403);
}
