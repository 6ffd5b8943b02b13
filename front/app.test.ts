// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// What holds for every page: headers, languages, origins, limits, and mistakes of whatever kind.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openLog } from "@cdb/runtime/log.ts";
import { aLink, aMailing } from "./test/back.ts";
import { openFront, openTown } from "./test/town.ts";

const town = await openTown();
const anyone = town.visitor();
const ada = town.visitor();
await ada.signIn();
town.back.payables.set("EX427", { reference: "EX427", kind: "person", amount: null, interval: null, ended: false });
town.back.links.set("token", aLink());
town.back.news.push(aMailing());

const pages = [
  "/",
  "/donate",
  "/support",
  "/subscribe",
  "/payonline/EX427",
  "/transfer/EX427",
  "/command/confirm?link=token",
  "/thanks",
  "/cancelled",
  "/signed-out",
  "/nothing",
  "/settings",
  "/settings/profile",
  "/settings/address",
  "/settings/email-address",
  "/settings/consents",
  "/settings/donations",
  "/settings/mails",
  "/news",
  "/news/news-1",
  `/mailings/0-${"0".repeat(20)}`,
];
const forms = [
  "/donate",
  "/support",
  "/subscribe",
  "/subscribe-api",
  "/payonline/EX427",
  "/pay/EX427",
  "/sign-out",
  "/command/confirm?link=token",
  "/settings/profile",
  "/settings/address",
  "/settings/email-address",
  "/settings/consents",
];

beforeEach(() => {
  town.back.refusal = undefined;
  town.back.calls.length = 0;
});

