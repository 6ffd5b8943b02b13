// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The OpenID Connect Provider: oidc-provider with our store, keys, clients, people and pages.
import type { EventEmitter } from "node:events";
import type { Log } from "@cdb/runtime/log.ts";
import Provider, { type Configuration, errors, type KoaContextWithOIDC, type Session } from "oidc-provider";
import { accountClient } from "./account/signed-in.ts";
import type { Back } from "./back.ts";
import { accountsOf, claimsOfScopes, subjectFor } from "./claims.ts";
import { type Clients, compareSecretsByHash, type OurClient, oidcScopes, ourMetadata } from "./clients.ts";
import type { Consents } from "./consents.ts";
import { carryEvents, type Events } from "./events.ts";
import type { Factors } from "./factors/factors.ts";
import { mfaClass } from "./factors/proof.ts";
import { deriveSuccessors, promptPolicy, proofClaims } from "./grants.ts";
import { introspection, tellUsername } from "./introspection.ts";
import type { Keys } from "./keys.ts";
import { loadGrants } from "./load-grants.ts";
import { overPage, troublePage } from "./login/pages.ts";
import { bindProofs } from "./login/proof-binding.ts";
import type { Visitors } from "./login/visitor.ts";
import { resourceDefaults, resourceFor } from "./resource-tokens.ts";
import type { Secrets } from "./secrets.ts";
import { watchSessions } from "./session-use.ts";
import type { Sessions } from "./sessions.ts";
import { type SignOut, skipEmptySignOut, tellClientsByTask } from "./sign-out.ts";
import type { Store } from "./store.ts";
import type { Tasks } from "./tasks.ts";
import { addFormTargets, pageHeaders, put, type Views } from "./view.ts";

export interface ProviderParts {
  issuer: string;
  /** Those of the settings; the others are in the database. */
  ownClients: OurClient[];
  secrets: Secrets;
  keys: Keys;
  store: Store;
  clients: Clients;
  consents: Consents;
  back: Back;
  signOut: SignOut;
  tasks: Tasks;
  events: Events;
  factors: Factors;
  sessions: Sessions;
  visitors: Visitors;
  /** How long a proof of who one is counts at most. */
  sessionSeconds: number;
  views: Views;
  log: Log;
}

const hour = 3_600;
const day = 86_400;

export function buildProvider(parts: ProviderParts): Provider {
  const provider = new Provider(parts.issuer, configure(parts));
  // The addresses it tells are made of headers that app.ts sets from the issuer: outsiders have no say in them.
  provider.proxy = true;
  compareSecretsByHash(provider);
  deriveSuccessors(provider, parts.secrets);
  bindProofs(provider, parts.visitors);
  tellClientsByTask(provider, parts.tasks);
  carryEvents(provider, parts.tasks, parts.events, parts.back);
  provider.use((ctx, next) => frame(ctx as KoaContextWithOIDC, next, parts));
  provider.use((ctx, next) => tellUsername(ctx as KoaContextWithOIDC, next));
  provider.use((ctx, next) => watchSessions(ctx as KoaContextWithOIDC, next, parts));
  provider.use((ctx, next) => skipEmptySignOut(ctx as KoaContextWithOIDC, next));
  const bug = (error: Error) => parts.log.error({ err: error }, "a request failed");
  (provider as EventEmitter).on("error", bug);
  provider.on("server_error", (_ctx, error) => bug(error));
  provider.on("grant.revoked", (ctx) =>
    parts.log.info({ client: ctx.oidc.client?.clientId, route: ctx.oidc.route }, "a grant was revoked"),
  );
  return provider;
}

async function frame(
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
  { issuer, views }: ProviderParts,
): Promise<void> {
  ctx.set(pageHeaders(issuer));
  await next();
  // Forms of these pages end at the client: response_mode=form_post, and signing out.
  const { redirect_uri: signedIn, post_logout_redirect_uri: signedOut } = ctx.oidc?.params ?? {};
  if (typeof ctx.body === "string") addFormTargets(ctx.response, [signedIn, signedOut]);
  if (ctx.status !== 404 || ctx.body) return;
  const view = views.of(ctx);
  const { t } = view;
  await put(ctx, troublePage(view, t("There is no such page")), 404);
}

