// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page of the second factor: what there is of it, added, renamed and removed by who proved it all a moment ago.
import { emptyForm, type FormState } from "@cdb/theme/form.ts";
import type { Context, Hono } from "hono";
import { z } from "zod";
import { type Enrolling, readName, serveEnrolment } from "../factors/enrolment.ts";
import { codesPage } from "../factors/pages.ts";
import { isStrong, type Proof } from "../factors/proof.ts";
import { recordFactor } from "../factors/tell.ts";
import { type Desk, readForm, send } from "../login/desk.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown } from "../view.ts";
import { accountView, showAccount } from "./frame.ts";
import { isDone, overviewPage } from "./second-factor-page.ts";
import { forSignedIn, type SignedIn } from "./signed-in.ts";

const uuid = z.uuid();
const base = "/account/second-factor";

/** Whoever has a factor and did not use it in this sign-in is not let in at all: `forSignedIn` sees to that. */
export function serveSecondFactorArea(app: Hono<Env>, desk: Desk): void {
  app.get(
    base,
    forSignedIn(desk, (c, who) => overview(c, desk, who), "fresh"),
  );
  app.post(
    base,
    forSignedIn(desk, (c, who) => change(c, desk, who), "fresh"),
  );
  serveEnrolment(
    app,
    base,
    desk.secondFactor,
    async (c, serve) =>
      forSignedIn(desk, (_c, who) => serve(enrolling(c, desk, who)), "fresh")(c, async () => {}) as Promise<Response>,
  );
}

function enrolling(c: Context<Env>, desk: Desk, who: SignedIn): Enrolling {
  const { person, session } = who;
  const view = accountView(c, desk, who);
  const shows = (shown: Shown, status?: 200 | 422) => send(c, desk, view.show(shown), status, [], true);
  return {
    view,
    person,
    holder: `account area in session ${session.uid}`,
    onlyFirst: !isStrong(session.amr),
    back: addressOf(c),
    send: shows,
    added: async (name: string, proofs: Proof[]) => {
      await recordFactor(c, desk, person.uuid, "factor-added", name);
      const codes = await desk.secondFactor.recoveryCodes.makeFirst(person.uuid);
      await desk.signIns.strengthen(c, session, proofs);
      if (!codes) return c.redirect(addressOf(c, "added"), 303);
      return shows(codesPage(view, { codes, next: addressOf(c), button: view.t("Go on") }));
    },
  };
}

async function change(c: Context<Env>, desk: Desk, who: SignedIn): Promise<Response> {
  const typed = await readForm(c);
  const account = who.person.uuid;
  const id = uuid.safeParse(typed("factor")).data;
  if (typed("do") === "codes") return makeCodes(c, desk, who);
  if (typed("do") === "rename" && id) return rename(c, desk, who, id, typed(`name-${id}`));
  if (typed("do") !== "remove" || !id) return c.redirect(addressOf(c), 303);
  const mayBeLast = who.person.staffScopes.length === 0;
  const removal = await desk.secondFactor.factors.remove(account, id, { mayBeLast });
  const { t } = accountView(c, desk, who);
  if (removal.outcome === "last") {
    const error = t("You need a second factor: add another before you remove this one.");
    return overview(c, desk, who, { values: {}, errors: { [`remove-${id}`]: error } });
  }
  if (removal.outcome === "unknown") return c.redirect(addressOf(c), 303);
  await recordFactor(c, desk, account, "factor-removed", removal.factor.name);
  return c.redirect(addressOf(c, "removed"), 303);
}

async function rename(c: Context<Env>, desk: Desk, who: SignedIn, id: string, typed: string): Promise<Response> {
  const name = readName(typed, "");
  if (name !== undefined) {
    await desk.secondFactor.factors.rename(who.person.uuid, id, name);
    return c.redirect(addressOf(c, "renamed"), 303);
  }
  const { t } = accountView(c, desk, who);
  const errors = { [`name-${id}`]: t("Give it a name of at most 60 characters.") };
  return overview(c, desk, who, { values: { [`name-${id}`]: typed.slice(0, 200) }, errors });
}

async function makeCodes(c: Context<Env>, desk: Desk, who: SignedIn): Promise<Response> {
  const { uuid } = who.person;
  if (!(await desk.secondFactor.factors.has(uuid))) return c.redirect(addressOf(c), 303);
  const codes = await desk.secondFactor.recoveryCodes.make(uuid);
  await recordFactor(c, desk, uuid, "recovery-codes-made");
  return showAccount(c, desk, who, (view) =>
    codesPage(view, { codes, next: addressOf(c), button: view.t("I have kept them") }),
  );
}

async function overview(c: Context<Env>, desk: Desk, who: SignedIn, form: FormState = emptyForm): Promise<Response> {
  const { factors, recoveryCodes } = desk.secondFactor;
  const { uuid, staffScopes } = who.person;
  const shown = {
    address: addressOf(c),
    factors: await factors.of(uuid),
    codesLeft: await recoveryCodes.left(uuid),
    isNeeded: staffScopes.length > 0,
    timeZone: desk.views.organisation.timeZone,
    done: c.req.method === "GET" && isDone(c.req.query("done")) ? c.req.query("done") : undefined,
    form,
  };
  const status = Object.keys(form.errors).length > 0 ? 422 : 200;
  return showAccount(c, desk, who, (view) => overviewPage(view, shown), status);
}

/** The page's address, in the language that was chosen. */
function addressOf(c: Context<Env>, done?: string): string {
  const lang = c.req.query("lang");
  const query = new URLSearchParams({
    ...(lang && /^[a-z]{2}$/.test(lang) && { lang }),
    ...(done !== undefined && { done }),
  });
  return query.size > 0 ? `${base}?${query}` : base;
}
