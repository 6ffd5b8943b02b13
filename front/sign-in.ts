// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Front as a client of auth: OpenID Connect with PKCE for visitors, client credentials for front itself.
import { ProblemError } from "@cdb/api/problems.ts";
import { backResource, type ProgramScope, personScopes, type StaffScope } from "@cdb/api/scopes.ts";
import * as openid from "openid-client";
import { SignedOut } from "./refused.ts";
import type { Pending } from "./session.ts";

export interface Tokens {
  accessToken: string;
  refreshToken?: string | undefined;
  idToken?: string | undefined;
  /** Of the access token: seconds since 1970. */
  expiresAt: number;
}

/** The visitor came back from auth without having signed in, or with something that is not auth's. */
export class SignInFailed extends Error {
  constructor(cause: unknown) {
    super("the visitor was not signed in", { cause });
    this.name = "SignInFailed";
  }
}

// Without offline_access: the session here ends with the one at auth.
const scope = ["openid", "profile", "email", ...Object.keys(personScopes)].join(" ");
const staffPageScopes: StaffScope[] = ["accounts:approve"];
const ownScopes: ProgramScope[] = [
  "registrations:write",
  "pledges:write",
  "payments:start",
  "payments:register",
  "links:follow",
  "mailings:show",
];
const answerWithinSeconds = 8;
const sharedForMs = 20_000;

export class SignIn {
  readonly #issuer: string;
  readonly #clientSecret: string;
  readonly #frontUrl: string;
  #discovery: Promise<openid.Configuration> | undefined;
  #own: Promise<Tokens> | undefined;
  // Several requests of one page bear the same refresh token, and auth lets each be used once.
  readonly #refreshing = new Map<string, Promise<Tokens>>();

  constructor(issuer: string, clientSecret: string, frontUrl: string) {
    this.#issuer = issuer;
    this.#clientSecret = clientSecret;
    this.#frontUrl = frontUrl;
  }

  /**
   * Where to send a visitor who wants to sign in; `again`: even if auth knows them already; `staff`: to pages about other people,
   * for which auth asks for a second factor.
   */
  async start(
    returnTo: string,
    language: string,
    { again = false, staff = false }: { again?: boolean; staff?: boolean } = {},
  ): Promise<{ url: string; pending: Pending }> {
    const auth = await this.#open();
    const verifier = openid.randomPKCECodeVerifier();
    const pending = { state: openid.randomState(), nonce: openid.randomNonce(), verifier, returnTo };
    const url = openid.buildAuthorizationUrl(auth, {
      redirect_uri: `${this.#frontUrl}/signed-in`,
      scope: staff ? [scope, ...staffPageScopes].join(" ") : scope,
      resource: backResource,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ui_locales: language,
      ...(again && { prompt: "login" }),
    });
    return { url: url.href, pending };
  }

  /** Takes the visitor back from auth; `query` is that of /signed-in. Throws SignInFailed. */
  async finish(query: string, { state, nonce, verifier }: Pending): Promise<Tokens> {
    const auth = await this.#open();
    // The address is the configured one: the request's own may be that of a proxy.
    const url = new URL(`${this.#frontUrl}/signed-in${query}`);
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
    return openid
      .authorizationCodeGrant(auth, url, checks, { resource: backResource })
      .then(readTokens, (error) => Promise.reject(isRefusal(error) ? new SignInFailed(error) : unreachable(error)));
  }

  /** New tokens for a session. Throws SignedOut when auth says that it is over. */
  refresh(refreshToken: string): Promise<Tokens> {
    const running = this.#refreshing.get(refreshToken);
    if (running) return running;
    const refreshed = this.#refresh(refreshToken);
    this.#refreshing.set(refreshToken, refreshed);
    const forget = () => this.#refreshing.delete(refreshToken);
    refreshed.then(() => setTimeout(forget, sharedForMs).unref(), forget);
    return refreshed;
  }

  /** Front's own access token. */
  async programToken(): Promise<string> {
    const own = await this.#own?.catch(() => undefined);
    if (own && own.expiresAt - Date.now() / 1000 > 30) return own.accessToken;
    this.#own = this.#fetchProgramToken();
    return (await this.#own).accessToken;
  }

  /** The next call gets a new one: back did not take this. */
  forgetProgramToken(): void {
    this.#own = undefined;
  }

  /** Where a visitor is signed out at auth too. */
  async signOutUrl(idToken: string | undefined): Promise<string> {
    const parameters = { post_logout_redirect_uri: `${this.#frontUrl}/signed-out` };
    const hint: Record<string, string> = idToken === undefined ? {} : { id_token_hint: idToken };
    return openid.buildEndSessionUrl(await this.#open(), { ...parameters, ...hint }).href;
  }

  async #refresh(refreshToken: string): Promise<Tokens> {
    const auth = await this.#open();
    return openid
      .refreshTokenGrant(auth, refreshToken, { resource: backResource })
      .then(readTokens, (error) => Promise.reject(isRefusal(error) ? new SignedOut(error) : unreachable(error)));
  }

  async #fetchProgramToken(): Promise<Tokens> {
    const auth = await this.#open();
    return openid
      .clientCredentialsGrant(auth, { resource: backResource, scope: ownScopes.join(" ") })
      .then(readTokens, (error) => Promise.reject(isRefusal(error) ? error : unreachable(error)));
  }

  // Front starts while auth is down; every call tries again until it is found.
  #open(): Promise<openid.Configuration> {
    this.#discovery ??= openid
      .discovery(new URL(this.#issuer), "front", undefined, openid.ClientSecretBasic(this.#clientSecret), {
        timeout: answerWithinSeconds,
        execute: this.#issuer.startsWith("http:") ? [openid.allowInsecureRequests] : [],
      })
      .catch((error) => {
        this.#discovery = undefined;
        throw unreachable(error);
      });
    return this.#discovery;
  }
}

function readTokens(answer: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers): Tokens {
  return {
    accessToken: answer.access_token,
    expiresAt: Math.floor(Date.now() / 1000) + (answer.expiresIn() ?? 60),
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
    ...(answer.id_token !== undefined && { idToken: answer.id_token }),
  };
}

/** Auth answered, and the answer is no; anything else is trouble on the way. */
function isRefusal(error: unknown): boolean {
  if (error instanceof openid.ResponseBodyError) return error.status < 500;
  if (error instanceof openid.AuthorizationResponseError) return true;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^OAUTH_(INVALID|JWT|JSON|MISSING)/.test(code);
}

function unreachable(cause: unknown): ProblemError {
  if (cause instanceof ProblemError) return cause;
  const detail = cause instanceof Error ? cause.name : "unknown";
  return new ProblemError({
    type: "about:blank",
    title: "Auth does not answer",
    status: 503,
    code: "unreachable",
    detail,
  });
}
