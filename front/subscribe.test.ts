// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The outside contract of signing up, as other people's pages and programs use it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openTown } from "./test/town.ts";

const town = await openTown();
const shop = town.visitor();
const elsewhere = { Origin: "https://elsewhere.example.net", "Sec-Fetch-Site": "cross-site" };
const ada = { name: "Ada Lovelace", email1: "ada@example.org" };
const send = (path: string, fields: Record<string, string | string[]> | string) => shop.post(path, fields, elsewhere);
const registered = () => town.back.called("registrations.register").map(({ body }) => body);

beforeEach(() => {
  town.back.calls.length = 0;
  town.back.refusal = undefined;
});

test("/subscribe takes a form from any origin and asks for the confirmation by mail", async () => {
  const all = {
    ...ada,
    language: "de",
    referrer: "https://example.org/join",
    category: "i",
    address: "Street 1\r\nBack yard",
    zip: "10115",
    city: "Berlin",
    country: "de",
    wants_info: "yes",
    wants_newsletter_info: "ON",
    "signed_open-letter_on": "2026-11-03",
    unknown_field: "ignored",
    wants_unknown_info: "yes",
    signed_unknown_on: "2026-11-03",
  };
  const seen = await send("/subscribe", all);
  assert.equal(seen.status, 200);
  assert.match(seen.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(seen.text, /<html lang="de">/);
  assert.deepEqual(registered(), [
    {
      name: "Ada Lovelace",
      email: "ada@example.org",
      kind: "individual",
      language: "de",
      postalAddress: { lines: ["Street 1", "Back yard"], postcode: "10115", city: "Berlin", country: "DE" },
      purposes: ["info", "newsletter"],
      signatures: { "open-letter": "2026-11-03" },
      confirmation: "mail",
      origin: { channel: "/subscribe", referrer: "https://example.org/join" },
    },
  ]);
});

test("/subscribe-api answers with the integer id and the string donref, the same again for a known address", async () => {
  const first = await send("/subscribe-api", ada);
  assert.equal(first.status, 200);
  assert.match(first.headers.get("content-type") ?? "", /^application\/json/);
  const again = await send("/subscribe-api", { ...ada, email1: "ADA@example.org" });
  assert.equal(again.text, first.text);
  const { id, donref, ...rest } = JSON.parse(first.text);
  assert.ok(Number.isInteger(id) && typeof donref === "string");
  assert.deepEqual(rest, {});
  assert.equal(registered()[0].confirmation, "caller");
});

test("yes, on, true and 1 mean yes in any case; everything else means no", async () => {
  for (const word of ["yes", "on", "true", "1", "YES", "True"])
    await send("/subscribe-api", { ...ada, wants_info: word });
  assert.ok(registered().every(({ purposes }) => purposes.length === 1));
  town.back.calls.length = 0;
  for (const word of ["no", "off", "false", "0", "", "2", "y"])
    await send("/subscribe-api", { ...ada, wants_info: word });
  assert.ok(registered().every(({ purposes }) => purposes.length === 0));
});

test("who fills in the honeypot gets the same answer, and nothing is stored", async () => {
  const honest = await send("/subscribe", ada);
  town.back.calls.length = 0;
  const trapped = await send("/subscribe", { ...ada, password: "x" });
  assert.deepEqual([trapped.status, trapped.text], [honest.status, honest.text]);
  const program = await send("/subscribe-api", { ...ada, password: "x" });
  assert.ok(program.status >= 400);
  assert.deepEqual(registered(), []);
});

test("an unusable email address is 422 with a page that people can read", async () => {
  for (const email1 of ["", "nobody", "a@b", "a b@example.org", "x@mailinator.com", `${"a".repeat(300)}@example.org`])
    for (const path of ["/subscribe", "/subscribe-api"]) {
      const seen = await send(path, { ...ada, email1, language: "de" });
      assert.equal(seen.status, 422, email1);
      assert.match(seen.headers.get("content-type") ?? "", /^text\/html/);
      assert.match(seen.text, /<html lang="de">[\s\S]*id="email1-error"/, email1);
    }
  assert.deepEqual(registered(), []);
});

test("a field given twice or as an array, another encoding and broken text are refused", async () => {
  const refused: [string, number][] = [
    ["name=Ada&name=Eve&email1=ada@example.org", 400],
    ["name=Ada&email1=ada@example.org&email1=eve@example.org", 400],
    ["name%5B%5D=Ada&email1=ada@example.org", 422],
    ["name=Ada%ED%A0%80&email1=ada@example.org", 400],
    ["name=Ada%ZZ&email1=ada@example.org", 400],
    ["name=Ada%00&email1=ada@example.org", 422],
    ["name=Ada%0D%0ABcc:+x@example.org&email1=ada@example.org", 422],
    [`name=${"a".repeat(301)}&email1=ada@example.org`, 422],
    ["name=++&email1=ada@example.org", 422],
    ["name=Ada&email1=ada@example.org&country=Germany", 422],
    ["name=Ada&email1=ada@example.org&signed_open-letter_on=yesterday", 422],
    ["name=Ada&email1=ada@example.org&address=1%0A2%0A3%0A4%0A5", 422],
    ["", 422],
  ];
  for (const path of ["/subscribe", "/subscribe-api"]) {
    for (const [body, status] of refused) {
      const seen = await send(path, body);
      assert.equal(seen.status, status, body.slice(0, 60));
      assert.match(seen.headers.get("content-type") ?? "", /^text\/html/);
    }
    for (const type of ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
      assert.equal((await shop.post(path, "{}", { ...elsewhere, "Content-Type": type })).status, 415, type);
  }
  assert.deepEqual(registered(), []);
});

test("what does not matter is forgiven: an unknown language, a long referrer", async () => {
  const seen = await send("/subscribe-api", {
    ...ada,
    language: "xx",
    referrer: `${"a".repeat(600)}\u{1F600}`,
    country: "",
  });
  assert.equal(seen.status, 200);
  assert.equal(registered()[0].language, "en");
  assert.equal(registered()[0].origin.referrer.length, 500);
  assert.equal(registered()[0].postalAddress, undefined);
});

test("while back is away the answer is a page, not JSON", async () => {
  town.back.refusal = { status: 503, code: "database-unavailable" };
  const seen = await send("/subscribe-api", ada);
  assert.equal(seen.status, 503);
  assert.match(seen.headers.get("content-type") ?? "", /^text\/html/);
});

test("what was typed is there again, escaped", async () => {
  const seen = await send("/subscribe", { name: `<script>alert("1")</script>`, email1: "nobody", wants_info: "yes" });
  assert.match(seen.text, /value="&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;"/);
  assert.match(seen.text, /value="yes" checked/);
});

test("the address that the proxy saw is told to back, not the one that the visitor claims", async () => {
  await shop.post("/subscribe", ada, { ...elsewhere, "X-Forwarded-For": "1.1.1.1, 203.0.113.9" });
  await shop.post("/subscribe", ada, { ...elsewhere, "X-Forwarded-For": "nonsense" });
  assert.deepEqual(
    registered().map(({ origin }) => origin.networkAddress),
    ["203.0.113.9", undefined],
  );
});
