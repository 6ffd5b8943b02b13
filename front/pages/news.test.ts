// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The archive, its feed and the web view, as visitors, caches and feed readers get them.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { SaxesParser } from "saxes";
import { aMailing } from "../test/back.ts";
import { tagsIn, textIn } from "../test/html.ts";
import { openTown } from "../test/town.ts";

const town = await openTown();
const anyone = town.visitor();
const url = "http://front.example.org";
const webView = `/mailings/0-${"0".repeat(20)}`;

beforeEach(() => {
  town.back.refusal = undefined;
  town.back.calls.length = 0;
  town.back.news = [
    aMailing({
      name: "news-2",
      subject: "Zwei & <drei>",
      language: "de",
      html: "<h1>Oben</h1>\n<p>Hallo &amp; du</p>\n",
    }),
    aMailing(),
  ];
});

const links = (text: string, rel: string) =>
  tagsIn(text)
    .filter(({ name, attributes }) => name === "link" && attributes.rel === rel)
    .map(({ attributes: { href, hreflang, type } }) => [hreflang ?? type ?? "", href]);

test("the archive lists what was sent, and leads to its languages and to the feed", async () => {
  const { status, text } = await anyone.get("/news?language=de");
  assert.equal(status, 200);
  assert.match(text, /<html lang="de">/);
  assert.match(textIn(text), /Zwei & <drei>[\s\S]*20\. November 2026 · Monatlicher Newsletter[\s\S]*News of November/);
  assert.match(text, /href="\/news\/news-1\?language=en" lang="en"/);
  assert.deepEqual(links(text, "canonical"), [["", `${url}/news?language=de`]]);
  assert.deepEqual(links(text, "alternate"), [
    ...["en", "de"].map((language) => [language, `${url}/news?language=${language}`]),
    ["application/atom+xml", `${url}/news/feed.xml?language=de`],
  ]);
});

test("a mailing is read in the language of its text, below the page's own heading", async () => {
  const { text } = await anyone.get("/news/news-2?language=de");
  assert.match(
    text,
    /<html lang="de">[\s\S]*<h1>Zwei &amp; &lt;drei&gt;<\/h1>[\s\S]*<article class="written" lang="de"><h2>Oben/,
  );
  assert.deepEqual(links(text, "canonical"), [["", `${url}/news/news-2?language=de`]]);
  const german = await town.visitor({ "accept-language": "de" }).get("/news/news-1");
  assert.match(german.text, /<html lang="de">/, "without a language in the address the reader's");
});

test("an empty archive says so, and the next pages are those that there are", async () => {
  town.back.news = [];
  assert.match((await anyone.get("/news")).text, /There is none yet/);
  town.back.news = Array.from({ length: 41 }, (_, n) => aMailing({ name: `news-${n}` }));
  const first = (await anyone.get("/news?language=en")).text;
  assert.ok(first.includes('rel="next" href="/news?language=en&amp;page=2"') && !first.includes('rel="prev"'));
  const last = (await anyone.get("/news?language=en&page=3")).text;
  assert.ok(last.includes('rel="prev" href="/news?language=en&amp;page=2"') && !last.includes('rel="next"'));
  assert.deepEqual(links(last, "canonical"), [["", `${url}/news?page=3&language=en`]]);
});

test("what is not there is a page with a way on, never a failure", async () => {
  const nothing = [
    ...["4", "99999", "100000", "1e3", "0", "-1", "", "%00", "9".repeat(400)].map((page) => `/news?page=${page}`),
    ...["xx", "", "deu", "../de", "%00", "DE"].map((language) => `/news?language=${language}`),
    ...["/news/nothing", "/news/NEWS-1", "/news/..%2f..%2fetc%2fpasswd", "/news/%00", "/news/%E0%A4%A", "/news/a/b"],
    ...["/news/feed.xml?language=xx", "/news/feed.xml/x", "/news/news-1?language=xx", `/news/${"a".repeat(5_000)}`],
    ...[
      "/mailings",
      "/mailings/",
      "/mailings/1",
      `/mailings/0-${"1".repeat(20)}`,
      `${webView}0`,
      `${webView}?language=xx`,
    ],
    ...[`/mailings/-1-${"0".repeat(20)}`, `/mailings/9999999999-${"0".repeat(20)}`, "/mailings/0-%2e%2e%2f"],
  ];
  for (const path of nothing) {
    const { status, text, headers } = await anyone.get(path);
    assert.equal(status, 404, path);
    assert.match(text, /href="\/">To the home page/, path);
    assert.equal(headers.get("cache-control"), "no-store", path);
  }
});

test("nothing changes by reading, in whatever way", async () => {
  for (const path of ["/news", "/news/news-1", "/news/feed.xml", webView])
    for (const method of ["POST", "PUT", "DELETE"]) {
      const { status } = await anyone.send(method, path, "a=b", {});
      assert.ok([403, 404].includes(status), `${method} ${path}: ${status}`);
    }
  assert.deepEqual(town.back.calls, []);
});

