// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The page at which a sign-in waits: username or email address with a password, or a link by email instead.
import type { FormState } from "@cdb/theme/form.ts";
import type { Translate } from "@cdb/theme/translate.ts";
import type { Context, Hono } from "hono";
import type { Interaction } from "oidc-provider";
import { below } from "../factors/addresses.ts";
import { lacksOnly, secondFactorReason } from "../factors/demand.ts";
import { duePassword } from "../factors/proof.ts";
import { askConsent, takeConsent } from "./consent-routes.ts";
import { type Desk, pathOf, readForm, readIdentifier, send, viewFor } from "./desk.ts";
import { passwordDueReason } from "./due-check.ts";
import { watchFirstProof } from "./first-proof.ts";
import { signInPage } from "./pages.ts";
import type { PasswordOutcome } from "./password.ts";
import { longestTyped } from "./password-rules.ts";
import type { Env } from "./visitor.ts";

type Typed = (field: string) => string;

export function serveSignIn(app: Hono<Env>, desk: Desk): void {
  app.get("/sign-in/:uid", async (c) => {
    const waiting = await desk.signIns.waiting(c);
    if (waiting.prompt.name === "consent") return askConsent(c, desk, waiting);
    const next = c.req.query("as") === "other" ? undefined : stepAfter(waiting);
    if (next !== undefined) return c.redirect(below(pathOf(c), next), 303);
    // Before something is proved: of two buttons pressed at once each would make this anew.
    desk.visitors.bind(c);
    const values = { identifier: readIdentifier(String(waiting.params.login_hint ?? "")) };
    return askWho(c, desk, waiting, { values, errors: await saysWhyAgain(c, desk, waiting) }, 200);
  });

  app.post("/sign-in/:uid", async (c) => {
    const waiting = await desk.signIns.waiting(c);
    const typed = await readForm(c);
    if (waiting.prompt.name === "consent") return takeConsent(c, desk, waiting, typed);
    const { t } = viewFor(c, desk, waiting);
    const identifier = readIdentifier(typed("identifier"));
    const errors = mistakesIn(t, typed, identifier);
    if (identifier === undefined || errors)
      return askWho(
        c,
        desk,
        waiting,
        { values: { identifier: typed("identifier").slice(0, 254) }, errors: errors ?? {} },
        422,
      );
    const isForLink = typed("send") === "link" || typed("password").trim() === "";
    return isForLink
      ? sendLink(c, desk, waiting, identifier)
      : tryPassword(c, desk, waiting, identifier, typed("password"));
  });
}

// The first proof is given: the page of what is missing still.
function stepAfter(waiting: Interaction): string | undefined {
  if (lacksOnly(waiting, secondFactorReason)) return "second-factor";
  return lacksOnly(waiting, passwordDueReason) ? "password" : undefined;
}

// The person has proved who they are, and the service expects somebody else, or they may sign in no more.
async function saysWhyAgain(c: Context<Env>, desk: Desk, waiting: Interaction): Promise<Record<string, string>> {
  if (!waiting.lastSubmission?.login) return {};
  const service = (await desk.signIns.serviceOf(String(waiting.params.client_id))).name;
  const { t } = viewFor(c, desk, waiting);
  return { identifier: t("This sign-in does not count for {service}. Sign in as somebody else.", { service }) };
}

function mistakesIn(t: Translate, typed: Typed, identifier: string | undefined): Record<string, string> | undefined {
  if (typed("identifier").trim() === "") return { identifier: t("Enter your username or your email address.") };
  if (identifier === undefined) return { identifier: t("This is neither a username nor an email address.") };
  if (typed("password").length > longestTyped) return { password: t("This is too long for a password.") };
  return undefined;
}

async function tryPassword(
  c: Context<Env>,
  desk: Desk,
  waiting: Interaction,
  identifier: string,
  password: string,
): Promise<Response> {
  const { t } = viewFor(c, desk, waiting);
  const isKnownDevice = (account: string) => desk.visitors.isKnownDevice(c.env.incoming, account);
  const attempt = { identifier, password, network: desk.visitors.placeOf(c.env.incoming).network, isKnownDevice };
  const outcome = await desk.passwords.check(attempt);
  if (outcome.outcome === "must-change" || outcome.outcome === "right") {
    const notice = outcome.outcome === "right" ? outcome.notice : undefined;
    const proof = outcome.outcome === "right" ? "pwd" : duePassword;
    const answer = await desk.signIns.finish(c, waiting, outcome.account, [proof], notice);
    await watchFirstProof(c, desk, waiting);
    return answer;
  }
  if ("account" in outcome) noteRefusal(c, desk, waiting, outcome.account);
  const [status, error] = inWords(t, outcome);
  return askWho(c, desk, waiting, { values: { identifier }, errors: { password: error } }, status);
}

// Once the answer is out: how long it takes must not tell that there is somebody to note it for.
function noteRefusal(c: Context<Env>, desk: Desk, waiting: Interaction, uuid: string | undefined): void {
  if (uuid === undefined) return;
  const place = desk.visitors.placeOf(c.env.incoming);
  const clientId = String(waiting.params.client_id);
  desk.afterwards.run(c.env.outgoing, () => desk.events.record({ ...place, uuid, kind: "refused", clientId }));
}

type Refusal = Exclude<PasswordOutcome, { outcome: "right" | "must-change" }>;

function inWords(t: Translate, outcome: Refusal): [422 | 429 | 503, string] {
  if (outcome.outcome === "unavailable")
    return [503, t("Signing in with a password does not work at the moment. Let us send you a link instead.")];
  if (outcome.outcome === "wrong")
    return [422, t("This username or email address and this password do not belong together.")];
  if (outcome.outcome === "expired")
    return [422, t("This password is too old. Let us send you a link; with it you can set a new one.")];
  const minutes = Math.ceil(outcome.seconds / 60);
  return [
    429,
    t.plural(
      "Too many tries. Wait {count} minute, or let us send you a link.",
      "Too many tries. Wait {count} minutes, or let us send you a link.",
      minutes,
    ),
  ];
}

async function sendLink(c: Context<Env>, desk: Desk, waiting: Interaction, identifier: string): Promise<Response> {
  const clientId = String(waiting.params.client_id);
  const wish = {
    ...desk.visitors.placeOf(c.env.incoming),
    identifier,
    bound: desk.visitors.bind(c),
    interactionUid: waiting.uid,
    clientId,
    service: (await desk.signIns.serviceOf(clientId)).name,
    language: viewFor(c, desk, waiting).t.language,
  };
  desk.afterwards.run(c.env.outgoing, () => desk.links.send(wish));
  return c.redirect(below(pathOf(c), "link"), 303);
}

/** Shows the page at which a sign-in begins. */
export async function askWho(
  c: Context<Env>,
  desk: Desk,
  waiting: Interaction,
  form: FormState,
  status: 200 | 422 | 429 | 503,
): Promise<Response> {
  const service = (await desk.signIns.serviceOf(String(waiting.params.client_id))).name;
  const action = `/sign-in/${waiting.uid}${new URL(pathOf(c), desk.issuer).search}`;
  const page = signInPage(viewFor(c, desk, waiting), { action, service, form });
  return send(c, desk, page, status, [waiting.params.redirect_uri], true);
}
