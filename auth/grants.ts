// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// When a person must be asked, to prove who they are or to allow something; what access tokens say of it; how refresh tokens follow each other.
import Provider, { type ClientCredentials, errors, interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { shortHash } from "./events.ts";
import { addSecondFactorCheck, asksForClass } from "./factors/demand.ts";
import type { Factors } from "./factors/factors.ts";
import { addPasswordDueCheck } from "./login/due-check.ts";
import type { Secrets } from "./secrets.ts";

/** The library's rules, and five of ours. */
export function promptPolicy(factors: Factors): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  // We vouch for one class of proof, of two factors. Left alone, the library would ask the person to sign in again and again.
  for (const name of ["essential_acr", "essential_acrs"]) {
    const check = policy.get("login")?.checks.get(name);
    if (check) check.check = refuseWhen(check.check);
  }
  const login = policy.get("login");
  if (login) addSecondFactorCheck(login, interactionPolicy.Check, factors);
  if (login) addPasswordDueCheck(login, interactionPolicy.Check, factors);
  // The person is blocked or erased, or has signed out everywhere since.
  policy
    .get("login")
    ?.checks.add(
      new interactionPolicy.Check(
        "signed_out",
        "the sign-in counts no more",
        "login_required",
        (ctx) => ctx.oidc.session?.accountId !== undefined && ctx.oidc.account === undefined,
      ),
    );
  // Our own services ask for prompt=consent only because the protocol wants it for offline_access.
  const consent = policy.get("consent")?.checks.get("consent_prompt");
  if (consent) {
    const isWanted = consent.check;
    consent.check = (ctx) => ctx.oidc.client?.first_party !== true && isWanted(ctx);
  }
  return policy;
}

function refuseWhen(isUnmet: interactionPolicy.Check["check"]): interactionPolicy.Check["check"] {
  return async (ctx) => {
    if (!asksForClass(ctx) && (await isUnmet(ctx)))
      throw new errors.UnmetAuthenticationRequirements("no such acr is given here");
    return false;
  };
}

/** RFC 9068 2.2.1: when and how the person proved who they are, in access tokens; and by which grant, which may end before them. */
export function proofClaims(
  ctx: KoaContextWithOIDC,
  token: { kind: string } | ClientCredentials,
): Record<string, unknown> | undefined {
  const proof = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken;
  if (token.kind !== "AccessToken" || !proof?.grantId) return undefined;
  return { auth_time: proof.authTime, amr: proof.amr, grant_id: shortHash(proof.grantId) };
}

/**
 * A refresh token's successor is derived from it, so that one sent twice at once gets the same successor twice,
 * though only hashes of both are stored. Nobody derives it without our secret.
 */
export function deriveSuccessors(provider: Provider, secrets: Secrets): void {
  const prototype = provider.RefreshToken.prototype as unknown as { generateTokenId(): string };
  const byChance = prototype.generateTokenId;
  prototype.generateTokenId = function () {
    const rotated = Provider.ctx?.oidc.entities.RotatedRefreshToken;
    return rotated ? successorOf(secrets, rotated.jti) : byChance.call(this);
  };
}

export function successorOf(secrets: Secrets, refreshToken: string): string {
  return secrets.mac("refresh tokens", refreshToken).toString("base64url");
}
