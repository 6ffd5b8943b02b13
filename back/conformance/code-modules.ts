// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Of the plan "Basic": codes, ID tokens and refresh tokens.
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { expect, type Module, NotClaimed, Unmet } from "./module.ts";
import type { Stage } from "./stage.ts";

const happy: Module = {
  name: "oidcc-server",
  check: async (stage) => {
    const nonce = oidc.randomNonce();
    const begun = stage.first.begin({ nonce });
    const browser = await stage.signedIn();
    const landing = await stage.arrive(browser, await browser.open(begun.url));
    expect(`${landing.url.origin}${landing.url.pathname}` === stage.first.redirectUri, "the code went elsewhere");
    const iss = landing.url.searchParams.get("iss");
    expect(iss === null || iss === stage.issuer, "the response names another issuer");
    expectChance(landing.url.searchParams.get("code") ?? "", 96, "the code");
    const tokens = await begun.take(landing, stage.first.config({ strict: true }));
    expect(tokens.token_type.toLowerCase() === "bearer", `the token is of the type ${tokens.token_type}`);
    expect(tokens.claims()?.nonce === nonce, "the ID token does not have the nonce");
    expectNothingUnasked(Object.keys(tokens.claims() ?? {}));
  },
};

// Base64url holds 6 bits a letter.
function expectChance(text: string, bits: number, what: string): void {
  expect(text.length * 6 >= bits, `${what} has only ${text.length} letters`);
  expect(new Set(text).size >= 8, `${what} does not look like chance`);
}

const ofEveryToken = "iss sub aud exp iat nbf auth_time nonce acr amr azp at_hash c_hash s_hash sid jti".split(" ");

function expectNothingUnasked(claims: string[]): void {
  const more = claims.filter((claim) => !ofEveryToken.includes(claim));
  expect(more.length === 0, `the ID token tells what nobody asked for: ${more.join(", ")}`);
}

const signature: Module = {
  name: "oidcc-idtoken-signature",
  check: async (stage) => {
    const { tokens } = await stage.flow();
    const idToken = tokens.id_token ?? "";
    const { alg, kid } = decodeProtectedHeader(idToken);
    expect(alg === "RS256", `the ID token is signed by ${alg}`);
    expect(kid !== undefined, "the ID token does not name its key");
    const keys = createRemoteJWKSet(new URL(String(stage.metadata.jwks_uri)));
    await jwtVerify(idToken, keys, { issuer: stage.issuer, audience: stage.first.id, algorithms: ["RS256"] });
  },
};

const unsigned: Module = {
  name: "oidcc-idtoken-unsigned",
  check: async ({ metadata }) => {
    const { id_token_signing_alg_values_supported: algorithms } = metadata;
    expect(!algorithms?.includes("none"), "it offers ID tokens without a signature");
    throw new NotClaimed("unsigned ID tokens are not offered, as it should be");
  },
};

const noNonce: Module = {
  name: "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
  check: async (stage) => {
    const { tokens } = await stage.flow({ nonce: undefined });
    expect(tokens.claims()?.nonce === undefined, "the ID token has a nonce that nobody sent");
  },
};

const byPost: Module = {
  name: "oidcc-server-client-secret-post",
  check: async (stage) => {
    const begun = stage.first.begin();
    const browser = await stage.signedIn();
    const landing = await stage.arrive(browser, await browser.open(begun.url));
    const methods = stage.metadata.token_endpoint_auth_methods_supported ?? [];
    if (!methods.includes("client_secret_post")) throw new NotClaimed("client_secret_post is not offered");
    expect((await begun.take(landing, stage.first.config({ by: "post" }))).id_token, "there is no ID token");
  },
};

const pkce: Module = {
  name: "oidcc-ensure-request-with-valid-pkce-succeeds",
  check: async (stage) => {
    const browser = await stage.signedIn();
    const begun = await stage.first.beginWithPkce();
    expect(
      (await begun.take(await stage.arrive(browser, await browser.open(begun.url)))).id_token,
      "there is no ID token",
    );
  },
};

/** A code sent again after this time: refused, and what was given for it ends; so nothing else may hang on that session. */
function reuse(name: string, wait: (stage: Stage) => number): Module {
  return {
    name,
    check: async (stage) => {
      const browser = stage.newBrowser();
      const begun = stage.first.begin();
      const landing = await stage.arrive(browser, await browser.open(begun.url));
      const tokens = await begun.take(landing);
      await stage.pause(wait(stage));
      await expectRefused(() => begun.take(landing), "a code that was used");
      const { status } = await fetch(String(stage.metadata.userinfo_endpoint), {
        headers: { Authorization: `Bearer ${tokens.access_token}` },
      });
      expect(status === 401, `after the reuse the access token still works (${status})`);
    },
  };
}

/** Something is refused as invalid_grant, by status 400. */
export async function expectRefused(attempt: () => Promise<unknown>, what: string): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    const { error: code, status } = error as oidc.ResponseBodyError;
    expect(code === "invalid_grant" && status === 400, `${what} is answered by ${status} ${code ?? String(error)}`);
    return;
  }
  throw new Unmet(`${what} is taken`);
}

const refresh: Module = {
  name: "oidcc-refresh-token",
  check: async (stage) => {
    const { first, second } = stage;
    const offline = stage.metadata.scopes_supported?.includes("offline_access");
    const wish = offline ? { scope: "openid offline_access", prompt: "consent" } : {};
    const { tokens } = await stage.flow(wish);
    const { refresh_token: token } = tokens;
    if (token === undefined) throw new NotClaimed("this client gets no refresh token");
    await expectRefused(() => oidc.refreshTokenGrant(second.config(), token), "a refresh token of another client");
    const fresh = await oidc.refreshTokenGrant(first.config(), token);
    expect(fresh.access_token !== tokens.access_token, "the refreshed access token is the old one");
    const [before, after] = [tokens.claims(), fresh.claims()];
    if (after)
      expect(after.sub === before?.sub && after.iss === before.iss, "the refreshed ID token is another person's");
  },
};

export const codeModules: Module[] = [
  happy,
  signature,
  unsigned,
  noNonce,
  byPost,
  pkce,
  reuse("oidcc-codereuse", () => 0),
  reuse("oidcc-codereuse-30seconds", ({ codeAge }) => codeAge),
  refresh,
];
