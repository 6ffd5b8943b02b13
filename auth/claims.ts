// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Who a person is, as back tells it: nobody once they are blocked, erased, or have signed out everywhere.
import { type Client, errors, type FindAccount, type KoaContextWithOIDC } from "oidc-provider";
import { type Back, BackUnavailable, type PersonClaims } from "./back.ts";
import type { Secrets } from "./secrets.ts";

/** Which claims come with which scope. */
export const claimsOfScopes = {
  // Unasked, for most programs cannot ask: with one factor or two is what they need to know.
  openid: ["sub", "amr"],
  profile: ["name", "preferred_username", "locale", "updated_at"],
  email: ["email", "email_verified"],
  acr: null,
  auth_time: null,
  iss: null,
  sid: null,
};

type Token = Parameters<FindAccount>[2];

export function accountsOf(back: Back): FindAccount {
  return async (ctx, sub, token) => {
    const person = await back.findClaims(sub).catch((error: unknown) => {
      if (error instanceof BackUnavailable) throw new errors.OIDCProviderError(503, "temporarily_unavailable");
      throw error;
    });
    if (!person || hasSignedOut(person, provedAt(ctx, token))) return undefined;
    return { accountId: sub, staffScopes: person.staffScopes, claims: () => present(person) };
  };
}

/** A token's or session's sign-in of before the person signed out everywhere counts no more; whole seconds, as in tokens. */
export function hasSignedOut(person: PersonClaims, provedAtSeconds: number | undefined): boolean {
  if (person.signedOutAt === null) return false;
  return provedAtSeconds === undefined || provedAtSeconds <= Math.floor(Date.parse(person.signedOutAt) / 1000);
}

function provedAt(ctx: KoaContextWithOIDC, token: Token): number | undefined {
  if (!token) return ctx.oidc.session?.loginTs;
  return "authTime" in token && typeof token.authTime === "number" ? token.authTime : token.iat;
}

function present(person: PersonClaims): { sub: string; [claim: string]: unknown } {
  return {
    sub: person.uuid,
    name: person.name,
    preferred_username: person.username ?? undefined,
    locale: person.language,
    updated_at: Math.floor(Date.parse(person.updatedAt) / 1000),
    email: person.email,
    email_verified: person.emailVerified,
  };
}

/** Who the person is to a client: to those of one sector the same, and known to no other (OpenID Connect Core 8.1). */
export function subjectFor(secrets: Secrets, { subjectType, sectorIdentifier }: Client, accountId: string): string {
  if (subjectType !== "pairwise") return accountId;
  return secrets.mac("pairwise subjects", JSON.stringify([sectorIdentifier, accountId])).toString("base64url");
}
