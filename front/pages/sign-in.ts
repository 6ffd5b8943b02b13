// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// `/sign-in`, `/signed-in`, `/sign-out`, `/signed-out`: to auth and back.
import { showMe, signOutEverywhere } from "@cdb/api/people.ts";
import { html } from "@cdb/theme/html.ts";
import { Hono } from "hono";
import type { Back } from "../back.ts";
import { readForm } from "../read-form.ts";
import { SignedOut } from "../refused.ts";
import type { Sessions } from "../session.ts";
import { type SignIn, SignInFailed } from "../sign-in.ts";
import { type Env, show, type Visit } from "../visit.ts";

export function signInPages(signIn: SignIn, sessions: Sessions, back: Back): Hono<Env> {
  const app = new Hono<Env>();
  app.get("/sign-in", async (c) => {
    const wish = { again: c.req.query("again") === "1", staff: c.req.query("staff") === "1" };
    const { url, pending } = await signIn.start(readReturn(c), c.var.t.language, wish);
    await sessions.rememberPending(c, pending);
    return c.redirect(url, 302);
  });

  app.get("/signed-in", async (c) => {
    const pending = await sessions.takePending(c, c.req.query("state"));
    // The back button, or the same address opened twice.
    if (!pending && c.var.session) return c.redirect("/settings", 303);
    if (!pending) throw new SignInFailed("nobody waits for this answer");
    const tokens = await signIn.finish(new URL(c.req.url).search, pending);
    await sessions.begin(c, tokens, undefined);
    await learnLanguage(c, back, sessions);
    return c.redirect(pending.returnTo, 303);
  });

  app.post("/sign-out", async (c) => {
    const form = await readForm(c);
    const { session } = c.var;
    if (form.text("everywhere") === "1") await back.asVisitor(c).call(signOutEverywhere);
    sessions.end(c);
    return c.redirect(session ? await signIn.signOutUrl(session.idToken) : "/signed-out", 303);
  });

  app.get("/signed-out", (c) => {
    const { t } = c.var;
    return show(c, {
      title: t("You are signed out"),
      content: html`<p class="lead">${t("See you soon.")}</p><p><a href="/">${t("To the home page")}</a></p>`,
    });
  });
  return app;
}

/** Only pages of ours: an address from elsewhere would take a person who trusts us along. */
function readReturn(c: Visit): string {
  const wanted = c.req.query("return") ?? "";
  const safe = /^\/[a-z/-]*$/.test(wanted) && !wanted.startsWith("//");
  return safe ? wanted : "/settings";
}

async function learnLanguage(c: Visit, back: Back, sessions: Sessions): Promise<void> {
  try {
    const { language } = await back.asVisitor(c).call(showMe);
    await sessions.keepLanguage(c, language);
  } catch (error) {
    if (error instanceof SignedOut) {
      sessions.end(c);
      throw new SignInFailed(error);
    }
    // Signed in is signed in, whatever back has at the moment; the next page says so.
  }
}
