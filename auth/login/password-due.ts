// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// A password that was right and is due to be changed: the page between the sign-in page and the service.
import type { PasswordNotice } from "@cdb/directory/password.ts";
import { emptyForm, errorSummary, type FormState, hidden } from "@cdb/theme/form.ts";
import { type Html, html } from "@cdb/theme/html.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Context, Hono } from "hono";
import { errors, type Interaction } from "oidc-provider";
import type { PersonClaims } from "../back.ts";
import { equalInConstantTime, type Secrets } from "../secrets.ts";
import type { View } from "../view.ts";
import { type Desk, pathOf, readForm, send, viewFor } from "./desk.ts";
import type { ChangeWish } from "./password-change.ts";
import { inWords, mistakesInNewPassword, newPasswordFields } from "./password-form.ts";
import { describeBrowser, type Env } from "./visitor.ts";

/** Why it is due: nobody gets in before it is changed, or it will be too old soon. */
export type Due = { kind: "must-change" } | PasswordNotice;

/** Says for ten minutes that somebody has typed the right password in this sign-in. */
export class PasswordProofs {
  readonly #secrets: Secrets;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  make(uid: string, account: string, isOptional: boolean): string {
    const said = [account, isOptional ? "optional" : "needed", Math.floor(Date.now() / 1000) + proofSeconds].join(".");
    return `${said}.${this.#sign(uid, said)}`;
  }

  read(uid: string, proof: string): { account: string; isOptional: boolean } | undefined {
    const [account = "", kind = "", until = "", signature = ""] = proof.split(".");
    const right = this.#sign(uid, [account, kind, until].join("."));
    if (!equalInConstantTime(Buffer.from(right), Buffer.from(signature))) return undefined;
    return Number(until) * 1000 > Date.now() ? { account, isOptional: kind === "optional" } : undefined;
  }

  #sign(uid: string, said: string): string {
    return this.#secrets.mac("password proofs", `${uid} ${said}`).toString("base64url");
  }
}

const proofSeconds = 600;

export function servePasswordDue(app: Hono<Env>, desk: Desk): void {
  const address = "/sign-in/:uid/password";
  app.get(address, async (c) => c.redirect(pathOf(c).replace("/password", ""), 303));

  app.post(address, async (c) => {
    const waiting = await desk.signIns.waiting(c);
    if (waiting.prompt.name !== "login") throw new errors.SessionNotFound("nobody needs to sign in here");
    const typed = await readForm(c);
    const proof = desk.proofs.read(waiting.uid, typed("proof"));
    const owner = proof && (await desk.back.findClaims(proof.account));
    if (!proof || !owner) return c.redirect(pathOf(c).replace("/password", ""), 303);
    if (proof.isOptional && typed("later") === "yes") return desk.signIns.finish(c, waiting, proof.account, "pwd");
    const { t } = viewFor(c, desk, waiting);
    const mistakes = mistakesInNewPassword(t, typed);
    const outcome = mistakes
      ? undefined
      : await desk.newPasswords.set(wishOf(c, desk, owner), typed("wished"), "password-changed");
    if (outcome?.outcome === "done") return desk.signIns.finish(c, waiting, proof.account, "pwd");
    const [status, said] = outcome ? inWords(t, outcome) : ([422, mistakes ?? {}] as const);
    return ask(
      c,
      desk,
      waiting,
      typed("proof"),
      { isOptional: proof.isOptional, form: { values: {}, errors: said } },
      status,
    );
  });
}

/** Shown in place of the service, as the answer to the right password. */
export function askForNewPassword(
  c: Context<Env>,
  desk: Desk,
  waiting: Interaction,
  account: string,
  due: Due,
): Promise<Response> {
  const isOptional = due.kind !== "must-change";
  const proof = desk.proofs.make(waiting.uid, account, isOptional);
  return ask(c, desk, waiting, proof, { isOptional, due, form: emptyForm }, 200);
}

function wishOf(c: Context<Env>, { visitors }: Desk, owner: PersonClaims): ChangeWish {
  const browser = describeBrowser(c.req.header("User-Agent"));
  return { owner, network: visitors.network(c), device: visitors.knownDevice(c, owner.uuid), browser };
}

interface Asked {
  isOptional: boolean;
  /** Known when it is asked first. */
  due?: Due;
  form: FormState;
}

function ask(
  c: Context<Env>,
  desk: Desk,
  waiting: Interaction,
  proof: string,
  asked: Asked,
  status: 200 | 422 | 429 | 503,
): Promise<Response> {
  const action = pathOf(c).replace(/(\/password)?(?=\?|$)/, "/password");
  const page = duePage(viewFor(c, desk, waiting), action, proof, asked);
  return send(c, desk, page, status, [waiting.params.redirect_uri]);
}

function duePage({ t, show }: View, action: string, proof: string, { isOptional, due, form }: Asked): Html {
  const content = html`
${errorSummary(t, form)}
<p>${due ? sayDue(t, due) : t("Choose a new password, then you go on.")}</p>
<form method="post" action="${action}" novalidate>${hidden("proof", proof)}
${newPasswordFields(t, form)}
<p class="actions"><button>${t("Change the password and go on")}</button>
${isOptional ? html`<button name="later" value="yes" class="second">${t("Not now")}</button>` : ""}</p>
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
