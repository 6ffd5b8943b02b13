// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// One of the two clients that the checks need, by openid-client: what it asks for, and what it takes back.
import * as oidc from "openid-client";
import type { Page } from "./browser.ts";

export interface ClientName {
  id: string;
  secret: string;
}

/** The provider's metadata, as it tells it (Discovery 1.0, RFC 8414). */
export type Metadata = oidc.ServerMetadata & Record<string, unknown>;
export type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;
/** Parameters of the request; `undefined` leaves one of the usual ones out. */
export type Wish = Record<string, string | undefined>;

export interface Begun {
  url: URL;
  /** Takes the code from the address at which the browser arrived. */
  take(landing: Page, config?: oidc.Configuration): Promise<Tokens>;
}

export class Client {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
  readonly signedOutUri: string;
  readonly logoutUri: string;
  readonly #metadata: Metadata;

  /** `base`: where our listener is; the client's addresses begin with it. */
  constructor(metadata: Metadata, { id, secret }: ClientName, base: string) {
    this.id = id;
    this.secret = secret;
    this.#metadata = metadata;
    ({
      redirectUri: this.redirectUri,
      signedOutUri: this.signedOutUri,
      logoutUri: this.logoutUri,
    } = addressesOf(id, base));
  }

  /**
   * As careful as the library is, but for the `iss` of authorization responses: only modules about it are to fail when it is
   * missing. They say `strict`.
   */
  config({ strict = false, by = "basic" }: { strict?: boolean; by?: "basic" | "post" } = {}): oidc.Configuration {
    const metadata = { ...this.#metadata };
    if (!strict) delete metadata.authorization_response_iss_parameter_supported;
    const proof = by === "basic" ? oidc.ClientSecretBasic(this.secret) : oidc.ClientSecretPost(this.secret);
    const config = new oidc.Configuration(metadata, this.id, this.secret, proof);
    oidc.enableNonRepudiationChecks(config);
    if (metadata.issuer.startsWith("http:")) oidc.allowInsecureRequests(config);
    return config;
  }

  /** A sign-in as plain as the standard allows: what a module is not about it does not ask for. */
  begin(wish: Wish = {}, verifier?: string): Begun {
    const state = oidc.randomState();
    const asked: Wish = { redirect_uri: this.redirectUri, response_type: "code", scope: "openid", state, ...wish };
    const told = Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const url = oidc.buildAuthorizationUrl(this.config(), Object.fromEntries(told));
    // The library adds what it takes for forgotten.
    for (const [name, value] of Object.entries(asked)) if (value === undefined) url.searchParams.delete(name);
    const checks: oidc.AuthorizationCodeGrantChecks = {
      ...(asked.state === undefined ? {} : { expectedState: asked.state }),
      ...(asked.nonce === undefined ? {} : { expectedNonce: asked.nonce }),
      ...(verifier === undefined ? {} : { pkceCodeVerifier: verifier }),
      idTokenExpected: true,
    };
    return { url, take: ({ url }, config = this.config()) => oidc.authorizationCodeGrant(config, url, checks) };
  }

  /** With PKCE, by S256. */
  async beginWithPkce(wish: Wish = {}): Promise<Begun & { verifier: string }> {
    const verifier = oidc.randomPKCECodeVerifier();
    const code_challenge = await oidc.calculatePKCECodeChallenge(verifier);
    return { ...this.begin({ code_challenge, code_challenge_method: "S256", ...wish }, verifier), verifier };
  }
}

/** What has to be registered for a client of this id. */
export function addressesOf(
  id: string,
  base: string,
): { redirectUri: string; signedOutUri: string; logoutUri: string } {
  const at = (name: string) => `${base}/${encodeURIComponent(id)}/${name}`;
  return { redirectUri: at("callback"), signedOutUri: at("signed-out"), logoutUri: at("backchannel-logout") };
}
