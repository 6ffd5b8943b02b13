// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client may have, and when a person must be asked: to prove who they are, or to allow a stranger's service something.
import type { Log } from "@cdb/runtime/log.ts";
import Provider, {
  type ClientCredentials,
  errors,
  type Grant,
  type Interaction,
  interactionPolicy,
  type KoaContextWithOIDC,
} from "oidc-provider";
import type { Back } from "./back.ts";
import { claimsOfScopes } from "./claims.ts";
import type { Secrets } from "./secrets.ts";
import type { Tasks } from "./tasks.ts";

/** The library's rules, and three of ours. */
export function promptPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  // We vouch for no class of proof. Left alone, the library would ask the person to sign in again and again.
  for (const name of ["essential_acr", "essential_acrs"]) {
    const check = policy.get("login")?.checks.get(name);
    if (check) check.check = refuseWhen(check.check);
  }
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
    if (await isUnmet(ctx)) throw new errors.UnmetAuthenticationRequirements("no such acr is given here");
    return false;
  };
}

/** The grant that this session has given the client; the organisation's own clients get what they ask for. */
export async function loadGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { provider, client, session, account, result } = ctx.oidc;
  if (!client || !session || !account) return undefined;
  const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const found = id ? await provider.Grant.find<Grant>(id) : undefined;
  const known = found?.accountId === account.accountId ? found : undefined;
  if (client.first_party !== true) return known;
  const grant = known ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  const before = JSON.stringify(grant);
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(" "));
  grant.addOIDCClaims([...ctx.oidc.requestParamClaims]);
  for (const [resource, server] of Object.entries(ctx.oidc.resourceServers ?? {}))
    grant.addResourceScope(
      resource,
      [...ctx.oidc.requestParamScopes].filter((scope) => server.scopes.has(scope)).join(" "),
    );
  if (JSON.stringify(grant) !== before) await grant.save();
  return grant;
}

interface Missing {
  missingOIDCScope?: string[];
  missingOIDCClaims?: string[];
  missingResourceScopes?: Record<string, string[]>;
}

/** Gives a service what the person has just allowed. Returns the grant's id. */
export async function allowMissing(provider: Provider, waiting: Interaction): Promise<string> {
  const missing = waiting.prompt.details as Missing;
  const known = waiting.grantId ? await provider.Grant.find<Grant>(waiting.grantId) : undefined;
  const grant =
    known ??
    new provider.Grant({ accountId: waiting.session?.accountId ?? "", clientId: String(waiting.params.client_id) });
  if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(" "));
  if (missing.missingOIDCClaims) grant.addOIDCClaims(missing.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {}))
    grant.addResourceScope(resource, scopes.join(" "));
  return grant.save();
}

/** The scopes that a service asks for and does not have yet, those of single claims included; all when it has them all. */
export function missingScopes(waiting: Interaction): string[] {
  const {
    missingOIDCScope = [],
    missingOIDCClaims = [],
    missingResourceScopes = {},
  } = waiting.prompt.details as Missing;
  const ofClaims = Object.entries(claimsOfScopes)
    .filter(([, claims]) => claims?.some((claim) => missingOIDCClaims.includes(claim)))
    .map(([scope]) => scope);
  const missing = new Set([...missingOIDCScope, ...ofClaims, ...Object.values(missingResourceScopes).flat()]);
  return missing.size > 0 ? [...missing] : String(waiting.params.scope ?? "").split(" ");
}

/** RFC 9068 2.2.1: when and how the person proved who they are, in access tokens for back. */
export function proofClaims(
  ctx: KoaContextWithOIDC,
  token: { kind: string } | ClientCredentials,
): Record<string, unknown> | undefined {
  const proof = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken;
  return token.kind === "AccessToken" && proof ? { auth_time: proof.authTime, amr: proof.amr } : undefined;
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

/** Has people told whose grant the library ended because a refresh token came back long after its successor was given. */
export function tellOfReuse(provider: Provider, tasks: Tasks, back: Back, log: Log): void {
  provider.on("grant.error", (ctx, error) => {
    const { client, entities } = ctx.oidc;
    if (error.error_detail !== "refresh token already used" || !client || !entities.RefreshToken) return;
    const { accountId } = entities.RefreshToken;
    tasks
      .queue({ kind: "tell-person", clientId: client.clientId, accountId, sid: null })
      .catch((cause: unknown) => log.error({ err: cause }, "could not have a person told of a token used twice"));
  });
  tasks.teach("tell-person", async ({ clientId, accountId }) => {
    const client = await provider.Client.find(clientId);
    await back.tellOfReuse(accountId, (client?.clientName ?? clientId).slice(0, 200));
  });
}