test("caches keep what is the same for everybody, and nothing that is of one visitor", async () => {
  const ada = town.visitor();
  await ada.signIn();
  for (const path of ["/news?language=en", "/news/news-1?language=en", "/news/feed.xml?language=en", webView]) {
    const { headers } = await town.visitor().get(path);
    assert.equal(headers.get("cache-control"), "public, max-age=300", path);
    assert.equal(headers.get("vary"), "Accept-Language, Cookie", path);
    assert.equal(headers.get("set-cookie"), null, path);
    const again = await town.visitor().get(path, { "if-none-match": headers.get("etag") ?? "" });
    assert.deepEqual([again.status, again.text], [304, ""], path);
    assert.equal((await ada.get(path)).headers.get("cache-control"), "no-store", path);
    const chooses = await town.visitor().get(`${path}${path.includes("?") ? "&" : "?"}lang=de`);
    assert.notEqual(chooses.headers.get("set-cookie"), null, path);
    assert.equal(chooses.headers.get("cache-control"), "no-store", path);
  }
});

test("the web view is the mailing, found by nobody else, and says where everybody may read it", async () => {
  const { status, text, headers } = await anyone.get(webView);
  assert.equal(status, 200);
  assert.equal(headers.get("x-robots-tag"), "noindex");
  assert.deepEqual(links(text, "canonical"), [["", `${url}/news/news-2?language=de`]]);
  assert.match(text, /href="\/settings\/consents"/);
});

test("what is tested and not sent yet is shown as it is now, and kept by no cache", async () => {
  town.back.news = [aMailing({ sentAt: null })];
  const { text, headers } = await anyone.get(webView);
  assert.match(text, /This has not been sent yet/);
  assert.equal(headers.get("cache-control"), "private, no-store");
});

test("the feed is well-formed Atom with a stable id for each entry", async () => {
  town.back.news[1] = aMailing({ subject: "a\u0001b ]]> &lt;", html: "<p>\u0008 x &amp; y</p><script>" });
  const { status, headers, text } = await anyone.get("/news/feed.xml?language=de");
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "application/atom+xml; charset=utf-8");
  assert.equal(headers.get("last-modified"), "Fri, 20 Nov 2026 10:00:00 GMT");
  const [feed, ...entries] = readAtom(text);
  assert.deepEqual(feed, [
    `${url}/news/feed.xml?language=de`,
    "Was Example Foundation geschrieben hat",
    "2026-11-20T10:00:00Z",
  ]);
  assert.deepEqual(entries, [
    [
      `${url}/news/news-2?language=de`,
      "Zwei & <drei>",
      "2026-11-20T10:00:00Z",
      "<h2>Oben</h2>\n<p>Hallo &amp; du</p>\n",
      "de",
    ],
    [`${url}/news/news-1?language=en`, "ab ]]> &lt;", "2026-11-20T10:00:00Z", "<p> x &amp; y</p>&lt;script>", "en"],
  ]);
  town.back.news = [];
  assert.match((await anyone.get("/news/feed.xml")).text, /<updated>1970-01-01T00:00:00Z<\/updated>/);
});

type Node = { name: string; language: string; href: string; text: string; parts: Node[] };

/** Id, title, day and text of the feed and of each entry. The parser stops at what is not XML. */
function readAtom(text: string): string[][] {
  const root: Node = { name: "", language: "", href: "", text: "", parts: [] };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ local, uri, attributes }) => {
    assert.equal(uri, "http://www.w3.org/2005/Atom");
    const [language = "", href = ""] = ["xml:lang", "href"].map((key) => attributes[key]?.value);
    const node = { name: local, language, href, text: "", parts: [] };
    open.at(-1)?.parts.push(node);
    open.push(node);
  });
  parser.on("text", (words) => {
    const node = open.at(-1);
    if (node) node.text += words;
  });
  parser.on("closetag", () => open.pop());
  parser.write(text).close();
  const [feed] = root.parts;
  assert.equal(feed?.name, "feed");
  assert.equal(partOf(feed, "author").parts[0]?.name, "name");
  const entries = feed?.parts.filter(({ name }) => name === "entry") ?? [];
  for (const entry of entries) assert.equal(partOf(entry, "link").href, partOf(entry, "id").text);
  const said = (node?: Node) => ["id", "title", "updated"].map((name) => partOf(node, name).text);
  return [said(feed), ...entries.map((entry) => [...said(entry), partOf(entry, "content").text, entry.language])];
}

function partOf(node: Node | undefined, name: string): Node {
  const part = node?.parts.find((each) => each.name === name);
  assert.ok(part, name);
  return part;
}

test("the first page leads to the archive once there is something, and stays when back does not answer", async () => {
  const own = await openTown();
  const visitor = own.visitor();
  own.back.news = [aMailing()];
  assert.equal((await visitor.get("/")).status, 200);
  while (own.back.called("news.list").length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.match((await visitor.get("/")).text, /href="\/news"/);
  const dark = await openTown();
  dark.back.refusal = { status: 503, code: "unreachable" };
  for (let n = 0; n < 2; n += 1) assert.equal((await dark.visitor().get("/")).status, 200);
  assert.equal((await dark.visitor().get("/news")).status, 503);
});
