// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Which access tokens a client may have: for back, for auth, or for a resource server of others (RFC 8707, RFC 9068).
import { authResource, backResource, staffScopes } from "@cdb/api/scopes.ts";
import { errors, type KoaContextWithOIDC, type ResourceServer } from "oidc-provider";
import type { OurClient } from "./clients.ts";
import { isStrong } from "./factors/proof.ts";

/** Programs mean back when they name nothing; in a person's name clients name it, or their tokens are for userinfo only. */
export const resourceDefaults = {
  defaultResource: (
    ctx: KoaContextWithOIDC,
    _client: object,
    oneOf?: readonly string[],
  ): string | string[] | undefined =>
    oneOf ? [...oneOf] : ctx.oidc.params?.grant_type === "client_credentials" ? backResource : undefined,
  useGrantedResource: (): boolean => false,
};

/** What this client may ask of a resource server, here and now (RFC 8707). Throws InvalidTarget or InvalidScope. */
export function resourceFor(ctx: KoaContextWithOIDC, resource: string, client: object): ResourceServer {
  const inOwnName = ctx.oidc.params?.grant_type === "client_credentials";
  const allowed = scopesAt(resource, client as Partial<OurClient>, inOwnName);
  if (!allowed) throw new errors.InvalidTarget();
  const excess = inOwnName && [...ctx.oidc.requestParamScopes].find((scope) => !allowed.includes(scope));
  if (excess) throw new errors.InvalidScope("requested scope is not allowed", excess);
  return {
    scope: allowed.filter((scope) => resource !== backResource || mayBear(ctx, scope)).join(" "),
    audience: resource,
    accessTokenFormat: "jwt",
    accessTokenTTL: 300,
    jwt: { sign: { alg: "RS256" } },
  };
}

// Who signs in is known when a token is issued: it bears a scope of the staff for who has it and proved two factors.
function mayBear(ctx: KoaContextWithOIDC, scope: string): boolean {
  const { route, entities, account } = ctx.oidc;
  if (route !== "token" || !Object.hasOwn(staffScopes, scope)) return true;
  const proof = entities.AuthorizationCode ?? entities.RefreshToken;
  return isStrong(proof?.amr) && ((account?.staffScopes ?? []) as string[]).includes(scope);
}

function scopesAt(resource: string, client: Partial<OurClient>, inOwnName: boolean): string[] | undefined {
  if (resource === backResource) return (inOwnName ? client.program_scopes : client.person_scopes) ?? [];
  if (resource === authResource && inOwnName) return client.auth_scopes;
  return client.resource_scopes?.[resource];
}
