// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is at a page of the account area. Whoever is nobody goes through the same sign-in as for any client, and comes back.
import type { Context, Handler, Hono } from "hono";
import type { Session } from "oidc-provider";
import type { PersonClaims } from "../back.ts";
import { hasSignedOut } from "../claims.ts";
import type { OurClient } from "../clients.ts";
import { lacksSecondFactor } from "../factors/demand.ts";
import { duePassword } from "../factors/proof.ts";
import { type Desk, pathOf, send, viewFor } from "../login/desk.ts";
import { troublePage } from "../login/pages.ts";
import type { Env } from "../login/visitor.ts";

export interface SignedIn {
  person: PersonClaims;
  session: Session & { accountId: string };
}

export const accountClientId = "account";
const freshForSeconds = 600;

/** The area as a client of auth's own: by `response_type=none` it is handed nothing, for it reads the session itself. */
export function accountClient(issuer: string, organisation: string): OurClient {
  return {
    client_id: accountClientId,
    client_name: organisation,
    client_uri: `${issuer}/account`,
    redirect_uris: [returnAddress(issuer)],
    token_endpoint_auth_method: "none",
    grant_types: [],
    response_types: ["none"],
    scope: "openid",
    first_party: true,
  };
}

/**
 * Serves a route to whoever is signed in in this browser. `fresh`: only if they proved who they are within the last ten minutes.
 * A form is sent to the address of the page that shows it: after signing in, the person is there again.
 */
export function forSignedIn(
  desk: Desk,
  serve: (c: Context<Env>, who: SignedIn) => Promise<Response>,
  wish?: "fresh",
): Handler<Env> {
  return async (c) => {
    const who = await whoIsSignedIn(c, desk);
    return who && (isFresh(who.session) || wish !== "fresh") ? serve(c, who) : askToSignIn(c, desk.issuer, wish);
  };
}

/** Whether the person proved who they are within the last ten minutes. */
export function isFresh({ loginTs }: Session): boolean {
  return loginTs !== undefined && loginTs >= Date.now() / 1000 - freshForSeconds;
}

/** The address at which people come back from signing in. */
export function serveReturn(app: Hono<Env>, desk: Desk): void {
  app.get("/account/signed-in", async (c) => {
    const target = readPath(c.req.query("state"));
    if (c.req.query("error") === undefined) return c.redirect(target, 303);
    const view = viewFor(c, desk);
    return send(c, desk, troublePage(view, view.t("This did not work")), 403);
  });
}

async function whoIsSignedIn(c: Context<Env>, desk: Desk): Promise<SignedIn | undefined> {
  const session = await desk.signIns.session(c);
  if (session.accountId === undefined || session.amr?.includes(duePassword)) return undefined;
  const person = await desk.back.findClaims(session.accountId);
  if (!person || hasSignedOut(person, session.loginTs)) return undefined;
  const signed = { account: person.uuid, staffScopes: person.staffScopes, amr: session.amr };
  if (await lacksSecondFactor(desk.secondFactor.factors, signed)) return undefined;
  await desk.sessions.goOn(session.uid);
  return { person, session: session as SignedIn["session"] };
}

/** "again": though they may have signed in a moment ago. `path`: of the area, where they come back to. */
export function askToSignIn(
  c: Context<Env>,
  issuer: string,
  wish: "fresh" | "again" | undefined,
  path: string = pathOf(c),
): Response {
  const lang = c.req.query("lang");
  const request = new URLSearchParams({
    client_id: accountClientId,
    response_type: "none",
    scope: "openid",
    redirect_uri: returnAddress(issuer),
    state: path,
    ...(lang && { ui_locales: lang }),
    ...(wish === "fresh" && { max_age: String(freshForSeconds) }),
    ...(wish === "again" && { prompt: "login" }),
  });
  return c.redirect(`/authorize?${request}`, 303);
}

function returnAddress(issuer: string): string {
  return `${issuer}/account/signed-in`;
}

/** Only pages of the area: a stranger can write this address, too. */
function readPath(state = ""): string {
  return /^\/account(\/[a-z-]+)*(\?lang=[a-z]{2})?$/.test(state) && state !== "/account/signed-in" ? state : "/account";
}
