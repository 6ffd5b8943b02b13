// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing in with a password, and what others learn from trying: nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "../test/browser.ts";
import { openBrowser, openClient, signInByPassword, startAuth } from "../test/start.ts";

const password = "correct horse battery staple";
const auth = await startAuth();
const front = await openClient(auth.issuer);

async function tryToSignIn(identifier: string, typed: string, browser = newBrowser()): Promise<Page> {
  return signInByPassword(browser, (await front.begin()).url, identifier, typed);
}

let networks = 0;
/** A browser in a network of its own. */
function newBrowser() {
  const browser = openBrowser(auth.issuer);
  networks += 1;
  browser.headers["X-Forwarded-For"] = `10.0.0.${networks}`;
  return browser;
}

/** As if each network had tried so often a moment ago, of a hundred times in fifteen minutes. */
async function fillNetworks(tries: number): Promise<void> {
  const expire = Date.now() + tries * 9_000;
  await auth.pool.query("update throttle set expire = $1 where key like 'network:%'", [expire]);
}

function isSignedIn(page: Page): boolean {
  return new URL(page.url).searchParams.has("code");
}

// The page without what differs by nature: the sign-in's address, and what was typed.
function bare(page: Page, identifier: string): string {
  const address = new URL(page.url).pathname;
  const headers = [...page.headers].filter(([name]) => name !== "date" && name !== "content-length");
  return `${page.status}\n${headers.join("\n")}\n${page.text}`
    .replaceAll(address, "")
    .replaceAll(`value="${identifier}"`, "");
}

test("a username and an email address sign in with the same password", async () => {
  const person = await auth.addPerson("Ada", password);
  for (const identifier of ["ada", "Ada", person.email, ` ${person.email.toUpperCase()} `])
    assert.ok(isSignedIn(await tryToSignIn(identifier, password)), identifier);
});

test("wrong, unknown, blocked and without a password: the same page and headers, byte for byte, and no cookie", async () => {
  await auth.addPerson("Bob", password);
  const blocked = await auth.addPerson("Cleo", password);
  blocked.blocked = true;
  auth.back.addPerson("Dan", null);
  auth.back.addPerson("Eva", "eva");
  const tries = { bob: "wrong password", nobody: password, cleo: password, "dan@example.org": password, eva: password };
  const pages = new Set<string>();
  for (const [identifier, typed] of Object.entries(tries)) {
    const page = await tryToSignIn(identifier, typed);
    assert.equal(page.status, 422, identifier);
    assert.deepEqual(page.headers.getSetCookie(), []);
    pages.add(bare(page, identifier));
  }
  assert.equal(pages.size, 1);
  assert.match([...pages][0] ?? "", /do not belong together/);
});

test("after ten tries an account waits for the next, whether there is one or not; who knows the device does not", async () => {
  await auth.addPerson("Finn", password);
  const known = newBrowser();
  assert.ok(isSignedIn(await tryToSignIn("finn", password, known)));
  for (const identifier of ["finn", "nobody-at-all"]) {
    for (let count = 0; count < 10; count += 1)
      assert.equal((await tryToSignIn(identifier, "wrong password")).status, 422);
    const page = await tryToSignIn(identifier, password);
    assert.equal(page.status, 429);
    assert.match(page.text, /Too many tries\. Wait 2 minutes/);
  }
  const other = await tryToSignIn("finn@example.org", "wrong password");
  assert.equal(other.status, 422, "that they wait together would tell that both are one person's");
  known.forget("auth-session");
  assert.ok(isSignedIn(await tryToSignIn("finn", password, known)));
});

test("right passwords do not use up tries", async () => {
  await auth.addPerson("Gus", password);
  for (let count = 0; count < 12; count += 1) assert.ok(isSignedIn(await tryToSignIn("gus", password)));
});

test("one network tries a hundred times, with whatever names", async () => {
  const browser = newBrowser();
  assert.equal((await tryToSignIn("first", "wrong password", browser)).status, 422);
  await fillNetworks(99);
  assert.equal((await tryToSignIn("hundredth", "wrong password", browser)).status, 422);
  assert.equal((await tryToSignIn("next", "wrong password", browser)).status, 429);
});

test("a stranger in the same network slows down nobody who signed in with this browser before", async () => {
  await auth.addPerson("Hal", password);
  const browser = newBrowser();
  assert.ok(isSignedIn(await tryToSignIn("hal", password, browser)));
  browser.forget("auth-session");
  await fillNetworks(100);
  assert.equal((await tryToSignIn("somebody", password, browser)).status, 429);
  assert.ok(isSignedIn(await tryToSignIn("hal", password, browser)));
  browser.forget("auth-session");
  for (let count = 0; count < 5; count += 1)
    assert.equal((await tryToSignIn("hal", "wrong password", browser)).status, 422);
  assert.equal(
    (await tryToSignIn("hal", password, browser)).status,
    429,
    "a known browser guesses no more than others",
  );
});

test("a field that is empty or impossible is said beside it, and what was typed is kept", async () => {
  const form = async (fields: Record<string, string>) => {
    const browser = newBrowser();
    return browser.submit(await browser.open((await front.begin()).url), fields);
  };
  const empty = await form({ identifier: " ", password });
  assert.match(empty.text, /<a href="#identifier">Enter your username or your email address\.<\/a>/);
  assert.match(empty.text, /aria-describedby="identifier-error" aria-invalid="true"/);
  for (const identifier of ["a".repeat(255), "a\u0000b", "a\r\nBcc: x@example.org"]) {
    const page = await form({ identifier, password });
    assert.equal(page.status, 422);
    assert.match(page.text, /neither a username nor an email address/);
  }
  const long = await form({ identifier: "ada", password: "x".repeat(1_001) });
  assert.equal(long.status, 422);
  assert.match(long.text, /value="ada"/);
  assert.ok(!long.text.includes("xxx"));
  const script = await form({ identifier: '"><script>alert(1)</script>', password });
  assert.ok(!script.text.includes("<script>"));
});

test("while back is down, the page says so", async () => {
  auth.back.broken = true;
  const page = await tryToSignIn("ada", password);
  auth.back.broken = false;
  assert.equal(page.status, 503);
  assert.match(page.text, /<h1>Signing in does not work at the moment<\/h1>/);
});

test("while the directory is down, the page offers a link", async () => {
  await auth.stopDirectory();
  for (const identifier of ["ada", "nobody"]) {
    const page = await tryToSignIn(identifier, password);
    assert.equal(page.status, 503);
    assert.match(page.text, /Let us send you a link instead/);
  }
});
