// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Of the plan "Basic": requests with more, with less, or with something wrong.
import { UnsecuredJWT } from "jose";
import type { Page } from "./browser.ts";
import type { Wish } from "./client.ts";
import { expect, type Module, NotClaimed } from "./module.ts";
import { describe, type Stage } from "./stage.ts";

/** A request with this, too, ends like one without. */
function taken(name: string, wish: Wish): Module {
  return {
    name,
    check: async (stage) => {
      expect((await stage.flow(wish)).tokens.id_token, "there is no ID token");
    },
  };
}

const byPost: Module = {
  name: "oidcc-ensure-post-request-succeeds",
  check: async (stage) => {
    const browser = await stage.signedIn();
    const begun = stage.first.begin();
    const endpoint = new URL(begun.url.origin + begun.url.pathname);
    const page = await browser.post(endpoint, Object.fromEntries(begun.url.searchParams), "https://client.invalid");
    expect((await begun.take(await stage.arrive(browser, page))).id_token, "there is no ID token");
  },
};

const noType: Module = {
  name: "oidcc-response-type-missing",
  check: async (stage) => {
    const page = await openWith(stage, { response_type: undefined });
    if (page.isOutside) expectError(stage, page, /^(invalid_request|unsupported_response_type|unauthorized_client)$/);
    else expectErrorPage(page);
  },
};

const registered: Module = {
  name: "oidcc-ensure-registered-redirect-uri",
  check: async (stage) => {
    const { redirectUri } = stage.first;
    for (const redirect_uri of ["https://attacker.invalid/", `${redirectUri}/`, `${redirectUri}?more=1`]) {
      const page = await openWith(stage, { redirect_uri });
      expect(!page.isOutside, `it sends the browser to ${redirect_uri}, which is not registered`);
      expectErrorPage(page);
    }
  },
};

const plainObject: Module = {
  name: "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
  check: async (stage) => {
    const nonce = "of-the-request-object";
    const page = await openWith(stage, { request: requestObject(stage, { nonce }), nonce: "of-the-query" });
    await expectHonouredOrRefused(stage, page, /^(request_not_supported|invalid_request(_object)?)$/);
  },
};

const objectUri: Module = {
  name: "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
  check: async (stage) => {
    const page = await openWith(stage, { request_uri: `${stage.listener.base}/request-object` });
    await expectHonouredOrRefused(stage, page, /^(request_uri_not_supported|invalid_request(_uri)?)$/);
  },
};

const objectRedirect: Module = {
  name: "oidcc-ensure-request-object-with-redirect-uri",
  check: async (stage) => {
    const redirect_uri = "https://attacker.invalid/";
    const page = await openWith(stage, { request: requestObject(stage, { redirect_uri }) });
    const isThere = page.isOutside && page.url.href.startsWith(redirect_uri);
    expect(!isThere, "it sends the browser to an address in the request object that is not registered");
    await expectHonouredOrRefused(stage, page, /^(request_not_supported|invalid_request(_object)?)$/);
  },
};

function requestObject({ first, issuer }: Stage, claims: Record<string, string>): string {
  const all = { client_id: first.id, response_type: "code", redirect_uri: first.redirectUri, scope: "openid" };
  return new UnsecuredJWT({ ...all, ...claims }).setIssuer(first.id).setAudience(issuer).encode();
}

async function openWith(stage: Stage, wish: Wish): Promise<Page> {
  return (await stage.signedIn()).open(stage.first.begin(wish).url);
}

/** What a provider does not support it must refuse: ignoring it would be to do something else than was asked. */
async function expectHonouredOrRefused(stage: Stage, page: Page, refusals: RegExp): Promise<void> {
  const isSupported = stage.metadata.request_parameter_supported === true;
  if (isSupported) throw new NotClaimed("request objects are checked by this plan only where they are not supported");
  if (page.isOutside) expectError(stage, page, refusals);
  else expectErrorPage(page);
}

/** The client is told, at its own address. */
export function expectError(stage: Stage, page: Page, codes: RegExp): void {
  expect(page.isOutside, `the client is not told: ${describe(page)}`);
  expect(
    `${page.url.origin}${page.url.pathname}`.startsWith(stage.listener.base),
    `somebody else is told: ${describe(page)}`,
  );
  const error = page.url.searchParams.get("error") ?? "no error";
  expect(codes.test(error), `the client is told of ${error}`);
  expect(!page.url.searchParams.has("code"), "it gives a code");
}

/** The person is told, by a page that is none of signing in. */
export function expectErrorPage(page: Page): void {
  expect(!page.isOutside, `it sends the browser to ${describe(page)}`);
  expect(page.status >= 400 && page.status < 500, `it answers by ${describe(page)}`);
}

export const requestModules: Module[] = [
  noType,
  taken("oidcc-display-page", { display: "page" }),
  taken("oidcc-display-popup", { display: "popup" }),
  taken("oidcc-ensure-request-with-unknown-parameter-succeeds", { extra: "foobar" }),
  taken("oidcc-login-hint", { login_hint: "buffy@example.com" }),
  taken("oidcc-ui-locales", { ui_locales: "se de" }),
  taken("oidcc-claims-locales", { claims_locales: "se de" }),
  taken("oidcc-ensure-request-with-acr-values-succeeds", { acr_values: "1 2" }),
  byPost,
  registered,
  plainObject,
  objectUri,
  objectRedirect,
];
