// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey 4: signing in by username, by email address, by a mailed link, and signing out.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { checkAccessible, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();

async function signIn(page: Page, identifier: string, password: string): Promise<void> {
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill(identifier);
  await page.locator("#password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function isSignedIn(page: Page): Promise<boolean> {
  await page.goto(`${system.front}/settings`);
  return (
    page.url().startsWith(`${system.front}/settings`) &&
    (await page.locator("h1").textContent()) !== "You are signed out"
  );
}

for (const identifier of ["ada", "ADA@example.org"])
  test(`${identifier} and the password open one's own data, and signing out closes them`, async () => {
    const page = await openPage();
    await signIn(page, identifier, "analytical engine");
    assert.ok(await isSignedIn(page), page.url());
    assert.match((await page.locator("main").textContent()) ?? "", /ada@example\.org/);
    await page.getByRole("button", { name: "Sign out" }).click();
    await checkAccessible(page);
    assert.equal(await isSignedIn(page), false);
  });

test("a wrong password and an unknown name get the same page", async () => {
  const texts: string[] = [];
  for (const identifier of ["ada", "nobody-at-all"]) {
    const page = await openPage();
    await signIn(page, identifier, "not the password");
    await checkAccessible(page);
    texts.push(
      ((await page.locator("main").innerHTML()) ?? "")
        .replaceAll(identifier, "…")
        .replace(/sign-in\/[\w-]+/g, "sign-in/…"),
    );
  }
  assert.equal(texts[0], texts[1]);
});

test("somebody without a password signs in by the mailed link, which works once", async () => {
  const page = await openPage();
  await signIn(page, "chiara@example.org", "");
  await checkAccessible(page);
  const mail = await system.mail("chiara@example.org", /sign/i);
  const link = mail.links.find((address) => address.startsWith(system.auth)) ?? "";
  for (const method of ["GET", "HEAD"]) await fetch(link, { method });
  await page.goto(link);
  await checkAccessible(page);
  await page.getByRole("button", { name: "Sign in" }).click();
  assert.ok(await isSignedIn(page), page.url());
  const again = await openPage();
  await again.goto(link);
  assert.match((await again.locator("h1").textContent()) ?? "", /does not work any more/);
});

test("a link opened in another browser shows a code, which signs in where it was asked for", async () => {
  const asking = await openPage();
  await signIn(asking, "office@genossenschaft.example", "");
  const mail = await system.mail("office@genossenschaft.example", /anmeld|sign/i);
  const elsewhere = await openPage();
  await elsewhere.goto(mail.links.find((address) => address.startsWith(system.auth)) ?? "");
  await checkAccessible(elsewhere);
  const code = ((await elsewhere.locator(".code strong").textContent()) ?? "").trim();
  await asking.locator("#code").fill(code);
  await asking.getByRole("button", { name: "Sign in" }).click();
  assert.ok(await isSignedIn(asking), asking.url());
  assert.equal(await isSignedIn(elsewhere), false);
});

test("an unknown address gets the same page, and a mail that says so", async () => {
  const page = await openPage();
  await signIn(page, "stranger@example.com", "");
  await page.getByRole("heading", { name: "Please check your mailbox" }).waitFor();
  const mail = await system.mail("stranger@example.com");
  assert.equal(
    mail.links.some((address) => address.startsWith(`${system.auth}/sign-in`)),
    false,
  );
});

test("ldapsearch reads the directory as any client does", async () => {
  const { out } = await system.cdb("doctor", "--json");
  assert.ok(JSON.parse(out));
  const search = promisify(execFile)("ldapsearch", [
    "-x",
    "-LLL",
    "-H",
    system.ldap,
    "-b",
    "",
    "-s",
    "base",
    "namingContexts",
  ]);
  assert.match((await search).stdout, /namingContexts/i);
});
