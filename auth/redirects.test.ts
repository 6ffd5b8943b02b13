// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Addresses that look like registered ones, and parameters that come twice: nobody is sent where no client said.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frontSecret, frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
await auth.addPerson("Ada", password);
await auth.addClient({
  client_id: "wiki",
  client_secret: "wikisecretwikisecret",
  redirect_uris: ["http://localhost:8080/callback?tenant=a", "http://127.0.0.1/native"],
  post_logout_redirect_uris: ["http://localhost:8080/out"],
  grant_types: ["authorization_code"],
});
const browser = openBrowser(auth.issuer);
await signInByPassword(browser, (await front.begin()).url, "ada", password);

/** What is like `right`, and is not it. */
function tricksOn(right: string): string[] {
  const { origin, protocol, host, hostname, pathname } = new URL(right);
  const rest = right.slice(origin.length);
  const at = (authority: string, scheme = protocol) => `${scheme}//${authority}${rest}`;
  return [
    ...[
      `${right}/`,
      `${right}/x`,
      `${right}x`,
      right.slice(0, -1),
      `${right}#`,
      `${right}#x`,
      `${right}%23`,
      `${right}?`,
    ],
    ...[
      `${right}?x=1`,
      `${right}&x=1`,
      `${right};x`,
      `${right}%00`,
      `${right} `,
      ` ${right}`,
      `${right}\n`,
      `${right}\t`,
    ],
    ...[`${origin}/x/..${pathname}`, `${origin}/.${pathname}`, `${origin}/${pathname}`, `${origin}/%2e%2e${pathname}`],
    ...[
      right.toUpperCase(),
      at(host.toUpperCase()),
      at(host, protocol.toUpperCase()),
      `${origin}${pathname.toUpperCase()}`,
    ],
    right.replace(
      pathname,
      pathname.replace(/^\/(.)/, (_, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`),
    ),
    ...[
      at(`${hostname}:444`),
      at(`${hostname}:`),
      at(`${hostname}:0`),
      at(`${hostname}.`),
      at(`${hostname}.evil.example`),
    ],
    ...[
      at(`evil@${host}`),
      at(`${host}@evil.example`),
      at(`:@${host}`),
      at(`evil.example\\@${host}`),
      at(`evil.example#@${host}`),
    ],
    ...[
      at(`${host}\\.evil.example`),
      `${protocol}\\\\${host}${rest}`,
      `${protocol}/${host}${rest}`,
      `//${host}${rest}`,
    ],
    ...[at(`evil.example/${host}`), at(`${host}%2eevil.example`), at(`${host}%00.evil.example`), at(`xn--${host}`)],
    ...[
      at(host.replace("o", "ο")),
      at(host.replace(".", "。")),
      at(host.replace("l", "ℓ")),
      at(`${host}\u200b`),
      at(`\u202e${host}`),
    ],
    ...[at(host, protocol === "https:" ? "http:" : "https:"), at(host, "ftp:"), `javascript:alert(1)//${right}`],
    ...[
      "data:text/html,x",
      "about:blank",
      "null",
      "/",
      "?",
      "*",
      "",
      encodeURIComponent(right),
      `${right} https://evil.example`,
    ],
    ...[
      `${right}\u0000`,
      `${right}%0d%0aLocation:%20https://evil.example`,
      `[${right}]`,
      `${right},https://evil.example`,
    ],
    "https://evil.example/".repeat(200),
  ].filter((trick) => trick !== right);
}

test("no trick leads to an address that the client did not register", async () => {
  const cases: [string, string][] = [
    ["front", front.redirectUri],
    ["wiki", "http://localhost:8080/callback?tenant=a"],
    ["wiki", "http://127.0.0.1/native"],
  ];
  for (const [client_id, right] of cases) {
    const { url } = await front.begin({ client_id, redirect_uri: right, scope: "openid" });
    assert.ok((await browser.open(url)).url.startsWith(right), right);
    for (const redirect_uri of tricksOn(right)) {
      const page = await browser.open((await front.begin({ client_id, redirect_uri })).url);
      assert.ok(page.url.startsWith(auth.issuer), `${JSON.stringify(redirect_uri)} leads to ${page.url}`);
      assert.equal(page.status, 400, redirect_uri);
      assert.match(page.text, /<h1>This did not work<\/h1>/, redirect_uri);
    }
  }
});

test("a request without an address is refused: the client may get another one", async () => {
  const { url } = await front.begin();
  const without = new URL(url);
  without.searchParams.delete("redirect_uri");
  assert.equal((await browser.open(without.href)).status, 400);
});

test("no trick is taken in a pushed request, or when the code is redeemed", async () => {
  const begun = await front.begin();
  const landing = await browser.open(begun.url);
  const code = new URL(landing.url).searchParams.get("code") ?? "";
  for (const redirect_uri of tricksOn(front.redirectUri)) {
    const { search } = new URL((await front.begin({ redirect_uri })).url);
    const pushed = await post("/par", new URLSearchParams(search));
    assert.equal(pushed.status, 400, redirect_uri);
    const form = { grant_type: "authorization_code", code, redirect_uri, code_verifier: "x".repeat(43) };
    const redeemed = await post("/token", new URLSearchParams(form));
    assert.equal(redeemed.status, 400, redirect_uri);
  }
  assert.ok((await begun.take(landing)).id_token, "the right one has it still");
});

function post(path: string, body: URLSearchParams): Promise<Response> {
  const headers = { Authorization: `Basic ${Buffer.from(`front:${frontSecret}`).toString("base64")}` };
  return fetch(`${auth.issuer}${path}`, { method: "POST", headers, body });
}

test("no trick leads away when signing out", async () => {
  const begun = await front.begin();
  const { id_token = "" } = await begun.take(await browser.open(begun.url));
  const right = `${frontUrl}/signed-out`;
  for (const trick of tricksOn(right)) {
    const wish = { id_token_hint: id_token, post_logout_redirect_uri: trick };
    const page = await browser.open(`${auth.issuer}/sign-out?${new URLSearchParams(wish)}`);
    // An empty one is none.
    if (trick === "") continue;
    assert.ok(page.url.startsWith(auth.issuer), `${JSON.stringify(trick)} leads to ${page.url}`);
    assert.equal(page.status, 400, trick);
  }
});

const evil = "https://evil.example/";
const others: Record<string, string> = {
  client_id: "wiki",
  redirect_uri: evil,
  response_type: "token",
  response_mode: "fragment",
  scope: "openid email",
  state: "another",
  nonce: "another",
  code_challenge: "x".repeat(43),
  code_challenge_method: "plain",
  prompt: "none",
  max_age: "1",
};

test("a parameter that comes twice is refused, before or behind, in the address or in a form", async () => {
  for (const [name, value] of Object.entries(others)) {
    const { url } = await front.begin({ nonce: "one", max_age: "10000", prompt: "login", response_mode: "query" });
    const [path = "", query = ""] = url.split("?");
    const more = `${name}=${encodeURIComponent(value)}`;
    for (const doubled of [`${query}&${more}`, `${more}&${query}`, `${query}&${name}=`]) {
      const pages = [
        await openBrowser(auth.issuer).open(`${path}?${doubled}`),
        await openBrowser(auth.issuer).open(
          (await fetch(path, { method: "POST", body: new URLSearchParams(doubled), redirect: "manual" })).headers
            .get("Location")
            ?.replace(/^\//, `${auth.issuer}/`) ?? "",
        ),
      ];
      for (const { url: end, status } of pages) {
        const said = new URL(end).searchParams;
        const isTold = end.startsWith(front.redirectUri) && said.get("error") === "invalid_request";
        assert.ok(isTold || status === 400, `${name}: ${status} ${end}`);
      }
      assert.equal((await post("/par", new URLSearchParams(doubled))).status, 400, name);
    }
  }
});

test("a parameter that comes twice is refused at the token endpoint, and so is proof of two kinds", async () => {
  const refused = async (form: string, headers: Record<string, string> = {}) => {
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await fetch(`${auth.issuer}/token`, {
      method: "POST",
      headers: { ...type, ...headers },
      body: form,
    });
    assert.ok([400, 401].includes(answer.status), `${form}: ${answer.status}`);
    assert.match((await answer.json()).error, /^invalid_/);
  };
  const proof = `client_id=front&client_secret=${frontSecret}`;
  const whole = `${proof}&grant_type=client_credentials&scope=payments:start`;
  await refused(`${whole}&grant_type=refresh_token`);
  await refused(`${whole}&scope=links:follow`);
  await refused(`${whole}&client_id=wiki`);
  await refused(`${whole}&client_secret=${frontSecret}`);
  await refused(whole, { Authorization: `Basic ${Buffer.from(`front:${frontSecret}`).toString("base64")}` });
  await refused(whole, { Authorization: `Basic ${Buffer.from("wiki:wikisecretwikisecret").toString("base64")}` });
});
