// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Sees sessions being used at the library's endpoints: who signed in, in which browser, and that it goes on.
import type { Interaction, KoaContextWithOIDC, Session } from "oidc-provider";
import { type Events, shortHash, signedInEvent } from "./events.ts";
import { secondFactorReason } from "./factors/demand.ts";
import { duePassword, isStrong } from "./factors/proof.ts";
import { keyOfProof, secondsForFactor } from "./login/first-proof.ts";
import type { Visitors } from "./login/visitor.ts";
import type { Place, Sessions } from "./sessions.ts";

export interface Watch {
  sessions: Sessions;
  events: Events;
  visitors: Visitors;
}

export async function watchSessions(ctx: KoaContextWithOIDC, next: () => Promise<void>, watch: Watch): Promise<void> {
  await next();
  const { route, session, result } = ctx.oidc ?? {};
  if (route === "token") return seeRefresh(ctx, watch);
  if (!session?.accountId) return;
  const place = watch.visitors.placeOf(ctx.req);
  if (route !== "authorization" && route !== "resume") return;
  const missing = missingProof(ctx);
  if (missing) return seeFirstProof(ctx, session, place, missing, watch);
  await watch.sessions.see(session.uid, session.accountId, place);
  // After it the person may have been asked for consent, and come by again.
  if (route === "resume" && result?.login && !result.consent) await seeSignIn(ctx, session, place, watch);
}

// What the library asks for next, be it a second factor or a new password; nothing: the sign-in is whole.
function missingProof({ oidc }: KoaContextWithOIDC): Interaction["prompt"] | undefined {
  const step = oidc.entities.Interaction as Interaction | undefined;
  return step && !step.result && step.prompt.name === "login" ? step.prompt : undefined;
}

// From here on the session is watched, in whatever sign-in its second factor is proved.
async function seeFirstProof(
  ctx: KoaContextWithOIDC,
  session: Session,
  place: Place,
  { reasons, details }: Interaction["prompt"],
  { events }: Watch,
): Promise<void> {
  const login = ctx.oidc.result?.login;
  const isTyped = session.amr?.some((proof) => passwordProofs.includes(proof));
  if (!login || !isTyped || !reasons.includes(secondFactorReason) || details.demand !== "own") return;
  const { uid, accountId = null } = session;
  const event = { uuid: accountId, kind: "factor-missing", clientId: ctx.oidc.client?.clientId, session: uid } as const;
  await events.recordLater({ ...place, ...event, key: factorMissing(session) }, secondsForFactor);
  await events.forget(keyOfProof(login));
}

const passwordProofs: readonly string[] = ["pwd", duePassword];

function factorMissing({ uid }: Session): string {
  return `factor missing ${shortHash(uid)}`;
}

async function seeSignIn(
  ctx: KoaContextWithOIDC,
  session: Session,
  place: Place,
  { events, visitors }: Watch,
): Promise<void> {
  const { accountId = "", amr } = session;
  // Whoever follows a link proves a mailbox, from wherever they read their mails.
  const isNew = amr?.includes("pwd") && !visitors.isKnownDevice(ctx.req, accountId);
  ctx.append("Set-Cookie", visitors.deviceCookie(accountId));
  if (isStrong(amr)) await events.forget(factorMissing(session));
  const event = { ...place, ...signedInEvent(session), uuid: accountId, clientId: ctx.oidc.client?.clientId };
  await events.record({ ...event, kind: isNew ? "signed-in-new-browser" : "signed-in" });
}

// A client that goes on in the person's name uses the session that it depends on.
async function seeRefresh(ctx: KoaContextWithOIDC, { sessions }: Watch): Promise<void> {
  const token = ctx.oidc.entities.RotatedRefreshToken;
  if (ctx.status === 200 && token?.expiresWithSession && token.sessionUid) await sessions.goOn(token.sessionUid);
}
