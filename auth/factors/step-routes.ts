// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor in a sign-in: after password or link it is asked for, or set up where it is needed and not there yet.
import { emptyForm, type FormState } from "@cdb/theme/form.ts";
import type { Context, Hono } from "hono";
import { errors, type Interaction } from "oidc-provider";
import { isFresh } from "../account/signed-in.ts";
import type { PersonClaims } from "../back.ts";
import { hasSignedOut } from "../claims.ts";
import { type Desk, pathOf, readForm, send, viewFor } from "../login/desk.ts";
import { otherAddress, type Step, stepOf } from "../login/step.ts";
import type { Env } from "../login/visitor.ts";
import type { Shown } from "../view.ts";
import { below } from "./addresses.ts";
import { type Demand, secondFactorReason } from "./demand.ts";
import { type Enrolling, serveEnrolment } from "./enrolment.ts";
import { choicePage, codesPage, stepPage } from "./pages.ts";
import { isStrong, type Proof } from "./proof.ts";
import { codeTrouble, recordFactor, tellOfCopy } from "./tell.ts";

const base = "/sign-in/:uid/second-factor";

export function serveSecondFactor(app: Hono<Env>, desk: Desk): void {
  const { passkeys, factors } = desk.secondFactor;

  app.get(base, async (c) => {
    const step = await stepOf(c, desk, secondFactorReason);
    // Proved on the page before, to which somebody went back.
    if (isStrong(step.waiting.result?.login?.amr)) return c.redirect(step.waiting.returnTo, 303);
    return (await factors.has(step.account)) ? ask(c, desk, step) : choose(c, desk, step);
  });

  app.post(base, async (c) => tryCode(c, desk, await stepOf(c, desk, secondFactorReason)));

  app.post(`${base}/with-passkey/options`, async (c) => {
    const { waiting, account } = await stepOf(c, desk, secondFactorReason);
    return c.json(await passkeys.ask(holderOf(waiting), account), 200, { "Cache-Control": "no-store" });
  });

  app.post(`${base}/with-passkey`, async (c) => {
    const step = await stepOf(c, desk, secondFactorReason);
    const outcome = await passkeys.use(holderOf(step.waiting), (await readForm(c))("answer"), step.account);
    if (outcome.outcome === "right") return goOn(c, desk, step, outcome.proofs);
    if (outcome.outcome === "copied") await tellOfCopy(c, desk, outcome);
    const { t } = viewFor(c, desk, step.waiting);
    const error = t("This passkey did not work. Try again, or type a code.");
    return ask(c, desk, step, { values: {}, errors: { code: error } }, 422);
  });

  app.post(`${base}/decline`, async (c) => {
    const { waiting, account } = await stepOf(c, desk, secondFactorReason);
    if (demandOf(waiting) !== "wished" || (await factors.has(account))) return c.redirect(stepAddress(c, waiting), 303);
    return desk.signIns.conclude(c, waiting, { secondFactor: { declined: true } });
  });

  serveEnrolment(app, base, desk.secondFactor, async (c, serve) => {
    const step = await stepOf(c, desk, secondFactorReason);
    const person = await desk.back.findClaims(step.account);
    if (!person || hasSignedOut(person, step.session.loginTs))
      throw new errors.SessionNotFound("the first factor counts no more");
    // One factor has been proved. Where there is another already, it is asked for; adding one would be a way around.
    if (await factors.has(person.uuid)) return c.redirect(stepAddress(c, step.waiting), 303);
    return isFresh(step.session)
      ? serve(enrolling(c, desk, step, person))
      : c.redirect(otherAddress(c, step.waiting), 303);
  });
}

async function goOn(c: Context<Env>, desk: Desk, { waiting, session }: Step, proofs: Proof[]): Promise<Response> {
  return c.redirect(await desk.signIns.stepUp(waiting, session, proofs), 303);
}

function enrolling(c: Context<Env>, desk: Desk, step: Step, person: PersonClaims): Enrolling {
  const { waiting, session } = step;
  const view = viewFor(c, desk, waiting);
  const shows = (shown: Shown, status?: 200 | 422) =>
    send(c, desk, view.show(shown), status, [waiting.params.redirect_uri], true);
  const added = async (name: string, proofs: Proof[]) => {
    await recordFactor(c, desk, person.uuid, "factor-added", name);
    const codes = await desk.secondFactor.recoveryCodes.makeFirst(person.uuid);
    const next = await desk.signIns.stepUp(waiting, session, proofs);
    return codes ? shows(codesPage(view, { codes, next, button: view.t("Go on") })) : c.redirect(next, 303);
  };
  return {
    view,
    person,
    holder: holderOf(waiting),
    onlyFirst: true,
    back: stepAddress(c, waiting),
    send: shows,
    added,
  };
}

async function tryCode(c: Context<Env>, desk: Desk, step: Step): Promise<Response> {
  const { waiting, account } = step;
  const typed = (await readForm(c))("code");
  const { t } = viewFor(c, desk, waiting);
  const wrong = (error: string, status: 422 | 429) =>
    ask(c, desk, step, { values: {}, errors: { code: error } }, status);
  if (typed.trim() === "") return wrong(t("Type a code."), 422);
  const place = desk.visitors.placeOf(c.env.incoming);
  const outcome = await desk.secondFactor.check({ account, network: place.network, typed });
  if (outcome.outcome !== "right") {
    const kind = outcome.outcome === "wait" ? "factor-guessed" : "factor-refused";
    await desk.events.record({ ...place, uuid: account, kind, clientId: String(waiting.params.client_id) });
    return wrong(...codeTrouble(t, outcome));
  }
  if (outcome.proofs.includes("recovery")) await recordFactor(c, desk, account, "recovery-code-used");
  return goOn(c, desk, step, outcome.proofs);
}

async function ask(
  c: Context<Env>,
  desk: Desk,
  { waiting, account }: Step,
  form: FormState = emptyForm,
  status: 200 | 422 | 429 = 200,
): Promise<Response> {
  const view = viewFor(c, desk, waiting, stepAddress(c, waiting));
  const page = stepPage(view, {
    action: stepAddress(c, waiting),
    other: otherAddress(c, waiting),
    service: (await desk.signIns.serviceOf(String(waiting.params.client_id))).name,
    factors: await desk.secondFactor.factors.of(account),
    form,
  });
  return send(c, desk, view.show(page), status, [waiting.params.redirect_uri], true);
}

async function choose(c: Context<Env>, desk: Desk, { waiting }: Step): Promise<Response> {
  const view = viewFor(c, desk, waiting);
  const page = choicePage(view, {
    base: stepAddress(c, waiting),
    other: otherAddress(c, waiting),
    service: (await desk.signIns.serviceOf(String(waiting.params.client_id))).name,
    demand: demandOf(waiting),
  });
  return send(c, desk, view.show(page), 200, [waiting.params.redirect_uri]);
}

function demandOf({ prompt }: Interaction): Demand {
  return (prompt.details.demand as Demand | undefined) ?? "own";
}

function holderOf({ uid }: Interaction): string {
  return `second factor in sign-in ${uid}`;
}

function stepAddress(c: Context<Env>, { uid }: Interaction): string {
  return below(`/sign-in/${uid}${new URL(pathOf(c), "http://here").search}`, "second-factor");
}
