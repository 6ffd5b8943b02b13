// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAddresses } from "../data/mailings/mailing-addresses.ts";
import { checkFields } from "../data/mailings/mailing-fields.ts";
import { naughtyStrings, oddTexts } from "../test/corpora.ts";
import { organisation } from "../test/database.ts";
import { fillGaps } from "./gapped.ts";
import { readForm } from "./mailing-form.ts";

function written(body: string, values: Record<string, unknown> = {}, subject = "News") {
  const form = readForm({ language: "en", subject, body }, organisation);
  const filled = (text: typeof form.text) => fillGaps(text, { fields: values });
  return { subject: filled(form.subject), text: filled(form.text), html: filled(form.html) };
}

test("a field says what is known of the reader, and else the words that are written for that", () => {
  const body = "Dear {name|friend}, you gave {donations.last.amount|nothing yet}{donations.count}.";
  const { text, html } = written(body, { name: "Ada", "donations.last.amount": [2500, "EUR"] });
  assert.equal(text, "Dear Ada, you gave €25.00.");
  assert.equal(html, "<p>Dear Ada, you gave €25.00.</p>\n");
  assert.equal(written(body).text, "Dear friend, you gave nothing yet.");
  assert.equal(written("x", { name: "Ada" }, "For {name|you}").subject, "For Ada");
});

test("what stands in the address of a link is encoded for addresses, in HTML and in text", () => {
  const name = `Zoë "O'Hara" <b> & 1=1 (x)#?/%`;
  const encoded = "Zo%C3%AB%20%22O%27Hara%22%20%3Cb%3E%20%26%201%3D1%20%28x%29%23%3F%2F%25";
  const address = "https://example.org/?name=";
  for (const [body, plain] of [
    [`[here](${address}{name|dear friend}&a=1)`, `here <${address}${encoded}&a=1>`],
    [`[here](<${address}{name}&a=1>)`, `here <${address}${encoded}&a=1>`],
    [`See ${address}{name}&a=1 now`, `See ${address}${encoded}&a=1 now`],
    [`<${address}{name}&a=1>`, `<${address}${encoded}&a=1>`],
    [`[here][there]\n\n[there]: ${address}{name}&a=1`, `[here][there]\n\n[there]: ${address}${encoded}&a=1`],
  ] as const) {
    const { text, html } = written(body, { name });
    assert.equal(text, plain);
    assert.ok(html.includes(`href="${address}${encoded}&amp;a=1"`), `${body}: ${html}`);
  }
  assert.ok(written(`[here](${address}{name|dear friend})`).html.includes(`href="${address}dear%20friend"`));
  assert.equal(written("https://example.org {name}", { name: "a b" }).text, "https://example.org a b");
  const twice = written("https://example.org/{name}/{reference}", { name: "a b", reference: 1001 });
  assert.match(twice.text, /^https:\/\/example\.org\/a%20b\/EX\d+$/);
  assert.ok(written("mail to <mailto:a@example.org?subject={name}>", { name: "a&b" }).html.includes("?subject=a%26b"));
});

test("no name makes a field, a link, a header, or HTML of its own", () => {
  for (const name of [...naughtyStrings, ...oddTexts, "{reference}", "[x](https://evil.example)", "a\r\nBcc: x"]) {
    const { subject, text, html } = written(
      "Dear {name}, [give](https://example.org/?n={name}).",
      { name },
      "To {name}",
    );
    assert.doesNotMatch(subject, /\p{Cc}/u);
    assert.equal(html.match(/<(?!\/?(p|a)\b)/g), null, html);
    assert.equal(html.match(/<a href="https:\/\/example\.org\//g)?.length, 1, html);
    assert.equal(html.match(/<a /g)?.length, 1, html);
    assert.equal(text.split("https://example.org/?n=").length, 2);
  }
  assert.equal(written("{name} {reference}", { name: "{reference}", reference: null }).text, "{reference} ");
});

test("links are written out, images become links, and HTML stays text", () => {
  const { text, html } = written('[a](https://en.example.org/Foo_(bar) "t") ![b](https://example.org/b.png) <script>');
  assert.equal(text, "a <https://en.example.org/Foo_(bar)> b <https://example.org/b.png> <script>");
  assert.doesNotMatch(html, /<img|<script/);
  assert.match(html, /href="https:\/\/en\.example\.org\/Foo_\(bar\)"/);
  assert.match(html, /&lt;script&gt;/);
});

test("an address that a field decides is no link, however it got into the text", () => {
  for (const address of [
    "java{name|}script:alert(1)",
    "{name}",
    "https://{name}.example.org/",
    "mailto:{name}@evil.example",
  ])
    assert.doesNotMatch(
      written(`[a](${address}) <${address}> ${address}`, { name: "" }).html,
      /href="(?!http:\/\/evil)/,
      address,
    );
});

test("addresses of links are checked when a text is saved", () => {
  for (const good of [
    "[a](https://example.org/?a={reference}) and <mailto:a@example.org?subject={name}> and https://example.org.",
    "[a](https://en.example.org/Foo_(bar)) [b]: x",
    "`code[0](x)` and\n```\na[1](y)\n```\nand {1, 2} and { }",
    "[a](http://localhost:8090/x#{reference})",
  ])
    checkAddresses(good);
  for (const bad of [
    ...["[a]({name})", "[a](<{name}>)", "[a](/donate)", "[a](example.org)", "[a]()", "[a](javascript:alert(1))"],
    ...["[a](data:text/html,x)", "[a](java{name}script:x)", "https://{name}.example.org/", "[a](https://x{name}/)"],
    ...[
      "[a]: {name}",
      "[a]: ftp://example.org",
      "<file:///etc/passwd>",
      "[a](mailto:{name}@example.org)",
      "[a](https://)",
    ],
  ])
    assert.throws(() => checkAddresses(bad), { code: "link-malformed" }, bad);
});

test("a field within a field, one without an end, and one that is none are refused with how they are written", () => {
  for (const bad of [
    "{name|{reference}}",
    "{{name}}",
    "{name",
    "{name|friend",
    "{ name }",
    "{donations.last.amount |x}",
  ])
    assert.throws(() => checkFields(bad, "body"), { code: "field-malformed" }, bad);
  for (const bad of ["{nmae}", "{constructor}", "{__proto__}", "{name.toString}", "{name|a{b}"])
    assert.throws(() => checkFields(bad, "body"), /^Invalid: (There is no field|A field is written)/, bad);
  for (const good of ["", "{name}", "{name|}", "{name|dear friend}", "{}", '{"a": 1}', "} {", "{1}"])
    checkFields(good, "body");
});

test("a text of nothing but braces or brackets keeps nobody waiting", { timeout: 30_000 }, () => {
  for (const part of ["[", "](", "{name|", "*_", "<", "`", "[a](", "\\", "> ", "https://x.org/{name}"]) {
    const body = part.repeat(Math.floor(100_000 / part.length));
    try {
      checkFields(body, "body");
      checkAddresses(body);
    } catch {}
    written(body);
  }
});
