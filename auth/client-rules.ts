// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What a client must be like, said in words that an administrator can act upon; codes as in RFC 7591.
import { Refused } from "@cdb/api/problems.ts";
import { backResource, staffScopes } from "@cdb/api/scopes.ts";
import { type Client, errors, type default as Provider } from "oidc-provider";
import { complaints } from "./client-addresses.ts";
import { type OurClient, oidcScopes } from "./clients.ts";

type Mistake = Refused["fields"][number];
type Rule = (client: OurClient, scopesAt: ResourceScopes) => (Mistake | false | undefined)[];
/** The scopes of each resource server that is known. */
export type ResourceScopes = ReadonlyMap<string, readonly string[]>;

/** Throws Refused with every mistake that is found. */
export function checkClient(client: OurClient, scopesAt: ResourceScopes): void {
  const mistakes = rules.flatMap((rule) => rule(client, scopesAt)).filter((mistake) => typeof mistake === "object");
  if (mistakes.length > 0) throw refuse(mistakes);
}

/** What the library refuses beyond that, in its own words. */
export function checkByLibrary(provider: Provider, client: OurClient): void {
  try {
    // Part of the library, but not of its types.
    new (provider.Client as unknown as new (metadata: OurClient) => Client)(structuredClone(client));
  } catch (error) {
    if (!(error instanceof errors.InvalidClientMetadata)) throw error;
    throw refuse([wrong("", error.error_description ?? error.message)]);
  }
}

function refuse(mistakes: Mistake[]): Refused {
  return new Refused(422, mistakes[0]?.code ?? "invalid_client_metadata", "The client cannot be like this.", mistakes);
}

const rules: Rule[] = [redirects, addresses, authentication, grants, scopes, subjects, names];

function redirects({ redirect_uris = [], post_logout_redirect_uris = [], grant_types = [] }: OurClient): Mistake[] {
  const signsIn = grant_types.includes("authorization_code");
  const wrong = (field: string, detail: string) => ({ field, code: "invalid_redirect_uri", detail });
  return [
    ...(signsIn && redirect_uris.length === 0
      ? [wrong("redirect_uris", "Name at least one address to which people come back after signing in.")]
      : []),
    ...(!signsIn && redirect_uris.length > 0
      ? [wrong("redirect_uris", "Only clients with the grant type authorization_code have redirect URIs.")]
      : []),
    ...complaints({ redirect_uris, post_logout_redirect_uris }).map(([field, detail]) => wrong(field, detail)),
  ];
}

function addresses(client: OurClient): Mistake[] {
  const { client_uri, policy_uri, tos_uri, backchannel_logout_uri, jwks_uri } = client;
  const { initiate_login_uri, sector_identifier_uri } = client;
  const named = { client_uri, policy_uri, tos_uri, backchannel_logout_uri, jwks_uri };
  return complaints({ ...named, initiate_login_uri, sector_identifier_uri }).map(([field, detail]) =>
    wrong(field, detail),
  );
}

function authentication(client: OurClient): (Mistake | false)[] {
  const { token_endpoint_auth_method: method, jwks, jwks_uri, pkce_required, grant_types = [] } = client;
  const hasKeys = jwks !== undefined || jwks_uri !== undefined;
  return [
    method === "private_key_jwt" && !hasKeys && wrong("jwks", "private_key_jwt needs jwks or jwks_uri."),
    method !== "private_key_jwt" && hasKeys && wrong("jwks", "Keys are for clients with private_key_jwt only."),
    jwks !== undefined && jwks_uri !== undefined && wrong("jwks_uri", "Give jwks or jwks_uri, not both."),
    method !== "private_key_jwt" &&
      client.token_endpoint_auth_signing_alg !== undefined &&
      wrong("token_endpoint_auth_signing_alg", "This is for clients with private_key_jwt only."),
    method === "none" &&
      pkce_required === false &&
      wrong("pkce_required", "A public client (token_endpoint_auth_method none) cannot do without PKCE."),
    method === "none" &&
      grant_types.includes("client_credentials") &&
      wrong("grant_types", "A public client has nothing to prove who it is with: no client_credentials."),
  ];
}

function grants({ grant_types = [], backchannel_logout_uri, ...client }: OurClient): (Mistake | false)[] {
  return [
    grant_types.length === 0 && wrong("grant_types", "Name at least one grant type."),
    grant_types.includes("refresh_token") &&
      !grant_types.includes("authorization_code") &&
      wrong("grant_types", "refresh_token comes with authorization_code only."),
    client.backchannel_logout_session_required === true &&
      backchannel_logout_uri === undefined &&
      wrong("backchannel_logout_session_required", "This says something of backchannel_logout_uri, which is missing."),
  ];
}

function scopes(client: OurClient, scopesAt: ResourceScopes): (Mistake | false)[] {
  const { scope = "", grant_types = [], program_scopes = [], person_scopes = [], resource_scopes = {} } = client;
  const wished = scope.split(" ").filter(Boolean);
  const unknown = Object.entries(resource_scopes).filter(([at, words]) => {
    const known = scopesAt.get(at);
    return !known || words.some((word) => !known.includes(word));
  });
  return [
    wished.some((word) => !(oidcScopes as readonly string[]).includes(word)) &&
      wrong("scope", `The provider knows ${oidcScopes.join(", ")}.`),
    grant_types.includes("authorization_code") && !wished.includes("openid") && wrong("scope", "openid must be in it."),
    program_scopes.length > 0 &&
      !grant_types.includes("client_credentials") &&
      wrong("program_scopes", "A client gets these by the grant type client_credentials, which it has not."),
    person_scopes.length > 0 &&
      !grant_types.includes("authorization_code") &&
      wrong("person_scopes", "A client gets these by the grant type authorization_code, which it has not."),
    client.first_party !== true &&
      person_scopes.some((word) => Object.hasOwn(staffScopes, word)) &&
      wrong("person_scopes", "Scopes of the staff are for clients of the organisation's own (first_party)."),
    unknown.length > 0 &&
      wrong("resource_scopes", "It names a resource server, or a scope of one, that is not known. Add that first."),
  ];
}

function subjects(client: OurClient): (Mistake | false)[] {
  const { subject_type, sector_identifier_uri, redirect_uris = [], person_scopes = [], grant_types = [] } = client;
  if (subject_type !== "pairwise") return [];
  const hosts = new Set(redirect_uris.map((each) => URL.parse(each)?.host));
  return [
    person_scopes.length > 0 &&
      wrong("subject_type", `${backResource} knows people by one identifier: a pairwise client has no person_scopes.`),
    hosts.size > 1 &&
      sector_identifier_uri === undefined &&
      wrong("sector_identifier_uri", "With redirect URIs at several hosts a pairwise client needs this."),
    !grant_types.includes("authorization_code") && wrong("subject_type", "Nobody signs in at this client."),
  ];
}

function names({ client_name, first_party }: OurClient): (Mistake | false)[] {
  return [
    first_party !== true &&
      client_name === undefined &&
      wrong("client_name", "People are asked about this client, so it needs a name."),
  ];
}

function wrong(field: string, detail: string): Mistake {
  return { field, code: "invalid_client_metadata", detail };
}
