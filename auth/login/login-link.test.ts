// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in by a link from a mail: once, within ten minutes, and never for whoever did not ask.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestPerson } from "../test/back.ts";
import type { Browser, Page } from "../test/browser.ts";
import { frontUrl, openBrowser, openClient, startAuth } from "../test/start.ts";

const auth = await startAuth();
const front = await openClient(auth.issuer);
let networks = 0;

/** Asks for a link in a browser of its own, and gets the mail. */
async function askForLink(identifier: string, wish: Record<string, string> = {}) {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.0.0.${networks}`;
  browser.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  const begun = await front.begin(wish);
  const form = await browser.open(begun.url);
  const mailed = auth.back.mailFor(identifier);
  const sent = await browser.submit(form, { identifier, password: "" });
  return { browser, begun, sent, mail: await mailed };
}

function isSignedIn(page: Page): boolean {
  return page.url.startsWith(`${frontUrl}/signed-in`) && new URL(page.url).searchParams.has("code");
}

async function hasSession(browser: Browser): Promise<boolean> {
  return isSignedIn(await browser.open((await front.begin({ prompt: "none" })).url));
}

test("the link signs in the browser that asked for it, and the waiting service goes on", async () => {
  const person = auth.back.addPerson("Ada", null);
  const { browser, begun, sent, mail } = await askForLink(person.email, { claims: '{"id_token":{"amr":null}}' });
  assert.match(sent.text, /<h1>Please check your mailbox<\/h1>/);
  assert.equal(mail.uuid, person.uuid);
  assert.equal(mail.browser, "Firefox, Linux");
  assert.equal(mail.service, "Example Foundation");
  const page = await browser.open(mail.link);
  assert.match(page.text, /You sign in as a•••@example\.org/);
  const tokens = await begun.take(await browser.submit(page));
  assert.equal(tokens.claims()?.sub, person.uuid);
  assert.deepEqual(tokens.claims()?.amr, ["email"]);
});

test("looking at the link any number of times redeems nothing", async () => {
  const { browser, mail } = await askForLink(auth.back.addPerson("Bob", null).email);
  for (let count = 0; count < 5; count += 1) {
    await fetch(mail.link, { method: "HEAD" });
    assert.equal((await fetch(mail.link)).status, 200);
  }
  assert.ok(isSignedIn(await browser.submit(await browser.open(mail.link))));
});

test("a link works once, however many use it at once", async () => {
  const { browser, mail } = await askForLink(auth.back.addPerson("Cleo", null).email);
  const page = await browser.open(mail.link);
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const other = openBrowser(auth.issuer);
      return other.submit(await other.open(mail.link), { here: "yes" });
    }),
  );
  assert.equal(answers.filter(({ status }) => status === 0).length, 1);
  assert.equal(answers.filter(({ status }) => status === 410).length, 19);
  assert.equal((await browser.submit(page)).status, 410);
  assert.equal((await browser.open(mail.link)).status, 410);
});

test("in another browser nobody is signed in unasked; the code from there goes into the first window", async () => {
  const { browser, begun, sent, mail } = await askForLink(auth.back.addPerson("Dan", null).email);
  const phone = openBrowser(auth.issuer);
  const page = await phone.open(mail.link);
  assert.match(page.text, /<h1>You asked for this link elsewhere<\/h1>/);
  const [, code = ""] = /<strong>([A-Z0-9]{4}-[A-Z0-9]{4})<\/strong>/.exec(page.text) ?? [];
  assert.equal(code, mail.code);
  const unasked = await phone.send(`${auth.issuer}/sign-in/link`, {
    token: new URL(mail.link).searchParams.get("token") ?? "",
  });
  assert.equal(unasked.status, 422);
  assert.equal(await hasSession(phone), false);
  assert.equal((await browser.submit(sent, { code: "" })).status, 422);
  assert.ok(
    (await begun.take(await browser.submit(sent, { code: ` ${code.toLowerCase().replace("-", " ")} ` }))).id_token,
  );
  assert.equal((await phone.open(mail.link)).status, 410);
});

test("another browser signs in itself after the warning, and the first one does not", async () => {
  const person = auth.back.addPerson("Eva", null);
  const { browser, mail } = await askForLink(person.email);
  const phone = openBrowser(auth.issuer);
  const page = await phone.submit(await phone.open(mail.link), { here: "yes" });
  assert.equal(page.url, `${frontUrl}/sign-in`);
  assert.equal(await hasSession(phone), true);
  assert.equal(await hasSession(browser), false);
  const begun = await front.begin();
  assert.equal((await begun.take(await phone.open(begun.url))).claims()?.sub, person.uuid);
});

test("a code is guessed five times and no more", async () => {
  const { browser, sent, mail } = await askForLink(auth.back.addPerson("Finn", null).email);
  const guesses = Array.from({ length: 20 }, (_, count) => browser.submit(sent, { code: `AAAA-AA${10 + count}` }));
  for (const page of await Promise.all(guesses)) assert.equal(page.status, 422);
  assert.equal((await browser.submit(sent, { code: mail.code })).status, 422);
});

test("a code is worth nothing in another browser, or for another sign-in", async () => {
  const first = await askForLink(auth.back.addPerson("Gus", null).email);
  const second = await askForLink(auth.back.addPerson("Hal", null).email);
  assert.equal((await second.browser.submit(second.sent, { code: first.mail.code })).status, 422);
  assert.ok(isSignedIn(await first.browser.submit(first.sent, { code: first.mail.code })));
});

test("a link older than ten minutes, forged or cut off works no more, and the page leads on", async () => {
  const { browser, mail } = await askForLink(auth.back.addPerson("Ida", null).email);
  const page = await browser.open(mail.link);
  const { rows } = await auth.pool.query(
    "select extract(minutes from max(expires_at) - now())::int as left from login_link",
  );
  assert.equal(rows[0].left, 9);
  await auth.pool.query("update login_link set expires_at = now()");
  const old = await browser.submit(page);
  assert.equal(old.status, 410);
  assert.match(old.text, new RegExp(`<a class="button" href="${frontUrl}">`));
  for (const token of ["", "x", "a".repeat(43), `${"a".repeat(42)}\u0000`, "a".repeat(5_000)])
    assert.equal(
      (await browser.open(`${auth.issuer}/sign-in/link?${new URLSearchParams({ token })}`)).status,
      410,
      token,
    );
});

test("an unknown address gets the same page, and a mail that says so", async () => {
  const known = await askForLink(auth.back.addPerson("Jo", null).email);
  const unknown = await askForLink("stranger@example.org");
  const bare = ({ url, text }: Page) => text.replaceAll(/\/sign-in\/[\w-]{20,}/g, "") + url.replace(/[\w-]{20,}/, "");
  assert.equal(bare(unknown.sent), bare(known.sent));
  assert.equal(unknown.mail.uuid, null);
  assert.equal((await unknown.browser.open(unknown.mail.link)).status, 410);
  assert.equal((await unknown.browser.submit(unknown.sent, { code: unknown.mail.code })).status, 422);
});

test("three links may be alive at once, and a used one makes room", async () => {
  const { email } = auth.back.addPerson("Kim", null);
  const asked = [await askForLink(email), await askForLink(email), await askForLink(email)] as const;
  const count = () => auth.back.mails.filter(({ identifier }) => identifier === email).length;
  const fourth = openBrowser(auth.issuer);
  await fourth.submit(await fourth.open((await front.begin()).url), { identifier: email, send: "link" });
  await askForLink("someone-else@example.org");
  assert.equal(count(), 3);
  const [{ browser, mail }] = asked;
  assert.ok(isSignedIn(await browser.submit(await browser.open(mail.link))));
  await askForLink(email);
  assert.equal(count(), 4);
});

test("the database alone gives nobody a link", async () => {
  const { browser, mail } = await askForLink(auth.back.addPerson("Lea", null).email);
  const { rows } = await auth.pool.query("select l::text as row from login_link l");
  const stored = JSON.stringify(rows);
  for (const secret of [new URL(mail.link).searchParams.get("token"), mail.code, browser.cookie("auth-browser")])
    assert.ok(secret && !stored.includes(secret));
});

test("a link signs in although the sign-in it was asked for is over", async () => {
  const { browser, mail } = await askForLink(auth.back.addPerson("Mia", null).email);
  const page = await browser.open(mail.link);
  await auth.pool.query("delete from artifact where model = 'Interaction'");
  assert.equal((await browser.submit(page)).url, `${frontUrl}/sign-in`);
  assert.equal(await hasSession(browser), true);
});

test("a link mailed before the person signed out everywhere, or moved to another address, works no more", async () => {
  const changes: Record<string, (person: TestPerson) => void> = {
    signedOut: (person) => Object.assign(person, { signedOutAt: new Date().toISOString() }),
    moved: (person) => Object.assign(person, { email: `new.${person.email}` }),
    blocked: (person) => Object.assign(person, { blocked: true }),
  };
  for (const [name, change] of Object.entries(changes)) {
    const person = auth.back.addPerson(`Nia${name}`, null);
    const first = await askForLink(person.email);
    const second = await askForLink(person.email);
    const page = await first.browser.open(first.mail.link);
    change(person);
    assert.equal((await first.browser.submit(page)).status, 410, name);
    assert.equal((await first.browser.open(first.mail.link)).status, 410, name);
    assert.equal((await second.browser.submit(second.sent, { code: second.mail.code })).status, 422, name);
    assert.equal(await hasSession(first.browser), false, name);
  }
});