test("every page has strict headers, nothing inline and nothing from elsewhere, in under 50 kB", async () => {
  const css = (await anyone.get(/href="(\/style\.[^"]+)"/.exec((await anyone.get("/")).text)?.[1] ?? "")).text;
  assert.ok(css.length > 2_000);
  for (const path of pages) {
    const { headers, text } = await ada.get(path);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'; style-src 'self'/, path);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.ok(policy.includes(`form-action 'self' ${town.auth.url} https://checkout.stripe.com`), policy);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "same-origin");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("strict-transport-security"), null);
    assert.doesNotMatch(text, /<script| style="| on\w+="|<style|src="http/, path);
    assert.ok(Buffer.byteLength(text) + css.length < 50_000, path);
    assert.equal(text.match(/<h1>/g)?.length, 1, path);
  }
  const secure = openFront(town.back, town.auth, { url: "https://front.example.org" }).visitor();
  assert.match((await secure.get("/")).headers.get("strict-transport-security") ?? "", /max-age=31536000/);
});

test("the language is what was asked for, else what was chosen before, else the browser's, else English", async () => {
  const language = async (visitor: typeof anyone, path: string, accept = "") =>
    /<html lang="(\w+)">/.exec((await visitor.get(path, { "Accept-Language": accept })).text)?.[1];
  const reader = town.visitor();
  assert.equal(await language(reader, "/"), "en");
  assert.equal(await language(reader, "/", "fr,de;q=0.8"), "de");
  assert.equal(await language(reader, "/?lang=xx", "de"), "de");
  assert.equal(await language(reader, "/donate?lang=de", "en"), "de");
  assert.equal(await language(reader, "/", "en"), "de");
  assert.equal(await language(reader, "/?lang=de&lang=en", "en"), "de");
  town.back.me.language = "de";
  const german = town.visitor();
  await german.signIn();
  assert.equal(await language(german, "/", "en"), "de");
  assert.equal(await language(german, "/?lang=en", "de"), "en");
  assert.equal(await language(german, "/", "de"), "en", "chosen on this device");
  town.back.me.language = "en";
});

test("our own forms are taken from our own pages only, the outside contract from anywhere", async () => {
  const foreign = { Origin: "https://evil.example.net", "Sec-Fetch-Site": "cross-site" };
  const outside = ["/subscribe", "/subscribe-api", "/pay/EX427", "/command/confirm?link=token"];
  for (const path of forms) {
    const seen = await ada.post(path, {}, foreign);
    assert.equal(seen.status === 403, !outside.includes(path), path);
    if (seen.status === 403) assert.match(seen.text, /not sent from our own page/);
  }
  assert.equal((await ada.send("POST", "/sign-out", "", { "Content-Type": "text/plain" })).status, 403);
  assert.equal((await ada.get("/settings")).status, 200, "still signed in");
});

test("whatever is sent to a form gets an answer below 500 that does not echo it unescaped, and back is not asked", async () => {
  const nasty = [
    "a".repeat(60_000),
    "\u0000",
    "\u202e\ufeff",
    "<script>alert(1)</script>",
    "x\r\nBcc: y@example.org",
    "'; drop table person; --",
    "{{7*7}}",
    "../../etc/passwd",
    "\ud83d\ude00".repeat(200),
    "-1",
    "NaN",
    "1e999",
    "[object Object]",
    "__proto__",
  ];
  const names = [
    "name",
    "email",
    "email1",
    "amount",
    "interval",
    "method",
    "key",
    "purposes",
    "referrer",
    "language",
    "version",
    "address",
    "city",
    "country",
    "purpose",
    "granted",
    "go",
    "shownUntil",
    "everywhere",
    "success_url",
  ];
  for (const path of forms.filter((form) => form !== "/sign-out"))
    for (const value of nasty) {
      const fields = Object.fromEntries(
        names.map((name) => [name, value.length > 1_000 ? value.slice(0, 3_000) : value]),
      );
      const seen = await ada.post(path, fields);
      assert.ok(seen.status >= 400 && seen.status < 500, `${path} ${value.slice(0, 20)}: ${seen.status}`);
      assert.doesNotMatch(seen.text, /<script>alert/);
    }
  const wrote = town.back.calls.filter(({ name }) => !/show|list/.test(name));
  assert.deepEqual(wrote, []);
});

test("a body that is too large, of another kind or broken is refused before it is read further", async () => {
  for (const path of forms) {
    assert.equal((await ada.post(path, `name=${"a".repeat(100_000)}`)).status, 413, path);
    for (const type of ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencodedx"])
      assert.equal((await ada.post(path, "{}", { "Content-Type": type })).status, 415, `${path} ${type}`);
    for (const body of ["name=%ED%A0%80", "name=%", "%FF=1"])
      assert.equal((await ada.post(path, body)).status, 400, `${path} ${body}`);
    assert.equal((await ada.post(path, "city=1&city=2&name=3&name=4")).status, 400, path);
  }
});

test("while back is away, pages that need it say so plainly and the others go on", async () => {
  town.back.refusal = { status: 503, code: "database-unavailable" };
  for (const path of ["/settings", "/transfer/EX427", "/command/confirm?link=token"]) {
    const seen = await ada.get(path);
    assert.equal(seen.status, 503, path);
    assert.match(seen.text, /try again in a few minutes/);
  }
  for (const path of ["/", "/donate", "/subscribe", "/thanks"])
    assert.equal((await anyone.get(path)).status, 200, path);
});

test("our own mistake shows a number that finds it in the log, and tells nothing else", async () => {
  const lines: string[] = [];
  const log = openLog("test", "silent");
  log.error = ((fields: object, message: string) =>
    lines.push(JSON.stringify({ ...fields, message }))) as unknown as typeof log.error;
  town.back.refusal = { status: 500, code: "internal", detail: "secret detail" };
  const seen = await openFront(town.back, town.auth, { log }).visitor().get("/transfer/EX427");
  assert.equal(seen.status, 500);
  const number = /<span class="code">([0-9a-f-]{36})<\/span>/.exec(seen.text)?.[1] ?? "none";
  assert.equal(seen.headers.get("x-correlation-id"), number);
  assert.ok(lines[0]?.includes(number));
  assert.doesNotMatch(seen.text, /secret detail/);
});

test("the log of a request names its route and not its address", async () => {
  const lines: string[] = [];
  const log = openLog("test", "silent");
  log.info = ((fields: object) => lines.push(JSON.stringify(fields))) as unknown as typeof log.info;
  const visitor = openFront(town.back, town.auth, { log }).visitor();
  await visitor.get("/payonline/EX427?lang=de&email=ada@example.org");
  await visitor.get("/command/confirm?link=token");
  assert.match(lines[0] ?? "", /"route":"\/payonline\/:reference","status":200/);
  assert.doesNotMatch(lines.join(), /EX427|ada@|token/);
});
