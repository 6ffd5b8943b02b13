// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { showWritten } from "./written.ts";

const shown = (html: string) => String(showWritten(html));

test("text, lists, tables and links are shown, without a style of their own", () => {
  const table = '<table>\n<thead>\n<tr>\n<th style="text-align:center">a</th>\n</tr>\n</thead>\n</table>';
  assert.equal(shown(table), table.replace('style="text-align:center"', 'class="center"'));
  assert.equal(shown('<pre><code class="language-js">1 &lt; 2\n</code></pre>'), "<pre><code>1 &lt; 2\n</code></pre>");
  assert.equal(shown('<ol start="3">\n<li>c</li>\n</ol>'), '<ol start="3">\n<li>c</li>\n</ol>');
  const link = '<a href="https://example.org/?a=1&amp;b=2">x</a>';
  assert.equal(shown(link.replace(">", ' title="t">')), link);
});

test("headings begin below the page's own, however the writer began", () => {
  assert.equal(shown("<h1>a</h1><h2>b</h2>"), "<h2>a</h2><h3>b</h3>");
  assert.equal(shown("<h3>a</h3><h4>b</h4><h3>c</h3>"), "<h2>a</h2><h3>b</h3><h2>c</h2>");
  assert.equal(shown("<h1>a</h1><h6>b</h6>"), "<h2>a</h2><h6>b</h6>");
});

test("a link without words is its address", () => {
  assert.equal(
    shown('<a href="https://example.org/a.png"></a>'),
    '<a href="https://example.org/a.png">https://example.org/a.png</a>',
  );
});

test("what is no text does not act, even if it came", () => {
  const bad = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<p onclick=alert(1)>x</p>",
    '<p onclick="alert(1)">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    "<a href='javascript:alert(1)'>x</a>",
    '<a href="https://example.org" onclick="alert(1)">x</a>',
    '<a x=" href="https://example.org" onclick="alert(1)">x</a>',
    '<iframe src="https://example.org"></iframe>',
    "</main><form><style>*{}</style>",
    "<!-- --><svg/onload=alert(1)>",
    "<SCRIPT>alert(1)</SCRIPT>",
    '<p style="color:red">x</p>',
    "<<p>p>",
    "<p",
  ];
  for (const html of bad) {
    const rest = shown(html).replace(/<\/?p>|<\/?a>|<a href="https:\/\/example\.org">/g, "");
    assert.ok(!rest.includes("<"), `${html} → ${shown(html)}`);
  }
});
