// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// The archive and the web view, over HTTP.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Temporal } from "@cdb/runtime/time.ts";
import type { Work } from "../data/database.ts";
import { changeMailing, getMailing } from "../data/mailings/mailing.ts";
import { saveText } from "../data/mailings/mailing-text.ts";
import { webNameOf } from "../data/mailings/web-address.ts";
import { makeSentMailing, type SentWish } from "../test/mailings.ts";
import { administrator, makePerson } from "../test/make.ts";
import { sentMailing } from "../test/sent-mailing.ts";
import { secrets, testServer } from "../test/server.ts";
import { personToken, programToken } from "../test/tokens.ts";

const { call, database } = await testServer();
const token = await programToken("front", ["mailings:show"]);
const get = async (path: string) => call("GET", path, token);
const byHand = <T>(verb: (work: Work) => Promise<T>) => database.transaction(administrator, verb);
const sent = (wish: SentWish) => byHand((work) => makeSentMailing(work, wish));
const names = async (path: string) => (await get(path)).body.mailings.map(({ name }: { name: string }) => name);

beforeEach(async () => {
  await database.pool.query("update mailing set public = false, name = name || id");
});

test("public mailings that were sent stand in the archive, the newest first, and no other", async () => {
  await sent({ name: "first", sentAt: "2026-01-01T10:00:00Z" });
  await sent({ name: "third", sentAt: "2026-03-01T10:00:00Z" });
  await sent({ name: "second", sentAt: "2026-02-01T10:00:00Z" });
  await sent({ name: "internal", public: false });
  for (const state of ["draft", "approved", "scheduled", "sending", "paused", "stopped"] as const) {
    const mailing = await sent({ name: state });
    await byHand(async (work) => Object.assign(await getMailing(work, String(mailing.id), "lock"), { state }));
  }
  assert.deepEqual(await names("/news?language=en"), ["third", "second", "first"]);
  assert.deepEqual(await names("/news-in-full?language=en"), ["third", "second", "first"]);
  for (const name of ["internal", "draft", "sending", "stopped", "nothing"])
    assert.equal((await get(`/news/${name}?language=en`)).status, 404, name);
});

test("what is made non-public disappears", async () => {
  const { id } = await sent({ name: "regretted" });
  assert.equal((await get("/news/regretted?language=en")).status, 200);
  await byHand(async (work) => changeMailing(work, await getMailing(work, String(id), "lock"), { public: false }));
  assert.equal((await get("/news/regretted?language=en")).status, 404);
  assert.deepEqual(await names("/news?language=en"), []);
  assert.deepEqual(await names("/news-in-full?language=en"), []);
  const webView = await get(`/web-views/${webNameOf(id, secrets.links)}?language=en`);
  assert.deepEqual([webView.status, webView.body.archived], [200, false]);
  const rename = byHand(async (work) =>
    changeMailing(work, await getMailing(work, String(id), "lock"), { public: true, name: "again" }),
  );
  await assert.rejects(rename, { code: "mailing-state" });
});

test("each is read in the language that is asked for, else in English, without what it says of one reader", async () => {
  const texts: SentWish["texts"] = {
    de: [
      "Neues für {name|alle}",
      "# Titel\n\nHallo {name|du}, <script>alert(1)</script> [mehr](https://example.org/?a=1&b=2)",
    ],
    en: ["News for {name|all}", "Hello {name|you}"],
  };
  await sent({ name: "news", texts });
  const german = (await get("/news/news?language=de")).body;
  assert.deepEqual([german.language, german.languages, german.subject], ["de", ["en", "de"], "Neues für alle"]);
  assert.equal(
    german.html,
    '<h1>Titel</h1>\n<p>Hallo du, &lt;script&gt;alert(1)&lt;/script&gt; <a href="https://example.org/?a=1&amp;b=2">mehr</a></p>\n',
  );
  const italian = (await get("/news/news?language=it")).body;
  assert.deepEqual([italian.language, italian.subject], ["en", "News for all"]);
  assert.equal((await get("/news?language=it")).body.mailings[0].subject, "News for all");
});

