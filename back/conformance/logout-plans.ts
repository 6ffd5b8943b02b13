// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The plans for signing out: begun by a client (RP-Initiated Logout 1.0), and told to clients (Back-Channel Logout 1.0).
import { createRemoteJWKSet, decodeJwt, jwtVerify, UnsecuredJWT } from "jose";
import type { Page } from "./browser.ts";
import type { Wish } from "./client.ts";
import { expect, type Module, type Plan } from "./module.ts";
import { describe, type Flow, type Stage } from "./stage.ts";

const event = "http://schemas.openid.net/event/backchannel-logout";
const toldWithinMs = 15_000;

type Check = (stage: Stage, page: Page, flow: Flow) => Promise<void>;

/** Signs in in a browser of its own, goes to the end_session endpoint with these parameters, and looks where that ends. */
function signOut(name: string, wish: (stage: Stage, flow: Flow) => Wish, check: Check): Module {
  return {
    name,
    check: async (stage) => {
      const flow = await stage.flow({}, { browser: stage.newBrowser() });
      await check(stage, await flow.browser.open(signOutUrl(stage, wish(stage, flow))), flow);
    },
  };
}

function signOutUrl({ metadata }: Stage, wish: Wish): URL {
  const url = new URL(String(metadata.end_session_endpoint));
  for (const [name, value] of Object.entries(wish)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

const state = "a state & more";
const complete = ({ first }: Stage, { tokens }: Flow): Wish => ({
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: first.signedOutUri,
  state,
});

/** The browser comes back to the client, signed out. */
function comesBack(stateBack: string | null): Check {
  return async (stage, page, { browser }) => {
    const end = await stage.leave(browser, page);
    expect(`${end.url.origin}${end.url.pathname}` === stage.first.signedOutUri, `it ends elsewhere: ${describe(end)}`);
    const told = end.url.searchParams.get("state");
    expect(
      told === stateBack,
      stateBack === null ? "a state comes back that nobody sent" : "the state does not come back",
    );
    expect(!(await stage.isSignedIn(browser)), "the person is still signed in");
  };
}

/** It ends at the provider, signed out: nobody said where to go. */
const staysHere: Check = async (stage, page, { browser }) => {
  const end = await stage.leave(browser, page);
  expect(!end.isOutside && end.status < 400, `it ends elsewhere: ${describe(end)}`);
  expect(!(await stage.isSignedIn(browser)), "the person is still signed in");
};

/** Whatever the person presses, the browser is not sent to an address that nobody vouches for. */
const goesNowhere: Check = async (stage, page, { browser }) => {
  const end = await stage.leave(browser, page);
  expect(!end.isOutside, `it sends the browser to ${describe(end)}`);
  expect(page.status < 500 && end.status < 500, `it answers by ${describe(end)}`);
};

/** Nobody proved whose session it is: a page comes first, and the person is signed in still. */
const asksFirst: Check = async (stage, page, { browser }) => {
  expect(!page.isOutside && page.status < 500, `it does not ask: ${describe(page)}`);
  expect(await stage.isSignedIn(browser), "it signs out without asking");
};

// Alg none, RFC 7519 6: the claims are those of a good token.
function withoutSignature(idToken: string): string {
  return new UnsecuredJWT(decodeJwt(idToken)).encode();
}

const endpoint: Module = {
  name: "oidcc-rp-initiated-logout-discovery-endpoint-verification",
  check: async ({ metadata, issuer }) => {
    const url = URL.parse(String(metadata.end_session_endpoint));
    expect(url, "end_session_endpoint is no address");
    expect(url.protocol === "https:" || issuer.startsWith("http:"), "end_session_endpoint is not reached by https");
  },
};

export const rpInitiatedPlan: Plan = {
  title: "RP-initiated logout",
  modules: [
    endpoint,
    signOut("oidcc-rp-initiated-logout", complete, comesBack(state)),
    signOut(
      "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
      (...of) => ({ ...complete(...of), post_logout_redirect_uri: "https://attacker.invalid/signed-out" }),
      goesNowhere,
    ),
    signOut(
      "oidcc-rp-initiated-logout-modified-id-token-hint",
      (stage, flow) => ({ ...complete(stage, flow), id_token_hint: withoutSignature(flow.tokens.id_token ?? "") }),
      async (stage, page, flow) => {
        await asksFirst(stage, page, flow);
        await goesNowhere(stage, page, flow);
      },
    ),
    signOut(
      "oidcc-rp-initiated-logout-no-id-token-hint",
      (...of) => ({ ...complete(...of), id_token_hint: undefined }),
      asksFirst,
    ),
    signOut("oidcc-rp-initiated-logout-no-params", () => ({}), staysHere),
    signOut(
      "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
      (_stage, { tokens }) => ({ id_token_hint: tokens.id_token }),
      staysHere,
    ),
    signOut(
      "oidcc-rp-initiated-logout-no-state",
      (...of) => ({ ...complete(...of), state: undefined }),
      comesBack(null),
    ),
    signOut("oidcc-rp-initiated-logout-only-state", () => ({ state }), staysHere),
    signOut(
      "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
      (stage, flow) => ({ ...complete(stage, flow), post_logout_redirect_uri: `${stage.first.signedOutUri}?more=1` }),
      goesNowhere,
    ),
    signOut(
      "oidcc-rp-initiated-logout-bad-id-token-hint",
      (...of) => ({ ...complete(...of), id_token_hint: "bad" }),
      async (stage, page, flow) => {
        await asksFirst(stage, page, flow);
        await goesNowhere(stage, page, flow);
      },
    ),
  ],
};

const offered: Module = {
  name: "oidcc-backchannel-logout-discovery-endpoint-verification",
  check: async ({ metadata }) => {
    for (const name of ["backchannel_logout_supported", "backchannel_logout_session_supported"])
      expect(metadata[name] === true, `${name} is not true`);
  },
};

/** Several sign out at once here: only the token of this session is ours. */
const told: Module = {
  name: "oidcc-backchannel-rp-initiated-logout",
  check: async (stage) => {
    const { second, listener } = stage;
    const flow = await stage.flow({}, { client: second, browser: stage.newBrowser() });
    const coming = listener.nextToken(second.logoutUri, toldWithinMs);
    const wish = { ...complete(stage, flow), post_logout_redirect_uri: second.signedOutUri };
    const end = await stage.leave(flow.browser, await flow.browser.open(signOutUrl(stage, wish)));
    expect(`${end.url.origin}${end.url.pathname}` === second.signedOutUri, `it ends elsewhere: ${describe(end)}`);
    const token = await coming;
    expect(token, `within ${toldWithinMs / 1000} s nobody told the client at ${second.logoutUri}`);
    await expectLogoutToken(stage, token, flow);
    expect(!(await stage.isSignedIn(flow.browser)), "the person is still signed in");
  },
};

async function expectLogoutToken({ issuer, metadata, second }: Stage, token: string, flow: Flow): Promise<void> {
  const keys = createRemoteJWKSet(new URL(String(metadata.jwks_uri)));
  const options = {
    issuer,
    audience: second.id,
    algorithms: ["RS256"],
    maxTokenAge: 120,
    requiredClaims: ["exp", "jti"],
  };
  const { payload, protectedHeader } = await jwtVerify(token, keys, options);
  const claims = flow.tokens.claims();
  const [sub, sid] = [claims?.sub, claims?.sid];
  expect(/^(logout\+jwt|jwt)$/i.test(protectedHeader.typ ?? "jwt"), `its type is ${protectedHeader.typ}`);
  expect(payload.sub === sub || payload.sid === sid, "it names neither the person nor the session");
  expect(payload.sid === undefined || payload.sid === sid, "its sid is another than in the ID token");
  expect(typeof payload.events === "object" && event in (payload.events ?? {}), "it does not tell of a sign-out");
  expect(!("nonce" in payload), "it has a nonce");
}

export const backChannelPlan: Plan = { title: "Back-channel logout", modules: [offered, told] };
