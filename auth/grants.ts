// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client may have, and when a person must be asked: to prove who they are, or to allow a stranger's service something.
import Provider, {
  type ClientCredentials,
  errors,
  type Grant,
  type Interaction,
  interactionPolicy,
  type KoaContextWithOIDC,
} from "oidc-provider";
import type { Allowed, Consents } from "./consents.ts";
import { shortHash } from "./events.ts";
import { addSecondFactorCheck, asksForClass } from "./factors/demand.ts";
import type { Factors } from "./factors/factors.ts";
import type { Secrets } from "./secrets.ts";

/** The library's rules, and four of ours. */
export function promptPolicy(factors: Factors): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  // We vouch for one class of proof, of two factors. Left alone, the library would ask the person to sign in again and again.
  for (const name of ["essential_acr", "essential_acrs"]) {
    const check = policy.get("login")?.checks.get(name);
    if (check) check.check = refuseWhen(check.check);
  }
  const login = policy.get("login");
  if (login) addSecondFactorCheck(login, interactionPolicy.Check, factors);
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

/** The grant that this session has given the client; ours get what they ask for, others what the person allowed before. */
export function loadGrants(consents: Consents): (ctx: KoaContextWithOIDC) => Promise<Grant | undefined> {
  return async (ctx) => {
    const { provider, client, session, account, result } = ctx.oidc;
    if (!client || !session || !account) return undefined;
    const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const found = id ? await provider.Grant.find<Grant>(id) : undefined;
    const known = found?.accountId === account.accountId ? found : undefined;
    const asked = askedIn(ctx);
    const allowed =
      client.first_party === true ? asked : common(asked, await consents.find(account.accountId, client.clientId));
    if (isEmpty(allowed)) return known;
    const grant = known ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    const before = JSON.stringify(grant);
    addTo(grant, allowed);
    if (JSON.stringify(grant) !== before) await grant.save();
    return grant;
  };
}

function askedIn({ oidc }: KoaContextWithOIDC): Allowed {
  const resources = Object.entries(oidc.resourceServers ?? {}).map(([resource, server]): [string, string[]] => [
    resource,
    [...oidc.requestParamScopes].filter((scope) => server.scopes.has(scope)),
  ]);
  return {
    scopes: [...oidc.requestParamOIDCScopes],
    claims: [...oidc.requestParamClaims],
    resources: Object.fromEntries(resources),
  };
}

function common(asked: Allowed, allowed: Allowed | undefined): Allowed {
  const { scopes = [], claims = [], resources = {} } = allowed ?? {};
  const both = (wished: string[], given: string[] = []) => wished.filter((each) => given.includes(each));
  const ofResources = Object.entries(asked.resources).map(([resource, wished]): [string, string[]] => [
    resource,
    both(wished, resources[resource]),
  ]);
  return {
    scopes: both(asked.scopes, scopes),
    claims: both(asked.claims, claims),
    resources: Object.fromEntries(ofResources),
  };
}

function isEmpty({ scopes, claims, resources }: Allowed): boolean {
  return [scopes, claims, ...Object.values(resources)].every((list) => list.length === 0);
}

function addTo(grant: Grant, { scopes, claims, resources }: Allowed): void {
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(" "));
  if (claims.length > 0) grant.addOIDCClaims(claims);
  for (const [resource, names] of Object.entries(resources)) grant.addResourceScope(resource, names.join(" "));
}

interface Missing {
  missingOIDCScope?: string[];
  missingOIDCClaims?: string[];
  missingResourceScopes?: Record<string, string[]>;
}

function missingIn(waiting: Interaction): Allowed {
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = waiting.prompt.details as Missing;
  return { scopes: missingOIDCScope ?? [], claims: missingOIDCClaims ?? [], resources: missingResourceScopes ?? {} };
}

/** Gives a service what the person has just allowed, and remembers it for the next sign-in. Returns the grant's id. */
export async function allowMissing(provider: Provider, consents: Consents, waiting: Interaction): Promise<string> {
  const missing = missingIn(waiting);
  const clientId = String(waiting.params.client_id);
  const accountId = waiting.session?.accountId ?? "";
  const client = await provider.Client.find(clientId);
  const known = waiting.grantId ? await provider.Grant.find<Grant>(waiting.grantId) : undefined;
  const grant = known ?? new provider.Grant({ accountId, clientId });
  addTo(grant, missing);
  if (client?.first_party !== true && !isEmpty(missing)) await consents.remember(accountId, clientId, missing);
  return grant.save();
}

/** What a service asks for and does not have yet; all when it has it all. */
export function wishOf(waiting: Interaction): Allowed {
  const missing = missingIn(waiting);
  if (!isEmpty(missing)) return missing;
  const scopes = String(waiting.params.scope ?? "").split(" ");
  const resources = [waiting.params.resource ?? []].flat().map((resource) => [String(resource), scopes]);
  return { scopes, claims: [], resources: Object.fromEntries(resources) };
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
