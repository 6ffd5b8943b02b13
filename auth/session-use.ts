// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sees sessions being used at the library's endpoints: who signed in, in which browser, and that it goes on.
import type { KoaContextWithOIDC, Session } from "oidc-provider";
import { type Events, shortHash } from "./events.ts";
import type { Visitors } from "./login/visitor.ts";
import type { Place, Sessions } from "./sessions.ts";

export interface Watch {
  sessions: Sessions;
  events: Events;
  visitors: Visitors;
}

export async function watchSessions(ctx: KoaContextWithOIDC, next: () => Promise<void>, watch: Watch): Promise<void> {
  await next();
  const { route, session } = ctx.oidc ?? {};
  if (route === "token") return seeRefresh(ctx, watch);
  if (!session?.accountId) return;
  const place = watch.visitors.placeOf(ctx.req);
  if (route === "end_session_confirm") return seeSignOut(ctx, session, place, watch);
  if (route !== "authorization" && route !== "resume") return;
  await watch.sessions.see(session.uid, session.accountId, place);
  if (route === "resume" && ctx.oidc.result?.login) await seeSignIn(ctx, session, place, watch);
}

// Of one proof there may be two answers: after it the person may be asked for consent.
async function seeSignIn(ctx: KoaContextWithOIDC, session: Session, place: Place, { events }: Watch): Promise<void> {
  const { newBrowser } = { ...ctx.oidc.result?.login } as { newBrowser?: boolean };
  await events.record({
    ...place,
    uuid: session.accountId ?? null,
    kind: newBrowser ? "signed-in-new-browser" : "signed-in",
    key: `signed-in ${shortHash(session.uid)} ${session.loginTs}`,
    clientId: ctx.oidc.client?.clientId,
    session: session.uid,
    detail: session.amr?.join(" "),
  });
}

// A client that goes on in the person's name uses the session that it depends on.
async function seeRefresh(ctx: KoaContextWithOIDC, { sessions }: Watch): Promise<void> {
  const token = ctx.oidc.entities.RotatedRefreshToken ?? ctx.oidc.entities.RefreshToken;
  if (ctx.status === 200 && token?.expiresWithSession && token.sessionUid) await sessions.goOn(token.sessionUid);
}

async function seeSignOut(ctx: KoaContextWithOIDC, session: Session, place: Place, { events }: Watch): Promise<void> {
  if (!("destroyed" in session) || !session.accountId) return;
  const given = Object.values(session.authorizations ?? {}).filter(({ persistsLogout }) => !persistsLogout);
  await events.record({
    ...place,
    uuid: session.accountId,
    kind: "signed-out",
    clientId: ctx.oidc.client?.clientId,
    session: session.uid,
    endedGrants: given.flatMap(({ grantId }) => (grantId ? [shortHash(grantId)] : [])),
  });
}
