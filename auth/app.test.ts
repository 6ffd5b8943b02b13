// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page leads on, in the reader's language, under strict headers; bad input is answered, never a failure.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { frontUrl, openBrowser, openClient, signInByPassword, startAuth } from "./test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);
const wayOn = `<a class="button" href="${frontUrl}">`;

test("a sign-in that is over leads on: after the back button, a reload, in a second window", async () => {
  await auth.addPerson("Ada", password);
  const browser = openBrowser(auth.issuer);
  const form = await browser.open((await front.begin()).url);
  const second = await browser.open((await front.begin()).url);
  await browser.submit(form, { identifier: "ada", password });
  const pages = [
    await browser.open(form.url),
    await browser.submit(form, { identifier: "ada", password }),
    await browser.open(form.url.replace("/sign-in/", "/authorize/")),
    await openBrowser(auth.issuer).open(second.url),
    await browser.open(`${auth.issuer}/sign-in/${"a".repeat(43)}`),
  ];
  for (const page of pages) {
    assert.equal(page.status, 410);
    assert.match(page.text, /<h1>This sign-in is over<\/h1>/);
    assert.ok(page.text.includes(wayOn));
  }
  const finished = await browser.submit(second, { identifier: "ada", password });
  assert.ok(new URL(finished.url).searchParams.has("code"), "two windows both sign in");
});

test("a form from another site is refused, with a way on", async () => {
  const browser = openBrowser(auth.issuer);
  const form = await browser.open((await front.begin()).url);
  for (const headers of [{ Origin: "https://evil.example.org" }, { Origin: "null" }, {}] as Record<string, string>[]) {
    const response = await fetch(form.url, {
      method: "POST",
      headers,
      body: new URLSearchParams({ identifier: "ada" }),
    });
    assert.equal(response.status, 403);
    assert.ok((await response.text()).includes(wayOn));
  }
});

test("pages come in the language that the client, the reader or the browser wishes", async () => {
  const browser = openBrowser(auth.issuer);
  const english = await browser.open((await front.begin({ ui_locales: "fr en" })).url);
  assert.match(english.text, /<html lang="en">/);
  const german = await browser.open((await front.begin({ ui_locales: "de-AT en" })).url);
  assert.match(german.text, /<html lang="de">[\s\S]*<h1>Anmelden<\/h1>/);
  const chosen = await browser.open(`${english.url}?lang=de`);
  assert.match(chosen.text, /<html lang="de">/);
  assert.match((await browser.submit(chosen, { identifier: "" })).text, /<html lang="de">/);
  browser.headers["Accept-Language"] = "de-DE,de;q=0.9,en;q=0.8";
  for (const path of ["/sign-in/x", "/sign-out", "/nowhere", "/authorize"])
    assert.match((await browser.open(auth.issuer + path)).text, /<html lang="de">/, path);
});

test("every page has strict headers, no script but ours, and one heading", async () => {
  const browser = openBrowser(auth.issuer);
  const form = await browser.open((await front.begin()).url);
  const pages = [
    form,
    await browser.open(`${auth.issuer}/sign-in/link`),
    await browser.open(`${auth.issuer}/authorize`),
    await browser.open(`${auth.issuer}/nowhere`),
  ];
  for (const { headers, text, url } of pages) {
    const policy = headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /^default-src 'none'; .*script-src '(none|self)';.*frame-ancestors 'none'/, url);
    assert.ok(!policy.includes("unsafe"), url);
    assert.match(headers.get("Content-Type") ?? "", /^text\/html/, url);
    assert.equal(headers.get("Cache-Control"), "no-store", url);
    assert.equal(headers.get("Referrer-Policy"), "same-origin", url);
    assert.equal(text.match(/<h1>/g)?.length, 1, url);
    const ours = /<script type="module" src="\/passkey\.[0-9a-f]{12}\.js"><\/script>/;
    assert.doesNotMatch(text.replace(ours, ""), /<script|style=|onclick/i, url);
    assert.equal(policy.includes("script-src 'self'"), ours.test(text), url);
    assert.ok(text.length < 30_000);
  }
  const [, stylesheet = ""] = /href="(\/style[^"]+)"/.exec(form.text) ?? [];
  const style = await fetch(auth.issuer + stylesheet);
  assert.match(style.headers.get("Content-Type") ?? "", /^text\/css/);
});

test("no parameter writes into the headers", async () => {
  for (const redirect_uri of ["https://x;frame-ancestors", "https://x,sandbox", "https://x'self'"]) {
    const { url } = await front.begin({ redirect_uri });
    const policy = (await openBrowser(auth.issuer).open(url)).headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /; form-action 'self' 'self'; frame-ancestors 'none'; base-uri 'none'$/, redirect_uri);
  }
});

test("the addresses that discovery tells are the issuer's, whatever a visitor claims", async () => {
  const headers = { Host: "evil.example.org", "X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https" };
  const discovery = await (await fetch(`${auth.issuer}/.well-known/openid-configuration`, { headers })).text();
  assert.ok(!discovery.includes("evil"));
  for (const [name, value] of Object.entries(JSON.parse(discovery)))
    if (name.endsWith("_endpoint") || name === "jwks_uri" || name === "issuer")
      assert.ok(String(value).startsWith(auth.issuer), name);
});

