// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page of the password: changed with the old one, or set by whoever came by a link or a passkey a moment ago.
import { emptyForm, errorSummary, type FormState, field } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Context, Hono } from "hono";
import { type Desk, pathOf, readForm } from "../login/desk.ts";
import type { ChangeOutcome, ChangeWish } from "../login/password-change.ts";
import { inWords, mistakesInNewPassword, newPasswordFields } from "../login/password-form.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown, View } from "../view.ts";
import { accountView, showAccount } from "./frame.ts";
import { askToSignIn, forSignedIn, isFresh, type SignedIn } from "./signed-in.ts";

export function servePassword(app: Hono<Env>, desk: Desk): void {
  app.get(
    "/account/password",
    forSignedIn(desk, (c, who) => ask(c, desk, who, emptyForm, 200)),
  );

  app.post(
    "/account/password",
    forSignedIn(desk, async (c, who) => {
      const typed = await readForm(c);
      const { t } = accountView(c, desk, who);
      const mistakes = mistakesInNewPassword(t, typed);
      if (mistakes) return ask(c, desk, who, { values: {}, errors: mistakes }, 422);
      const outcome = await change(c, desk, who, typed);
      if (outcome.outcome === "done") {
        await desk.signIns.renew(c, who.session);
        return c.redirect(pathOf(c).replace("/password", "/password/changed"), 303);
      }
      const [status, errors] = inWords(t, outcome);
      return ask(c, desk, who, { values: {}, errors }, status);
    }),
  );

  app.get(
    "/account/password/changed",
    forSignedIn(desk, (c, who) => showAccount(c, desk, who, changedPage)),
  );

  // Whoever does not know the old password signs in by a link, and then needs none.
  app.get("/account/password/forgotten", async (c) =>
    askToSignIn(c, desk.issuer, "again", pathOf(c).replace("/forgotten", "")),
  );
}

/** The link is the proof that a lost password needs; a second factor, where there is one, was asked for before this page. */
function needsOldPassword({ session }: SignedIn): boolean {
  const { amr = [] } = session;
  // A passkey may have been added in this very session: who typed the password to it types it again.
  const withoutPassword = !amr.includes("pwd") && ["email", "hwk", "swk"].some((proof) => amr.includes(proof));
  return !(withoutPassword && isFresh(session));
}

function change(
  c: Context<Env>,
  { newPasswords, visitors }: Desk,
  who: SignedIn,
  typed: (field: string) => string,
): Promise<ChangeOutcome> {
  const { person, session } = who;
  const wish: ChangeWish = {
    ...visitors.placeOf(c.env.incoming),
    owner: person,
    isKnownDevice: visitors.isKnownDevice(c.env.incoming, person.uuid),
    session,
  };
  return needsOldPassword(who)
    ? newPasswords.change(wish, typed("old"), typed("wished"))
    : newPasswords.set(wish, typed("wished"));
}

function ask(
  c: Context<Env>,
  desk: Desk,
  who: SignedIn,
  form: FormState,
  status: 200 | 422 | 429 | 503,
): Promise<Response> {
  const page = (view: View) =>
    who.person.username === null ? nobodyPage(view) : passwordPage(view, pathOf(c), who, form);
  return showAccount(c, desk, who, page, status);
}

function passwordPage({ t }: View, action: string, who: SignedIn, form: FormState): Shown {
  const isWithOld = needsOldPassword(who);
  const forgotten = action.replace("/password", "/password/forgotten");
  const content = html`
${errorSummary(t, form)}
${isWithOld ? "" : html`<p class="lead">${t("You signed in without your password a moment ago, so nobody asks for the old one.")}</p>`}
<form method="post" action="${action}" novalidate>
<input type="text" name="username" value="${who.person.username}" autocomplete="username" readonly hidden>
${isWithOld ? oldPassword(t, form, forgotten) : ""}
${newPasswordFields(t, form)}
<p>${t("You will be signed out everywhere else, and a mail will tell you of the change.")}</p>
<p class="actions"><button>${isWithOld ? t("Change the password") : t("Set the password")}</button></p>
</form>`;
  return { title: t("Password"), content, wrong: Object.keys(form.errors).length > 0 };
}

function oldPassword(t: View["t"], form: FormState, forgotten: string): Html {
  const options = { name: "old", type: "password", label: t("Present password") } as const;
  return html`${field(form, { ...options, autocomplete: "current-password" })}
<p><a href="${forgotten}">${t("You do not know it, or have none? Sign in with a link, and set a new one.")}</a></p>`;
}

function nobodyPage({ t, home }: View): Shown {
  const content = html`
<p>${t("You have no username, and a password needs one. You sign in with a link that we mail you, which is as good.")}</p>
<p><a class="button" href="${home}">${t("Go on to our site")}</a></p>`;
  return { title: t("Password"), content };
}

function changedPage({ t, home }: View): Shown {
  const content = html`
<p>${t("It works from now on. Everywhere else you were signed out.")}</p>
<p><a class="button" href="${home}">${t("Go on to our site")}</a></p>`;
  return { title: t("Your password is changed"), content };
}
