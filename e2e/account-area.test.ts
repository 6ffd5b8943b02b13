// SPDX-FileCopyrightText: 2026 The Community Database contributors
// SPDX-License-Identifier: AGPL-3.0-or-later
// Journey: two browsers, one ends what the other is signed in by, and everything at once; a person sees what happened.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { checkAccessible, checkFits, keepPicture, openPage } from "./browser.ts";
import { theSystem } from "./system.ts";

const system = await theSystem();
const phone = { viewport: { width: 360, height: 740 }, userAgent: "Mozilla/5.0 (Android 15) Firefox/140.0" };

async function signIn(page: Page): Promise<void> {
  await page.goto(`${system.front}/sign-in`);
  await page.locator("#identifier").fill("ada");
  await page.locator("#password").fill("analytical engine");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${system.front}/**`);
}

async function isSignedIn(page: Page): Promise<boolean> {
  await page.goto(`${system.front}/settings/donations`);
  return (await page.locator("h1").textContent()) === "Your donations";
}

const areaPage = (name: string) => `${system.auth}/account${name}`;

test("one browser ends the other's sign-in, which is out at its next click", async () => {
  const [laptop, mobile] = [await openPage(), await openPage(phone)];
  await signIn(laptop);
  await signIn(mobile);
  assert.ok(await isSignedIn(mobile));
  await laptop.goto(`${system.front}/settings`);
  await laptop.getByRole("link", { name: "Your sign-in" }).click();
  await checkAccessible(laptop);
  await keepPicture(laptop, "account");
  await laptop.getByRole("link", { name: "Where you are signed in" }).first().click();
  await checkAccessible(laptop);
  await keepPicture(laptop, "account-sign-ins");
  const card = laptop.locator("section.card", { hasText: "Firefox, Android" });
  await card.getByRole("button", { name: "End this sign-in" }).click();
  await laptop.getByText("It is ended.").waitFor();
  assert.equal(await laptop.locator("section.card", { hasText: "Firefox, Android" }).count(), 0);
  assert.equal(await isSignedIn(mobile), false);
  assert.ok(await isSignedIn(laptop));
  await laptop.goto(areaPage("/sign-ins"));
  await laptop.reload();
  await laptop.goBack();
  assert.ok(await isSignedIn(laptop));
});

for (const where of ["front", "the area"])
  test(`signing out everywhere at ${where} ends both, and a mail says so`, async () => {
    const [laptop, mobile] = [await openPage(), await openPage(phone)];
    await signIn(laptop);
    await signIn(mobile);
    const before = (await system.mails("ada@example.org")).filter(({ subject }) =>
      /signed out everywhere/.test(subject),
    );
    await laptop.goto(where === "front" ? `${system.front}/settings` : areaPage("/sign-ins"));
    await laptop.getByRole("button", { name: where === "front" ? "End all sessions" : "Sign out everywhere" }).click();
    await laptop.getByRole("heading", { name: "You are signed out" }).waitFor();
    assert.equal(await isSignedIn(mobile), false);
    assert.equal(await isSignedIn(laptop), false);
    for (const page of [laptop, mobile]) {
      await page.goto(areaPage("/sign-ins"));
      assert.match(page.url(), /\/sign-in\//);
    }
    await system.mail("ada@example.org", /signed out everywhere/);
    const isNew = async () =>
      (await system.mails("ada@example.org")).filter(({ subject }) => /signed out everywhere/.test(subject)).length >
      before.length;
    for (let tries = 0; !(await isNew()) && tries < 100; tries += 1) await laptop.waitForTimeout(100);
    assert.ok(await isNew());
  });

test("every page of the area fits a phone, in German and in the dark, and is accessible", async () => {
  const page = await openPage({ ...phone, locale: "de-DE", colorScheme: "dark" });
  await page.goto(areaPage("/activity?lang=de"));
  await page.locator("#identifier").fill("ada");
  await page.locator("#password").fill("analytical engine");
  await page.getByRole("button", { name: "Anmelden" }).click();
  for (const [name, title] of [
    ["", "Deine Anmeldung"],
    ["/sign-ins", "Wo du angemeldet bist"],
    ["/services", "Dienste mit Zugriff"],
    ["/activity", "Was zuletzt geschah"],
  ]) {
    await page.goto(areaPage(`${name}?lang=de`));
    assert.equal(await page.locator("h1").textContent(), title);
    await checkAccessible(page);
    await checkFits(page);
    await keepPicture(page, `account${name?.replace("/", "-")}-phone`);
  }
  assert.match((await page.locator("main").textContent()) ?? "", /Du hast dich .*angemeldet/);
});

test("an administrator sees where somebody is signed in, and ends it", async () => {
  const page = await openPage(phone);
  await signIn(page);
  const { out } = await system.cdb("sign-ins", "list", "ada");
  assert.match(out, /Firefox, Android .*front/);
  await system.cdb("sign-ins", "end", "ada");
  assert.equal(await isSignedIn(page), false);
});

test("an administrator sees what happened, by which client, from where", async () => {
  const { out } = await system.cdb("people", "history", "ada", "--json");
  const entries = JSON.parse(out).entries as { actor: string; verb: string; signIn?: Record<string, string> }[];
  const signIns = entries.filter(({ verb }) => verb.startsWith("signed-in"));
  assert.ok(signIns.length > 0);
  assert.deepEqual(new Set(signIns.map(({ actor }) => actor)), new Set(["program:auth"]));
  assert.ok(signIns.every(({ signIn }) => signIn?.session && signIn.network && signIn.client));
  assert.ok(entries.some(({ verb }) => verb === "session-ended"));
});
