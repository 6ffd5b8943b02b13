// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The answer to the question whether to sign out. In the library's place: the session ends and services are told of it in one transaction.
import type { Context, Hono } from "hono";
import type { Session } from "oidc-provider";
import type { SignInEvent } from "./events.ts";
import { type Desk, readForm, send, viewFor } from "./login/desk.ts";
import { troublePage } from "./login/pages.ts";
import type { Env } from "./login/visitor.ts";
import { equalInConstantTime } from "./secrets.ts";

interface Asked {
  secret: string;
  clientId?: string;
  /** Registered for this client: the library looked when it asked. */
  postLogoutRedirectUri?: string;
  state?: string;
}

export function serveSignOutAnswer(app: Hono<Env>, desk: Desk): void {
  app.post("/sign-out/confirm", async (c) => {
    const typed = await readForm(c);
    const session = await desk.signIns.session(c);
    const asked = session.state as Asked | undefined;
    if (!asked || !equalInConstantTime(Buffer.from(asked.secret), Buffer.from(typed("xsrf")))) {
      const view = viewFor(c, desk);
      return send(c, desk, troublePage(view, view.t("This did not work")), 400);
    }
    if (typed("logout") === "") return stay(c, desk, session, asked);
    await signOut(c, desk, session, asked);
    return c.redirect(addressAfter(asked), 303);
  });
}

async function signOut(c: Context<Env>, desk: Desk, { accountId, uid }: Session, asked: Asked): Promise<void> {
  if (accountId === undefined) return;
  await desk.sessions.signOut(accountId, uid, eventOf(c, desk, accountId, asked));
  desk.signIns.forgetSession(c);
}

// Signed out where they came from, and nowhere else.
async function stay(c: Context<Env>, desk: Desk, { accountId, uid }: Session, asked: Asked): Promise<Response> {
  const { clientId, postLogoutRedirectUri } = asked;
  if (accountId !== undefined && clientId !== undefined)
    await desk.sessions.signOutAt(accountId, uid, { ...eventOf(c, desk, accountId, asked), clientId });
  return c.redirect(postLogoutRedirectUri === undefined ? viewFor(c, desk).home : addressAfter(asked), 303);
}

function eventOf(c: Context<Env>, { visitors }: Desk, uuid: string, { clientId }: Asked): SignInEvent {
  return { ...visitors.placeOf(c.env.incoming), uuid, kind: "signed-out", clientId };
}

function addressAfter({ postLogoutRedirectUri: wished, state }: Asked): string {
  if (wished === undefined) return "/sign-out/success";
  const target = new URL(wished);
  if (state !== undefined) target.searchParams.set("state", state);
  return target.href;
}
