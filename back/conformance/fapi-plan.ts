// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Of the plan "FAPI 2 Security Profile" what needs no sender-constrained tokens: pushed requests, PKCE, codes and their client.
import * as oidc from "openid-client";
import type { Page } from "./browser.ts";
import { expectRefused } from "./code-modules.ts";
import { expect, type Module, NotClaimed, type Plan, Unmet } from "./module.ts";
import { expectError, expectErrorPage } from "./request-modules.ts";
import type { Stage } from "./stage.ts";

const named = (name: string, check: Module["check"]): Module => ({
  name: `fapi2-security-profile-final-${name}`,
  check: async (stage) => {
    if (!stage.metadata.pushed_authorization_request_endpoint) throw new NotClaimed("pushed requests are not offered");
    await check(stage);
  },
});

const discovery = named("discovery-end-point-verification", async ({ metadata }) => {
  expect(
    metadata.authorization_response_iss_parameter_supported === true,
    "responses do not name the issuer (RFC 9207)",
  );
  expect(metadata.code_challenge_methods_supported?.includes("S256"), "PKCE by S256 is not offered");
  expect(!metadata.code_challenge_methods_supported?.includes("plain"), "PKCE without a hash is offered");
  expect(!metadata.response_types_supported?.some((type) => /token/.test(type)), "tokens go through the browser");
});

/** Pushes a request of the second client; answers the parameters with which the browser is sent. */
async function push(stage: Stage, wish: Record<string, string | undefined> = {}): Promise<Pushed> {
  const { second } = stage;
  const begun = await second.beginWithPkce(wish);
  const url = await oidc.buildAuthorizationUrlWithPAR(second.config(), begun.url.searchParams);
  return { ...begun, url };
}
type Pushed = Awaited<ReturnType<Stage["second"]["beginWithPkce"]>>;

/** In a browser of its own: some providers end all of a session's grant when one code of it is misused. */
async function land(stage: Stage, { url }: { url: URL }, browser = stage.newBrowser()): Promise<Page> {
  return stage.arrive(browser, await browser.open(url));
}

const noState = named("ensure-authorization-request-without-state-success", async (stage) => {
  const begun = await push(stage, { state: undefined });
  const landing = await land(stage, begun);
  expect(!landing.url.searchParams.has("state"), "a state comes back that nobody sent");
  expect(landing.url.searchParams.get("iss") === stage.issuer, "the response does not name the issuer (RFC 9207)");
  expect((await begun.take(landing, stage.second.config({ strict: true }))).access_token, "there is no token");
});

const longState = named("ensure-authorization-request-with-long-state", async (stage) => {
  const begun = await push(stage, { state: "s".repeat(384) });
  expect((await begun.take(await land(stage, begun))).access_token, "there is no token");
});

const bound = named("ensure-authorization-code-is-bound-to-client", async (stage) => {
  const begun = await push(stage);
  const landing = await land(stage, begun);
  await expectRefused(() => begun.take(landing, stage.first.config()), "a code of another client");
});

const verifierRequired = named("ensure-pkce-code-verifier-required", async (stage) => {
  const { second } = stage;
  const landing = await land(stage, await push(stage));
  const code = landing.url.searchParams.get("code") ?? "";
  const parameters = { code, redirect_uri: second.redirectUri };
  await expectRefused(
    () => oidc.genericGrantRequest(second.config(), "authorization_code", parameters),
    "a code without its verifier",
  );
});

const reused = named("attempt-reuse-authorization-code-after-one-second", async (stage) => {
  const begun = await push(stage);
  const landing = await land(stage, begun);
  await begun.take(landing);
  await stage.pause(1);
  await expectRefused(() => begun.take(landing), "a code that was used");
});

const uriReused = named("par-attempt-reuse-request_uri", async (stage) => {
  const begun = await push(stage);
  const browser = stage.newBrowser();
  await land(stage, begun, browser);
  const page = await browser.open(begun.url);
  if (page.isOutside) expectError(stage, page, /^(invalid_request_uri|invalid_request|access_denied)$/);
  else expectErrorPage(page);
});

const lookedAtFirst = named("par-ensure-reused-request-uri-prior-to-auth-completion-succeeds", async (stage) => {
  const browser = stage.newBrowser();
  const begun = await push(stage);
  await browser.open(begun.url);
  const landing = await stage.arrive(browser, await browser.open(begun.url));
  expect((await begun.take(landing)).access_token, "there is no token");
});

/** The pushed request itself is refused, by one of these errors. */
async function expectPushRefused(stage: Stage, parameters: Record<string, string>, errors: RegExp): Promise<void> {
  try {
    await oidc.buildAuthorizationUrlWithPAR(stage.second.config(), parameters);
  } catch (error) {
    const { error: code } = error as oidc.ResponseBodyError;
    expect(errors.test(code ?? ""), `the push is answered by ${code ?? String(error)}`);
    return;
  }
  throw new Unmet("the push is taken");
}

const plain = ({ second }: Stage) => ({ redirect_uri: second.redirectUri, response_type: "code", scope: "openid" });
const challenge = { code_challenge: "x".repeat(43), code_challenge_method: "S256" };

const pkceRequired = named("par-ensure-pkce-required", (stage) =>
  expectPushRefused(stage, plain(stage), /^invalid_request$/),
);

const uriInside = named("par-authorization-request-containing-request_uri-form-param", (stage) =>
  expectPushRefused(
    stage,
    { ...plain(stage), ...challenge, request_uri: "urn:example:1" },
    /^(invalid_request|request_uri_not)/,
  ),
);

const noToken = named("ensure-response-type-token-fails", (stage) =>
  expectPushRefused(
    stage,
    { ...plain(stage), ...challenge, response_type: "token" },
    /^(unsupported_response_type|invalid_request|unauthorized_client)$/,
  ),
);

const byGet = named("par-attempt-invalid-http-method", async ({ metadata }) => {
  const { status } = await fetch(String(metadata.pushed_authorization_request_endpoint));
  expect(status >= 400 && status < 500, `GET is answered ${status}`);
});

export const fapiPlan: Plan = {
  title: "FAPI 2",
  modules: [
    discovery,
    noState,
    longState,
    bound,
    verifierRequired,
    reused,
    uriReused,
    lookedAtFirst,
    pkceRequired,
    uriInside,
    noToken,
    byGet,
  ],
};
