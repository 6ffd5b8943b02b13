// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing out: at once where the request proves whose session it ends (an ID token of it), else after a question.
import type Provider from "oidc-provider";
import type { Client, KoaContextWithOIDC, Session } from "oidc-provider";
import { subjectFor } from "./claims.ts";
import { signedOutPage, signOutPage } from "./login/pages.ts";
import type { Visitors } from "./login/visitor.ts";
import type { Secrets } from "./secrets.ts";
import type { Sessions } from "./sessions.ts";
import type { Tasks } from "./tasks.ts";
import { put, type Views } from "./view.ts";

// Part of the library, but not of its types.
type Tell = (accountId: string, sid: string | undefined) => Promise<void>;
type LogoutTeller = Client & { backchannelLogout: Tell };
type ClientOf = new (metadata: object) => Client;

/** Clients are told of a sign-out by a task (Back-Channel Logout 1.0), one that was removed by what it was. */
export function tellClientsByTask(provider: Provider, tasks: Tasks): void {
  tasks.teach("tell-client", async ({ clientId, accountId, sid, details }) => {
    const Removed = provider.Client as unknown as ClientOf;
    const client = details?.client ? new Removed(details.client) : await provider.Client.find(clientId);
    if (client?.backchannelLogoutUri) await (client as LogoutTeller).backchannelLogout(accountId, sid ?? undefined);
  });
}

export class SignOut {
  readonly #sessions: Sessions;
  readonly #secrets: Secrets;
  readonly #visitors: Visitors;

  constructor(sessions: Sessions, secrets: Secrets, visitors: Visitors) {
    this.#sessions = sessions;
    this.#secrets = secrets;
    this.#visitors = visitors;
  }

  /** What the library shows at its end_session endpoint (RP-Initiated Logout 1.0). */
  pages(views: Views): { enabled: true; logoutSource: Page; postLogoutSuccessSource: Page } {
    return {
      enabled: true,
      logoutSource: async (ctx) => {
        const session = ctx.oidc.session as Session;
        if (isProved(ctx, session, this.#secrets)) {
          await this.#end(ctx, session);
          goOn(ctx);
        } else
          await put(
            ctx,
            signOutPage(views.of(ctx), ctx.oidc.urlFor("end_session_confirm"), String(session.state?.secret)),
            200,
          );
      },
      postLogoutSuccessSource: async (ctx) => {
        await put(ctx, signedOutPage(views.of(ctx)), 200);
      },
    };
  }

  async #end(ctx: KoaContextWithOIDC, session: Session): Promise<void> {
    const { accountId = "", uid } = session;
    const clientId = ctx.oidc.client?.clientId;
    const place = this.#visitors.placeOf(ctx.req);
    await this.#sessions.signOut(accountId, uid, { ...place, uuid: accountId, kind: "signed-out", clientId });
    await session.destroy();
    forgetCookie(ctx);
  }
}

type Page = (ctx: KoaContextWithOIDC) => Promise<void>;

/** Nobody is signed in: there is nothing to ask. The library would show a form that submits itself by a script. */
export async function skipEmptySignOut(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.oidc?.route === "end_session" && ctx.status === 200 && !ctx.oidc.session?.accountId) goOn(ctx);
}

// No stranger has an ID token of this session, so no other site can sign people out.
function isProved(ctx: KoaContextWithOIDC, session: Session, secrets: Secrets): boolean {
  const { client } = ctx.oidc;
  const { accountId } = session;
  const hint = ctx.oidc.entities.IdTokenHint?.payload;
  if (!hint || !client || !accountId || hint.sub !== subjectFor(secrets, client, accountId)) return false;
  return hint.sid === undefined || hint.sid === session.sidFor(client.clientId);
}

function goOn(ctx: KoaContextWithOIDC): void {
  const { post_logout_redirect_uri: wished, state } = ctx.oidc.params ?? {};
  const target = new URL(typeof wished === "string" ? wished : ctx.oidc.urlFor("end_session_success"));
  if (typeof wished === "string" && typeof state === "string") target.searchParams.set("state", state);
  ctx.status = 303;
  ctx.redirect(target.href);
}

function forgetCookie(ctx: KoaContextWithOIDC): void {
  ctx.cookies.set(ctx.oidc.provider.cookieName("session"), null, { path: "/" });
}