function configure(parts: ProviderParts): Configuration {
  const { issuer, store, secrets, keys, ownClients, back, views } = parts;
  return {
    adapter: (model: string) => store.adapterFor(model),
    jwks: keys.jwks as NonNullable<Configuration["jwks"]>,
    clients: [...ownClients, accountClient(issuer, views.organisation.name)],
    extraClientMetadata: { properties: [...ourMetadata] },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    enabledJWA: { clientAuthSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"] },
    clientBasedCORS: () => false,
    scopes: [...oidcScopes],
    acrValues: [mfaClass],
    claims: claimsOfScopes,
    findAccount: accountsOf(back),
    subjectTypes: ["public", "pairwise"],
    pairwiseIdentifier: (_ctx, accountId, client) => subjectFor(secrets, client, accountId),
    // Administrators say which of their clients belong together.
    sectorIdentifierUriValidate: () => false,
    extraTokenClaims: proofClaims,
    responseTypes: ["code", "none"],
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (_ctx, client) => client.pkce_required !== false },
    discovery: { ui_locales_supported: views.organisation.languages.interface },
    interactions: { policy: promptPolicy(parts.factors), url: (_ctx, { uid }) => `/sign-in/${uid}` },
    loadExistingGrant: loadGrants(parts.consents),
    rotateRefreshToken: true,
    // Without offline_access it ends with the session.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    routes: {
      authorization: "/authorize",
      pushed_authorization_request: "/par",
      token: "/token",
      userinfo: "/userinfo",
      jwks: "/jwks",
      introspection: "/introspect",
      revocation: "/revoke",
      end_session: "/sign-out",
    },
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      ClientCredentials: 300,
      // At least as long as refresh tokens may go on.
      Grant: 365 * day,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: 30 * day,
      Session: (_ctx, session) => (session.accountId ? secondsLeft(session, parts.sessionSeconds) : hour),
    },
    cookies: cookies(parts),
    features: features(parts),
    renderError: async (ctx, out, error) => {
      const view = views.of(ctx);
      const { t } = view;
      const over = error instanceof errors.SessionNotFound;
      const detail = [out.error, out.error_description].filter(Boolean).join(": ");
      await put(
        ctx,
        over ? overPage(view) : troublePage(view, t("This did not work"), detail),
        over ? 410 : ctx.status,
      );
    },
    fetch: (address, options) => fetchNamed(parts.clients, String(address), options),
  };
}

// Since the person last proved who they are, however often it was used: that it lies idle is the store's to see.
function secondsLeft({ loginTs = 0 }: Session, sessionSeconds: number): number {
  return Math.max(1, loginTs + sessionSeconds - Math.floor(Date.now() / 1000));
}

function cookies({ issuer, secrets }: ProviderParts): Configuration["cookies"] {
  const secure = issuer.startsWith("https:");
  const kept = { signed: true, httpOnly: true, sameSite: "lax", secure } as const;
  return {
    names: {
      session: `${secure ? "__Host-" : ""}auth-session`,
      interaction: "auth-interaction",
      resume: "auth-resume",
    },
    keys: [secrets.key("cookies").toString("base64url")],
    long: { ...kept, path: "/" },
    short: kept,
  };
}

function features({ back, signOut, views }: ProviderParts): Configuration["features"] {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    backchannelLogout: { enabled: true },
    introspection: introspection(back),
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => {
        if (token.clientId !== client.clientId) throw new errors.InvalidRequest("the token is another client's");
        return true;
      },
    },
    resourceIndicators: { enabled: true, getResourceServerInfo: resourceFor, ...resourceDefaults },
    rpInitiatedLogout: signOut.pages(views),
  };
}

// Only addresses that a client named for us to call: our own services may well be on a private network.
async function fetchNamed(clients: Clients, address: string, options: RequestInit = {}): Promise<Response> {
  if (!(await clients.isNamed(address))) throw new Error("no client named this address");
  const { method = "GET", headers = {}, body = null, signal = null } = options;
  return fetch(address, { method, headers, body, signal, redirect: "manual" });
}
