// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client may have of a person: ours what they ask for, others what the person allows now or has allowed before.
import type { Grant, Interaction, KoaContextWithOIDC, default as Provider } from "oidc-provider";
import type { Allowed, Consents } from "./consents.ts";

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
