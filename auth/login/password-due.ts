// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A password that was right and is due to be changed: the page between the sign-in page and the service.
import { emptyForm, errorSummary, type FormState } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Context, Hono } from "hono";
import { errors } from "oidc-provider";
import { isFresh } from "../account/signed-in.ts";
import { hasSignedOut } from "../claims.ts";
import type { View } from "../view.ts";
import { type Desk, pathOf, readForm, send, viewFor } from "./desk.ts";
import { type Due, dueOf, passwordDueReason } from "./due-check.ts";
import { inWords, mistakesInNewPassword, newPasswordFields } from "./password-form.ts";
import { otherAddress, type Step, stepOf } from "./step.ts";
import type { Env } from "./visitor.ts";

export function servePasswordDue(app: Hono<Env>, desk: Desk): void {
  const address = "/sign-in/:uid/password";

  app.get(address, async (c) => {
    const step = await freshStep(c, desk);
    return step instanceof Response ? step : ask(c, desk, step, emptyForm, 200);
  });

  app.post(address, async (c) => {
    const step = await freshStep(c, desk);
    if (step instanceof Response) return step;
    const { waiting, account, session } = step;
    const typed = await readForm(c);
    if (isOptional(dueOf(waiting)) && typed("later") === "yes")
      return desk.signIns.conclude(c, waiting, { passwordDue: null });
    const owner = await desk.back.findClaims(account);
    if (!owner || hasSignedOut(owner, session.loginTs)) throw new errors.SessionNotFound("the password counts no more");
    const { t } = viewFor(c, desk, waiting);
    const mistakes = mistakesInNewPassword(t, typed);
    if (mistakes) return ask(c, desk, step, { values: {}, errors: mistakes }, 422);
    const isKnownDevice = desk.visitors.isKnownDevice(c.env.incoming, account);
    const wish = { ...desk.visitors.placeOf(c.env.incoming), owner, isKnownDevice, session };
    const outcome = await desk.newPasswords.set(wish, typed("wished"), "password-changed");
    if (outcome.outcome === "done") return c.redirect(await desk.signIns.passwordChanged(waiting, session), 303);
    const [status, errorsSaid] = inWords(t, outcome);
    return ask(c, desk, step, { values: {}, errors: errorsSaid }, status);
  });
}

// The old password was typed a moment ago; if not, it is typed again.
async function freshStep(c: Context<Env>, desk: Desk): Promise<Step | Response> {
  const step = await stepOf(c, desk, passwordDueReason);
  return isFresh(step.session) ? step : c.redirect(otherAddress(c, step.waiting), 303);
}

function isOptional({ kind }: Due): boolean {
  return kind !== "must-change";
}

function ask(
  c: Context<Env>,
  desk: Desk,
  { waiting }: Step,
  form: FormState,
  status: 200 | 422 | 429 | 503,
): Promise<Response> {
  const page = duePage(viewFor(c, desk, waiting), pathOf(c), dueOf(waiting), form);
  return send(c, desk, page, status, [waiting.params.redirect_uri]);
}

function duePage({ t, show }: View, action: string, due: Due, form: FormState): Html {
  const content = html`
${errorSummary(t, form)}
<p class="lead">${sayDue(t, due)}</p>
<form method="post" action="${action}" novalidate>
${newPasswordFields(t, form)}
<p class="actions"><button>${t("Change the password and go on")}</button>
${isOptional(due) ? html`<button name="later" value="yes" class="second">${t("Not now")}</button>` : ""}</p>
</form>`;
  return show({ title: t("A new password"), content, wrong: Object.keys(form.errors).length > 0 });
}

function sayDue(t: Translate, due: Due): string {
  if (due.kind === "must-change") return t("Your password is a temporary one. Choose one of your own, then you go on.");
  if (due.kind === "expires") {
    const days = Math.max(1, Math.ceil(due.inSeconds / 86_400));
    return t.plural(
      "Your password works for {count} more day. Change it now, or later.",
      "Your password works for {count} more days. Change it now, or later.",
      days,
    );
  }
  if (due.signInsLeft === 0)
    return t("Your password is too old. This was the last time that it worked: change it now.");
  return t.plural(
    "Your password is too old. It works {count} more time: change it now.",
    "Your password is too old. It works {count} more times: change it now.",
    due.signInsLeft,
  );
}
