// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor in a sign-in: after password or link it is asked for, or set up where it is needed and not there yet.
import { emptyForm, type FormState } from "@cdb/theme/form.ts";
import type { Context, Hono } from "hono";
import { errors, type Interaction } from "oidc-provider";
import { type Desk, pathOf, readForm, send, viewFor } from "../login/desk.ts";
import { describeBrowser, type Env } from "../login/visitor.ts";
import type { Shown } from "../view.ts";
import { below } from "./addresses.ts";
import { type Demand, isStep } from "./demand.ts";
import { type Enrolling, serveEnrolment } from "./enrolment.ts";
import { choicePage, codesPage, stepPage } from "./pages.ts";
import type { Proof } from "./proof.ts";
import { codeTrouble, recordFactor, tellOfCopy } from "./tell.ts";

const base = "/sign-in/:uid/second-factor";

export function serveSecondFactor(app: Hono<Env>, desk: Desk): void {
  const { passkeys, factors } = desk.secondFactor;

  app.get(base, async (c) => {
    const waiting = await waitingForStep(c, desk);
    return (await factors.has(waiting.session.accountId)) ? ask(c, desk, waiting) : choose(c, desk, waiting);
  });

  app.post(base, async (c) => tryCode(c, desk, await waitingForStep(c, desk)));

  app.post(`${base}/with-passkey/options`, async (c) => {
    const { uid, session } = await waitingForStep(c, desk);
    return c.json(await passkeys.ask(holderOf(uid), session.accountId), 200, { "Cache-Control": "no-store" });
  });

  app.post(`${base}/with-passkey`, async (c) => {
    const waiting = await waitingForStep(c, desk);
    const outcome = await passkeys.use(holderOf(waiting.uid), (await readForm(c))("answer"), waiting.session.accountId);
    if (outcome.outcome === "right") return desk.signIns.stepUp(c, waiting, outcome.proofs);
    if (outcome.outcome === "copied") await tellOfCopy(c, desk, outcome);
    const { t } = viewFor(c, desk, waiting);
    return ask(
      c,
      desk,
      waiting,
      { values: {}, errors: { code: t("This passkey did not work. Try again, or type a code.") } },
      422,
    );
  });

  app.post(`${base}/decline`, async (c) => {
    const waiting = await waitingForStep(c, desk);
    if (demandOf(waiting) !== "wished" || (await factors.has(waiting.session.accountId)))
      return c.redirect(`/sign-in/${waiting.uid}/second-factor`, 303);
    return desk.signIns.conclude(c, waiting, { secondFactor: { declined: true } });
  });

  serveEnrolment(app, base, desk.secondFactor, async (c, serve) => {
    const waiting = await waitingForStep(c, desk);
    const person = await desk.back.findClaims(waiting.session.accountId);
    const here = stepAddress(c, waiting);
    // One factor has been proved. Where there is another already, it is asked for; adding one would be a way around.
    if (!person || (await factors.has(person.uuid))) return c.redirect(here, 303);
    const view = viewFor(c, desk, waiting);
    const shows = (shown: Shown, status?: 200 | 422) =>
      send(c, desk, view.show(shown), status, [waiting.params.redirect_uri], true);
    const added = async (name: string, proofs: Proof[]) => {
      await recordFactor(c, desk, person.uuid, "factor-added", name);
      const codes = await desk.secondFactor.recoveryCodes.makeFirst(person.uuid);
      const goesOn = await desk.signIns.stepUp(c, waiting, proofs);
      if (!codes) return goesOn;
      return shows(codesPage(view, { codes, next: waiting.returnTo, button: view.t("Go on") }));
    };
    const who: Enrolling = {
      view,
      person,
      holder: holderOf(waiting.uid),
      onlyFirst: true,
      back: here,
      send: shows,
      added,
    };
    return serve(who);
  });
}

type Waiting = Interaction & { session: { accountId: string } };

/** Throws SessionNotFound where something else than the second factor is missing. */
async function waitingForStep(c: Context<Env>, desk: Desk): Promise<Waiting> {
  const waiting = await desk.signIns.waiting(c);
  if (!isStep(waiting)) throw new errors.SessionNotFound("no second factor is needed here");
  return waiting as Waiting;
}

async function tryCode(c: Context<Env>, desk: Desk, waiting: Waiting): Promise<Response> {
  const account = waiting.session.accountId;
  const typed = (await readForm(c))("code");
  const { t } = viewFor(c, desk, waiting);
  const wrong = (error: string, status: 422 | 429) =>
    ask(c, desk, waiting, { values: {}, errors: { code: error } }, status);
  if (typed.trim() === "") return wrong(t("Type a code."), 422);
  const outcome = await desk.secondFactor.check({ account, network: desk.visitors.network(c), typed });
  if (outcome.outcome !== "right") {
    await desk.events.record({
      ...{ uuid: account, kind: "refused", clientId: String(waiting.params.client_id), detail: "second factor" },
      ...{ network: desk.visitors.network(c), browser: describeBrowser(c.req.header("User-Agent")) },
    });
    return wrong(...codeTrouble(t, outcome));
  }
  if (outcome.proofs.includes("recovery")) await recordFactor(c, desk, account, "recovery-code-used");
  return desk.signIns.stepUp(c, waiting, outcome.proofs);
}

async function ask(
  c: Context<Env>,
  desk: Desk,
  waiting: Waiting,
  form: FormState = emptyForm,
  status: 200 | 422 | 429 = 200,
): Promise<Response> {
  const view = viewFor(c, desk, waiting, stepAddress(c, waiting));
  const page = stepPage(view, {
    action: stepAddress(c, waiting),
    other: otherAddress(c, waiting),
    service: (await desk.signIns.serviceOf(String(waiting.params.client_id))).name,
    factors: await desk.secondFactor.factors.of(waiting.session.accountId),
    form,
  });
  return send(c, desk, view.show(page), status, [waiting.params.redirect_uri], true);
}

async function choose(c: Context<Env>, desk: Desk, waiting: Waiting): Promise<Response> {
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

function holderOf(uid: string): string {
  return `second factor in sign-in ${uid}`;
}

function stepAddress(c: Context<Env>, { uid }: Interaction): string {
  return below(`/sign-in/${uid}${new URL(pathOf(c), "http://here").search}`, "second-factor");
}

function otherAddress(c: Context<Env>, { uid }: Interaction): string {
  const query = new URLSearchParams(new URL(pathOf(c), "http://here").search);
  query.set("as", "other");
  return `/sign-in/${uid}?${query}`;
}
