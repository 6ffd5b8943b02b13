// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be said of a client on the command line; the options are named like the fields of RFC 7591.
import { readFileSync } from "node:fs";
import type { ClientWish } from "@cdb/api/clients.ts";
import { personScopes, programScopes, staffScopes } from "@cdb/api/scopes.ts";
import { type Command, InvalidArgumentError, Option } from "commander";

export interface ClientOptions {
  name?: string;
  uri?: string;
  policyUri?: string;
  tosUri?: string;
  redirectUris?: string[];
  postLogoutRedirectUris?: string[];
  backchannelLogoutUri?: string;
  backchannelLogoutSession?: true;
  initiateLoginUri?: string;
  grantTypes?: ClientWish["grant_types"];
  authMethod?: ClientWish["token_endpoint_auth_method"];
  jwks?: ClientWish["jwks"];
  jwksUri?: string;
  scope?: string;
  personScopes?: ClientWish["person_scopes"];
  programScopes?: ClientWish["program_scopes"];
  resourceScopes?: ClientWish["resource_scopes"];
  firstParty?: boolean;
  pkce?: boolean;
  native?: boolean;
  pairwise?: boolean;
  sectorIdentifierUri?: string;
  idTokenAlg?: ClientWish["id_token_signed_response_alg"];
  unset?: string[];
}

export function offerClientOptions(command: Command): Command {
  return command
    .option("--name <text>", "as people read it")
    .option("--uri <uri>", "its own page, shown at consent")
    .option("--policy-uri <uri>", "what it does with data, shown at consent")
    .option("--tos-uri <uri>", "its terms, shown at consent")
    .option("--redirect-uris <uri...>", "where people come back to after signing in, to the letter")
    .option("--post-logout-redirect-uris <uri...>", "where they come back to after signing out")
    .option("--backchannel-logout-uri <uri>", "where it is told of a sign-out")
    .option("--backchannel-logout-session", "it wants to be told which session ended")
    .option("--initiate-login-uri <uri>", "where a sign-in at it begins")
    .addOption(
      choice(
        "--grant-types <type...>",
        "how it gets tokens; else authorization_code",
        "authorization_code",
        "refresh_token",
        "client_credentials",
      ),
    )
    .addOption(
      choice(
        "--auth-method <method>",
        "how it proves itself; else client_secret_basic",
        "none",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
      ),
    )
    .option("--jwks <file>", "its public keys, for private_key_jwt", readKeys)
    .option("--jwks-uri <uri>", "where its public keys are, for private_key_jwt")
    .option("--scope <scopes>", "of OpenID Connect, separated by spaces; else all that there are")
    .addOption(
      choice(
        "--person-scopes <scope...>",
        "what it may ask of back in people's names",
        ...Object.keys({ ...personScopes, ...staffScopes }),
      ),
    )
    .addOption(
      choice("--program-scopes <scope...>", "what it may ask of back in its own name", ...Object.keys(programScopes)),
    )
    .option("--resource-scopes <resource=scope,scope>", "of another resource server; once each", readResourceScopes)
    .option("--first-party", "the organisation's own: nobody is asked for consent")
    .option("--no-first-party", "people are asked what it may have")
    .option("--pkce", "it must use PKCE")
    .option("--no-pkce", "for old clients that know no PKCE")
    .option("--native", "an app on people's own devices: any port of the loopback address")
    .option("--no-native", "a web application")
    .option("--pairwise", "it gets identifiers of people that no other client has")
    .option("--no-pairwise", "it gets the identifiers that our own programs have")
    .option("--sector-identifier-uri <uri>", "with several hosts: whose host pairwise identifiers are made for")
    .addOption(
      choice("--id-token-alg <algorithm>", "how its ID tokens are signed; else RS256", "RS256", "ES256", "EdDSA"),
    );
}

function choice(flags: string, meaning: string, ...choices: string[]): Option {
  return new Option(flags, meaning).choices(choices);
}

function readKeys(file: string): NonNullable<ClientWish["jwks"]> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new InvalidArgumentError('It must be a file with a JSON Web Key Set: {"keys": […]}.');
  }
}

function readResourceScopes(text: string, known: Record<string, string[]> = {}): Record<string, string[]> {
  const [, resource, scopes] = /^(.+)=([^=]*)$/.exec(text) ?? [];
  if (resource === undefined || scopes === undefined)
    throw new InvalidArgumentError("It is written like https://calendar.example.org=calendar:read,calendar:write.");
  return { ...known, [resource]: scopes.split(",").filter(Boolean) };
}

/** What was said, under the names of RFC 7591. */
export function readWish(options: ClientOptions): ClientWish {
  const { native, pairwise } = options;
  const wish = {
    client_name: options.name,
    client_uri: options.uri,
    policy_uri: options.policyUri,
    tos_uri: options.tosUri,
    application_type: native === undefined ? undefined : native ? "native" : "web",
    redirect_uris: options.redirectUris,
    post_logout_redirect_uris: options.postLogoutRedirectUris,
    backchannel_logout_uri: options.backchannelLogoutUri,
    backchannel_logout_session_required: options.backchannelLogoutSession,
    initiate_login_uri: options.initiateLoginUri,
    grant_types: options.grantTypes,
    token_endpoint_auth_method: options.authMethod,
    jwks: options.jwks,
    jwks_uri: options.jwksUri,
    scope: options.scope,
    subject_type: pairwise === undefined ? undefined : pairwise ? "pairwise" : "public",
    sector_identifier_uri: options.sectorIdentifierUri,
    id_token_signed_response_alg: options.idTokenAlg,
    first_party: options.firstParty,
    pkce_required: options.pkce,
    person_scopes: options.personScopes,
    program_scopes: options.programScopes,
    resource_scopes: options.resourceScopes,
  };
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as ClientWish;
}
