// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Adding a second factor: an app or a passkey, in a sign-in that needs one or in the account area.
import { line } from "@cdb/api/shapes.ts";
import { emptyForm, type FormState } from "@cdb/theme/form.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Context, Hono } from "hono";
import type { PersonClaims } from "../back.ts";
import { pathOf, readForm } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown, View } from "../view.ts";
import type { NewApp } from "./apps.ts";
import type { Refusal } from "./factors.ts";
import { appPage, newPasskeyPage } from "./pages.ts";
import type { Proof } from "./proof.ts";
import { readCode, type SecondFactor } from "./second-factor.ts";

export interface Enrolling {
  view: View;
  person: PersonClaims;
  /** The sign-in or session that it happens in. */
  holder: string;
  /** They have proved one factor only, which is enough for the first factor of all. */
  onlyFirst: boolean;
  /** Where the choice is made. */
  back: string;
  send(shown: Shown, status?: 200 | 422): Promise<Response>;
  added(name: string, proofs: Proof[]): Promise<Response>;
}

export type Gate = (c: Context<Env>, serve: (who: Enrolling) => Promise<Response>) => Promise<Response>;

/** `base`: the address beneath which it stands; `gate` lets in who may add one. */
export function serveEnrolment(app: Hono<Env>, base: string, secondFactor: SecondFactor, gate: Gate): void {
  const { apps, passkeys } = secondFactor;

  app.get(`${base}/app`, (c) =>
    gate(c, (who) => showApp(c, who, apps.begin(who.person.uuid, labelOf(who.person)), emptyForm)),
  );

  app.post(`${base}/app`, (c) =>
    gate(c, async (who) => {
      const { person, view, onlyFirst } = who;
      const typed = await readForm(c);
      const name = readName(typed("name"), view.t("Authenticator app"));
      const sealed = typed("sealed");
      const wish = { sealed, code: readCode(typed("code")), name: name ?? "", onlyFirst };
      const outcome = name === undefined ? "wrong-name" : await apps.confirm(person.uuid, wish);
      if (outcome === "added") return who.added(wish.name, ["otp", "mfa"]);
      const app = apps.again(person.uuid, labelOf(person), sealed) ?? apps.begin(person.uuid, labelOf(person));
      const values = { name: typed("name").slice(0, 200) };
      return showApp(c, who, app, { values, errors: inWords(view.t, outcome, "code") });
    }),
  );

  app.get(`${base}/passkey`, (c) => gate(c, (who) => showPasskey(c, who, emptyForm)));

  app.post(`${base}/passkey/options`, (c) =>
    gate(c, async ({ person, holder }) => {
      const owner = { account: person.uuid, name: person.name, label: labelOf(person) };
      return c.json(await passkeys.askForNew(holder, owner), 200, { "Cache-Control": "no-store" });
    }),
  );

  app.post(`${base}/passkey`, (c) =>
    gate(c, async (who) => {
      const { person, view, holder, onlyFirst } = who;
      const typed = await readForm(c);
      const name = readName(typed("name"), view.t("Passkey"));
      const wish = { account: person.uuid, answer: typed("answer"), name: name ?? "", onlyFirst };
      const outcome = name === undefined ? "wrong-name" : await passkeys.add(holder, wish);
      if (Array.isArray(outcome)) return who.added(wish.name, outcome);
      const values = { name: typed("name").slice(0, 200) };
      return showPasskey(c, who, { values, errors: inWords(view.t, outcome, "name") });
    }),
  );
}

const nameShape = line(60).min(1);

/** A name as it was typed, or the usual one; nothing where it is none. */
export function readName(typed: string, usual: string): string | undefined {
  return nameShape.safeParse(typed.trim() === "" ? usual : typed.trim()).data;
}

function showApp(c: Context<Env>, who: Enrolling, app: NewApp, form: FormState): Promise<Response> {
  return who.send(appPage(who.view, { action: pathOf(c), back: who.back, app, form }), statusOf(form));
}

function showPasskey(c: Context<Env>, who: Enrolling, form: FormState): Promise<Response> {
  return who.send(newPasskeyPage(who.view, { action: pathOf(c), back: who.back, form }), statusOf(form));
}

function statusOf({ errors }: FormState): 200 | 422 {
  return Object.keys(errors).length > 0 ? 422 : 200;
}

function labelOf({ username, email }: PersonClaims): string {
  return username ?? email;
}

type Trouble = Refusal | "wrong" | "late" | "wrong-name";

function inWords(t: Translate, trouble: Trouble, field: string): Record<string, string> {
  const words: Record<Trouble, string> = {
    wrong:
      field === "code"
        ? t("This code is not right. Type the one that the app shows now.")
        : t("This did not work. Try again."),
    late: t("This page was open for too long. Here is a new key: enter it into the app."),
    taken: t("This one was added already."),
    limit: t("You have as many as one can have. Remove one first."),
    "not-first": t("You have a second factor by now. Sign in again with it to add another."),
    "wrong-name": t("Give it a name of at most 60 characters."),
  };
  return { [trouble === "wrong-name" ? "name" : field]: words[trouble] };
}
