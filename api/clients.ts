// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The programs that auth serves, as administrators see and change them; names as in RFC 7591 and OpenID Connect Registration 1.0.
import { z } from "zod";
import { operation } from "./operation.ts";
import { resource, scope } from "./resources.ts";
import { personScopes, programScopes, staffScopes } from "./scopes.ts";
import { administrator, line } from "./shapes.ts";

const clientId = line(100).regex(/^[A-Za-z0-9._-]+$/, "must be letters, digits, dots, dashes and underscores");
/** What a URI must be like in each place auth says itself, in words. */
const uri = line(2000).min(1);
const uris = z.array(uri).max(50);
const certificates = z.array(line(10_000)).max(10);
/** A public key (RFC 7517). */
const jwk = z.record(line(50), z.union([line(2000), certificates, z.boolean(), z.number()]));
/** Those of the staff are for clients of the organisation's own. */
const ofPersons = { ...personScopes, ...staffScopes };

/** What an administrator says of a client. */
const metadata = {
  /** As people read it, at consent. */
  client_name: line(200).min(1),
  client_uri: uri,
  policy_uri: uri,
  tos_uri: uri,
  application_type: z.enum(["web", "native"]),
  redirect_uris: uris,
  post_logout_redirect_uris: uris,
  backchannel_logout_uri: uri,
  backchannel_logout_session_required: z.boolean(),
  initiate_login_uri: uri,
  grant_types: z.array(z.enum(["authorization_code", "refresh_token", "client_credentials"])).max(3),
  token_endpoint_auth_method: z.enum(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]),
  token_endpoint_auth_signing_alg: z.enum(["RS256", "PS256", "ES256", "EdDSA"]),
  jwks: z.strictObject({ keys: z.array(jwk).min(1).max(20) }),
  jwks_uri: uri,
  /** What it may ask of the provider itself, separated by spaces. */
  scope: line(200),
  subject_type: z.enum(["public", "pairwise"]),
  sector_identifier_uri: uri,
  id_token_signed_response_alg: z.enum(["RS256", "ES256", "EdDSA"]),
  /** The organisation's own: nobody is asked for consent. */
  first_party: z.boolean(),
  /** False only for old clients that know no PKCE. */
  pkce_required: z.boolean(),
  /** What it may ask of back in a person's name. */
  person_scopes: z.array(z.enum(Object.keys(ofPersons) as [keyof typeof ofPersons])).max(50),
  /** What it may ask of back in its own name. */
  program_scopes: z.array(z.enum(Object.keys(programScopes) as [keyof typeof programScopes])).max(50),
  /** What it may ask of other resource servers, by their identifier. */
  resource_scopes: z.record(resource, z.array(scope).max(100)),
};
const wish = z.strictObject(metadata).partial();
/** A field that is null goes back to what it is when nothing is said. */
const changes = z.strictObject(
  Object.fromEntries(Object.entries(metadata).map(([name, shape]) => [name, shape.nullish()])) as {
    [name in keyof typeof metadata]: z.ZodOptional<z.ZodNullable<(typeof metadata)[name]>>;
  },
);
export type ClientWish = z.output<typeof wish>;
export type ClientChanges = z.output<typeof changes>;

const client = z.object({
  client_id: z.string(),
  ...wish.shape,
  created_at: z.string(),
  /** Until when the secret of before the last rotation is taken too. */
  old_secret_until: z.string().nullable(),
});
export type ShownClient = z.output<typeof client>;
const params = z.strictObject({ id: clientId });
/** The secret is told this once: auth keeps a hash of it. */
const withSecret = z.object({ client, client_secret: z.string().nullable() });
const change = z.object({ verb: z.string(), by: z.string(), at: z.string() });

export const listClients = operation({
  name: "clients.list",
  summary: "The clients that administrators added",
  method: "GET",
  path: "/manage/clients",
  scope: "clients:manage",
  answer: z.object({ clients: z.array(client) }),
});

export const showClient = operation({
  name: "clients.show",
  summary: "One client, and who changed it when",
  method: "GET",
  path: "/manage/clients/{id}",
  scope: "clients:manage",
  params,
  answer: z.object({ client, changes: z.array(change) }),
});

export const addClient = operation({
  name: "clients.add",
  summary: "Add a client; where it needs a secret, one is made and told",
  method: "POST",
  path: "/manage/clients",
  scope: "clients:manage",
  query: administrator,
  body: z.strictObject({ client_id: clientId, ...wish.shape }),
  answer: withSecret,
  status: 201,
});

export const changeClient = operation({
  name: "clients.change",
  summary: "Change what is named of a client; a secret is made where it needs one and has none",
  method: "PATCH",
  path: "/manage/clients/{id}",
  scope: "clients:manage",
  params,
  query: administrator,
  body: changes,
  answer: withSecret,
});

export const removeClient = operation({
  name: "clients.remove",
  summary: "Remove a client with all that was handed out to it",
  method: "DELETE",
  path: "/manage/clients/{id}",
  scope: "clients:manage",
  params,
  query: administrator,
});

export const rotateClientSecret = operation({
  name: "clients.rotateSecret",
  summary: "Make a client's next secret; the one before is taken for some hours more",
  method: "POST",
  path: "/manage/clients/{id}/secret",
  scope: "clients:manage",
  params,
  query: administrator,
  body: z.strictObject({ overlap_hours: z.number().int().min(0).max(720) }),
  answer: withSecret,
});