test("behind https, cookies are for this host alone, and all addresses are https", async () => {
  const { port } = await startAuth("https://id.example.org");
  const inside = `http://127.0.0.1:${port}`;
  const { authorization_endpoint } = (await (
    await fetch(`${inside}/.well-known/openid-configuration`)
  ).json()) as Record<string, string>;
  assert.equal(authorization_endpoint, "https://id.example.org/authorize");
  const request = new URL((await front.begin()).url).search;
  const begun = await fetch(`${inside}/authorize${request}`, { redirect: "manual" });
  const waiting = begun.headers.getSetCookie();
  assert.ok(waiting.length > 0 && waiting.every((cookie) => /; secure; httponly/i.test(cookie)), waiting.join("\n"));
  const asked = await fetch(inside + new URL(begun.headers.get("Location") ?? "", inside).pathname, {
    method: "POST",
    headers: { Origin: "https://id.example.org", Cookie: waiting.map((cookie) => cookie.split(";")[0]).join("; ") },
    body: new URLSearchParams({ identifier: "ada" }),
    redirect: "manual",
  });
  assert.match(
    asked.headers.getSetCookie().join(),
    /^__Host-auth-browser=[^;]+; .*Path=\/; HttpOnly; Secure; SameSite=Lax/,
  );
});

const garbage = [
  "",
  "\u0000",
  "\ud800",
  "%00",
  "%",
  "a\r\nX: y",
  "<script>",
  "x".repeat(3_000),
  "{}",
  "[]",
  "-1",
  "1e9",
  "..",
  "🦄",
];

test("garbage in any parameter of an address is answered with 4xx or a way on", async () => {
  const { url } = await front.begin();
  const parameters = [
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "ui_locales",
    "login_hint",
    "claims",
    "resource",
    "response_type",
    "response_mode",
    "code_challenge",
    "id_token_hint",
    "acr_values",
    "display",
    "request",
    "request_uri",
    "unknown",
  ];
  for (const parameter of parameters)
    for (const value of garbage) {
      const tried = new URL(url);
      tried.searchParams.set(parameter, value);
      const page = await openBrowser(auth.issuer).open(tried.href);
      assert.ok(page.status < 500, `${parameter}=${JSON.stringify(value.slice(0, 20))}: ${page.status}`);
    }
  for (const path of [
    "/%",
    "/%00",
    "/sign-in/%",
    "/sign-in/%00",
    "/sign-in//link",
    "/authorize/%00",
    "/sign-in/link?token=%",
    "/sign-out?id_token_hint=%00",
    "/sign-out?state=%00&client_id=front",
  ]) {
    const page = await openBrowser(auth.issuer).open(auth.issuer + path);
    assert.ok(page.status < 500, `${path}: ${page.status}`);
  }
});

test("garbage in any form or body is answered with 4xx", async () => {
  const browser = openBrowser(auth.issuer);
  const form = await browser.open((await front.begin()).url);
  const forms: [string, string[]][] = [
    [form.url, ["identifier", "password", "send"]],
    [`${form.url}/link`, ["code"]],
    [`${auth.issuer}/sign-in/link`, ["token", "here"]],
    [
      `${auth.issuer}/token`,
      ["grant_type", "code", "refresh_token", "client_id", "client_secret", "scope", "resource"],
    ],
    [`${auth.issuer}/par`, ["client_id", "request_uri"]],
    [`${auth.issuer}/revoke`, ["token"]],
    [`${auth.issuer}/introspect`, ["token"]],
    [`${auth.issuer}/sign-out/confirm`, ["xsrf", "logout"]],
    [`${auth.issuer}/userinfo`, ["access_token"]],
  ];
  for (const [url, fields] of forms)
    for (const field of fields)
      for (const value of [...garbage, "x".repeat(100_000)]) {
        const { status } = await browser.send(url, { [field]: value });
        const isKept = url === form.url && field !== "password";
        assert.ok(
          (status >= 400 && status < 500) || (isKept && status === 200),
          `${url} ${field}=${value.slice(0, 20)}: ${status}`,
        );
      }
});

test("a body without end is refused before it has come", async () => {
  for (const path of ["/authorize", "/sign-out", "/sign-in/link", "/token"]) {
    const headers = { Origin: auth.issuer, "Content-Type": "application/x-www-form-urlencoded" };
    const sending = request(auth.issuer + path, {
      method: "POST",
      headers: { ...headers, "Content-Length": 1_000_000_000 },
      signal: AbortSignal.timeout(5_000),
    });
    sending.on("error", () => {});
    sending.write("a=b");
    const [{ statusCode }] = (await once(sending, "response")) as [IncomingMessage];
    sending.destroy();
    assert.equal(statusCode, path === "/token" ? 400 : 413, path);
  }
});

test("a body of another kind is refused", async () => {
  const browser = openBrowser(auth.issuer);
  const form = await browser.open((await front.begin()).url);
  for (const path of [form.url, `${auth.issuer}/sign-in/link`, `${auth.issuer}/token`])
    for (const type of ["application/json", "multipart/form-data; boundary=x", "text/plain", ""]) {
      const headers: Record<string, string> = { Origin: auth.issuer, ...(type ? { "Content-Type": type } : {}) };
      const response = await fetch(path, { method: "POST", headers, body: Buffer.from('{"identifier":["a"]}') });
      assert.ok(response.status >= 400 && response.status < 500, `${path} ${type}: ${response.status}`);
    }
});

test("what a request carries is not in the log's way: a state with a NUL comes back as it was", async () => {
  await auth.addPerson("Bob", password);
  const { url } = await front.begin({ state: "a\u0000b\ud83e\udd84" });
  const page = await signInByPassword(openBrowser(auth.issuer), url, "bob", password);
  assert.equal(new URL(page.url).searchParams.get("state"), "a\u0000b\ud83e\udd84");
});