test("what is still written on is shown as it is now", async () => {
  const { id } = await sent({ name: "draft" });
  const read = async () => (await get(`/web-views/${webNameOf(id, secrets.links)}?language=en`)).body.html;
  await byHand(async (work) =>
    Object.assign(await getMailing(work, String(id), "lock"), { state: "draft", beganAt: null }),
  );
  assert.equal(await read(), "<p>Hello</p>\n");
  await byHand(async (work) =>
    saveText(work, await getMailing(work, String(id), "lock"), { language: "en", subject: "News", body: "Better" }),
  );
  assert.equal(await read(), "<p>Better</p>\n");
});

test("the archive has pages", async () => {
  await byHand(async (work) => {
    for (let n = 10; n < 31; n += 1)
      await makeSentMailing(work, { name: `news-${n}`, sentAt: `2026-01-${n}T10:00:00Z` });
  });
  const first = (await get("/news?language=en")).body;
  assert.deepEqual([first.pages, first.mailings.length, first.mailings[0].name], [2, 20, "news-30"]);
  assert.deepEqual(await names("/news?language=en&page=2"), ["news-10"]);
  assert.deepEqual(await names("/news?language=en&page=100000"), []);
});

test("the web view opens for who has its address, public or not, and for nobody who guesses", async () => {
  const { id } = await sent({ name: "internal", public: false });
  const other = await sent({ name: "other" });
  const webName = webNameOf(id, secrets.links);
  assert.equal((await get(`/web-views/${webName}?language=en`)).body.subject, "News");
  const forged = [
    webNameOf(id, "another secret"),
    webName.replace(/^\d+/, String(other.id)),
    `${id}-${"0".repeat(20)}`,
  ];
  for (const name of [
    ...forged,
    `0${webName}`,
    webName.toUpperCase(),
    "1",
    "..%2f..%2f",
    webNameOf(999_999_999, secrets.links),
  ]) {
    const { status } = await get(`/web-views/${name}?language=en`);
    assert.ok(status === 404 || status === 422, `${name}: ${status}`);
  }
});

test("people see what was sent last for each purpose: what they got, what everybody may read, and nothing else", async () => {
  const { ada, bob, id } = await byHand(async (work) => {
    const people = { ada: await makePerson(work, { language: "de" }), bob: await makePerson(work, { language: "en" }) };
    return { ...people, id: await sentMailing(work, people.ada) };
  });
  const mine = async ({ uuid }: { uuid: string }) =>
    (await call("GET", "/people/me/news", await personToken(uuid))).body.mailings;
  await byHand(async (work) => {
    const mailing = await getMailing(work, String(id), "lock");
    await saveText(work, mailing, { language: "en", subject: "For friends, {name|you}", body: "x" });
    await saveText(work, mailing, { language: "de", subject: "Für Freunde", body: "x" });
    Object.assign(mailing, { state: "stopped", beganAt: Temporal.Instant.from("2026-05-01T10:00:00Z") });
  });
  assert.deepEqual(await mine(bob), []);
  const [got, ...others] = await mine(ada);
  assert.deepEqual([got.subject, got.language, others], ["For friends, you", "en", []], "in the language of the mail");
  assert.equal((await get(`/web-views/${got.webName}?language=en`)).status, 200);

  for (const month of ["01", "03", "04", "02"])
    await sent({
      name: `of-${month}`,
      sentAt: `2026-${month}-01T10:00:00Z`,
      texts: { en: ["News", "x"], de: ["Neues", "x"] },
    });
  await sent({ name: "secret", public: false, sentAt: "2026-06-01T10:00:00Z" });
  const names = (mailings: { name: string }[]) => mailings.map(({ name }) => name);
  assert.deepEqual(names(await mine(bob)), ["of-04", "of-03", "of-02"]);
  assert.deepEqual(names(await mine(ada)), [got.name, "of-04", "of-03"]);
  const [, ofApril] = await mine(ada);
  assert.deepEqual([ofApril.subject, ofApril.language, ofApril.webName], ["Neues", "de", null]);
  assert.deepEqual((await mine(bob))[0].subject, "News");
});
